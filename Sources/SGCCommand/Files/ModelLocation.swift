import SGCBase
import SGCTensor
import SGCTokenizer

/// A model on disk, given by its own directory or by that of the run that made it.
struct ModelLocation: Sendable {
    /// The model's own directory.
    let path: String
    /// The run directory, when that was given.
    let run: RunDirectory?

    init(_ path: String) throws(SGCError) {
        let run = RunDirectory(path: path)
        let isRun = try File.exists("\(run.model)/config.json")
        self.path = isRun ? run.model : path
        self.run = isRun ? run : nil
    }

    func load(_ engine: EngineOptions) throws(SGCError) -> Tokenizer {
        try load(device: engine.makeDevice(), engine)
    }

    func load(device: Device, _ engine: EngineOptions) throws(SGCError) -> Tokenizer {
        do throws(SGCError) {
            return try Tokenizer.load(directory: path, device: device, options: engine)
        } catch {
            throw error.message.contains(path) ? error : error.within(shown(path))
        }
    }

    /// What tells this model's tokens from another's: the SHA-256 digest of its weights file.
    func fingerprint() throws(SGCError) -> String {
        let file = try OpenFile.reading("\(try DirectoryGenerations.newest(of: path))/model.safetensors")
        let size = try file.size()
        var hash = SHA256()
        let piece = 1 << 20
        for start in stride(from: 0, to: size, by: piece) {
            hash.update(try file.read(min(piece, size - start), at: start))
        }
        return hash.hexDigest()
    }
}
