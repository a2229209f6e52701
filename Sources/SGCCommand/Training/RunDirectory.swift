import SGCBase
import SGCTokenizer

/// The files of a run.
struct RunDirectory: Sendable {
    let path: String

    var configuration: String { "\(path)/config.json" }
    /// The finished model.
    var model: String { "\(path)/model" }
    /// What was measured on unseen images.
    var metrics: String { "\(path)/metrics.json" }
    /// The newest checkpoint; the one before is kept beside it.
    var checkpoint: String { "\(path)/checkpoints/last" }

    func samples(step: Int) -> String { "\(path)/samples/step-\(padded(step, 6)).png" }

    /// Makes the directory for a new run.
    ///
    /// A run that failed before its first checkpoint is replaced.
    ///
    /// - Throws: `.state` when a run is there already.
    func create(_ configuration: RunConfiguration) throws(SGCError) {
        var isFree = try !File.exists(self.configuration)
        if !isFree {
            let hasModel = try File.exists(model)
            isFree = try DirectoryGenerations.all(of: checkpoint).isEmpty && !hasModel
        }
        guard isFree else {
            throw SGCError(
                .state,
                "\(shown(path)): expected no run there, got one; go on with --resume, or choose another --out")
        }
        try Directory.create("\(path)/samples")
        try Directory.create("\(path)/checkpoints")
        try write(configuration)
    }

    func write(_ configuration: RunConfiguration) throws(SGCError) {
        try JSONFile.write(configuration.json(), to: self.configuration)
    }

    /// The configuration with which the run was started.
    func read() throws(SGCError) -> RunConfiguration {
        do throws(SGCError) {
            let limits = JSONLimits(bytes: 1 << 24, depth: 32, keys: 1 << 16)
            return try RunConfiguration(file: File.readJSON(configuration, limits: limits))
        } catch {
            throw error.code == .io || error.code == .path ? error : error.within(shown(configuration))
        }
    }
}
