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

    /// The last part of the path.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    func samples(step: Int) -> String { "\(path)/samples/step-\(padded(step, 6)).png" }

    /// Makes the directory for a new run.
    ///
    /// A run that failed before its first checkpoint is replaced.
    ///
    /// - Throws: `.state` when a run is there already.
    func create(_ configuration: RunConfiguration) throws(SGCError) {
        var isTaken = try hasCheckpoint()
        if !isTaken { isTaken = try File.exists(model) }
        if isTaken { isTaken = try File.exists(self.configuration) }
        guard !isTaken else {
            throw SGCError(
                .state,
                "\(shown(path)): expected no run there, got one; go on with --resume, or choose another --out")
        }
        try Directory.create("\(path)/samples")
        try Directory.create("\(path)/checkpoints")
        try write(configuration)
    }

    /// Whether there is something to go on from.
    func hasCheckpoint() throws(SGCError) -> Bool { try !DirectoryGenerations.all(of: checkpoint).isEmpty }

    /// What was measured when the run was over; nil when it is not, or nothing was measured.
    func finalMetrics() throws(SGCError) -> JSONValue? {
        // The report is the last that a run writes.
        for name in RunReport.fileNames where try !File.exists("\(path)/\(name)") { return nil }
        return try File.exists(metrics) ? File.readJSON(metrics) : nil
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
