import SGCBase
import SGCTokenizer

/// What a run wrote, as far as it has come: all that a ``HealthRule`` knows.
struct RunRecord: Sendable {
    /// The run directory.
    let path: String
    let configuration: RunConfiguration
    /// The figures of each step, from `metrics.jsonl`.
    let history: TrainingHistory
    /// `metrics.json`; nil before the run is over.
    var metrics: JSONValue?
    /// How often each code was hit by each class: of the finished model, else of the newest checkpoint.
    var semantics: CodeSemantics?
    /// The step of the newest checkpoint.
    var checkpointStep: Int?
    var hasModel = false

    /// The most steps that a run can be asked for.
    static let mostSteps = 1_000_000_000

    /// The last step in `metrics.jsonl`.
    var steps: Int {
        guard let last = history["skipped_steps"]?.steps.last else { return 0 }
        return Int(min(max(last, 0), Double(Self.mostSteps)))
    }

    /// Tokens of one step.
    var tokensPerStep: Int {
        let f = configuration.training.tokenizer.model.downsamplingFactor
        let (rows, columns) = ((configuration.data.height - 1) / f + 1, (configuration.data.width - 1) / f + 1)
        return configuration.run.batch * rows * columns
    }

    /// Whether codes are those of a tokenizer that the run learned from.
    var imitates: Bool { history["latent_distillation"] != nil }

    /// The values of a figure within a share of the steps that it was logged at, in their order.
    func values(_ name: String, in share: ClosedRange<Double> = 0...1) -> ArraySlice<Double> {
        guard let values = history[name]?.values, !values.isEmpty else { return [] }
        let last = values.count
        let start = min(last - 1, Int(share.lowerBound * Double(last)))
        return values[start..<max(start + 1, Int((share.upperBound * Double(last)).rounded(.up)))]
    }

    /// nil for a figure that was never logged.
    func mean(_ name: String, in share: ClosedRange<Double> = 0...1) -> Double? {
        let values = values(name, in: share)
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// nil for a figure that was never logged.
    func median(_ name: String, in share: ClosedRange<Double> = 0...1) -> Double? {
        let values = values(name, in: share).sorted()
        return values.isEmpty ? nil : values[values.count / 2]
    }

    /// The end of a run, by which it is judged.
    static let end = 0.75...1.0
}

extension RunRecord {
    /// Reads a run directory.
    ///
    /// For the thread that computes.
    ///
    /// - Throws: `.io` when there is no run, and what files throw that are damaged.
    init(directory path: String, engine: EngineOptions) throws(SGCError) {
        let directory = RunDirectory(path: path)
        guard try File.exists(directory.configuration) else {
            throw SGCError(.path, "\(shown(path)): expected a run directory, found no config.json in it")
        }
        self.path = path
        configuration = try directory.read()
        history = try Self.history("\(path)/metrics.jsonl")
        metrics = try File.exists(directory.metrics) ? File.readJSON(directory.metrics) : nil
        let model = try ModelLocation(path)
        hasModel = model.run != nil
        if hasModel { semantics = try model.load(engine).semantics }
        guard try directory.hasCheckpoint(), !hasModel || steps < configuration.run.steps else { return }
        let trainer = try Trainer.resume(directory: directory.checkpoint, options: engine).trainer
        checkpointStep = trainer.step
        if !hasModel { semantics = try trainer.snapshot().semantics }
    }

    /// A last line that an end without warning cut short is left out.
    private static func history(_ path: String) throws(SGCError) -> TrainingHistory {
        guard try File.exists(path) else { return TrainingHistory() }
        let bytes = try File.read(path, limit: 1 << 32)
        let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        do throws(SGCError) {
            return try TrainingHistory(jsonLines: String(decoding: bytes[..<end], as: UTF8.self))
        } catch {
            throw error.within(shown(path))
        }
    }
}
