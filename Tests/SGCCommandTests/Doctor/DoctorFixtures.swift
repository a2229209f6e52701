import SGCBase
import SGCTokenizer

@testable import SGCCommand

/// A run as it could have been written, without any training.
struct WrittenRun {
    typealias Figure = @Sendable (Int) -> Double?

    var steps = 400
    var settings: [String] = []
    var figures: [String: Figure] = WrittenRun.healthy
    var semantics: CodeSemantics? = WrittenRun.semantics()

    /// The figures of a run that learns, with `changes` laid over; a figure that is nil was not logged.
    init(steps: Int = 400, settings: [String] = [], _ changes: [String: Figure] = [:]) {
        self.steps = steps
        self.settings = settings
        figures.merge(changes) { $1 }
    }

    func record() throws -> RunRecord {
        let configuration = try RunConfiguration(preset: .demo, assignments: ["run.steps=400"] + settings)
        var history = TrainingHistory()
        for step in 1...steps {
            history.add(
                step: step,
                figures.keys.sorted().compactMap { name in figures[name]?(step).map { (name: name, value: $0) } })
        }
        return RunRecord(
            path: "out/run", configuration: configuration, history: history, metrics: nil, semantics: semantics,
            checkpointStep: nil, hasModel: steps == configuration.run.steps)
    }

    /// 0.05 after 0.45, with the ripple of batches.
    static let learning: Figure = { step in
        let ripple = 0.002 * Double(step % 7 - 3)
        var rest = 0.4
        for _ in 0..<step { rest *= 0.97 }
        return 0.05 + rest + ripple
    }

    static let healthy: [String: Figure] = [
        "reconstruction": learning, "reconstruction_weighted": learning, "psnr": { 12 + 10 * Double($0) / 400 },
        "semantic": { _ in 0.5 }, "semantic_weighted": { _ in 0.1 }, "codebook": { _ in 0.01 },
        "codebook_weighted": { _ in 0.01 }, "commitment": { _ in 0.01 }, "commitment_weighted": { _ in 0.0025 },
        "usage": { _ in 1 }, "perplexity": { _ in 300 }, "class_purity": { min(0.95, 0.5 + 0.005 * Double($0)) },
        "skipped": { _ in 0 }, "skipped_steps": { _ in 0 }, "gradient_norm": { 1 + 0.2 * Double($0 % 5) },
        "data_wait": { $0 < 3 ? 0.9 : 0.01 },
    ]

    /// 512 codes of 13 classes: a code's tokens are of its own class, but for `confused` of the next one, and `wrong` of
    /// all others alike. Classes are as frequent as `weights` say.
    static func semantics(
        wrong: Double = 0, confused: Double = 0.05, weights: [Double] = Array(repeating: 1, count: 13)
    ) -> CodeSemantics? {
        let count = weights.count
        var histogram = [Float](repeating: 0, count: 512 * count)
        for code in 0..<512 {
            let own = code % count
            for item in 0..<count {
                var share = item == own ? 1 - wrong - confused : wrong / Double(count - 1)
                if item == (own + 1) % count { share += confused }
                histogram[code * count + item] = Float((1000 * weights[own] * share).rounded())
            }
        }
        let classes = (0..<count).map { SemanticClass(name: "class \($0)", color: [0, 0, 0]) }
        return try? CodeSemantics(classes: classes, histogram: histogram, codebookSize: 512)
    }
}

extension Diagnosis {
    /// What a rule found.
    subscript(rule: String) -> Finding? { findings.first { $0.rule == rule }?.finding }
}

extension Finding {
    /// The settings that it advises.
    var settings: [String] {
        changes.compactMap { if case .setting(let text) = $0.kind { text } else { nil } }
    }
}
