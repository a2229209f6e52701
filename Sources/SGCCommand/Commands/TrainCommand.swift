import ArgumentParser
import SGCBase
import SGCTokenizer

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a tokenizer.",
        discussion: """
            Writes a run directory: config.json, metrics.csv, metrics.jsonl, events for TensorBoard, samples/, \
            checkpoints/ and, at the end, model/ and metrics.json. On the first interrupt a checkpoint is written \
            before the command ends.
            """)

    @OptionGroup var settings: ConfigurationOptions
    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The run directory.", valueName: "directory"))
    var out = "out/train"

    @Option(help: ArgumentHelp("Go on with the run in this directory.", valueName: "directory"))
    var resume: String?

    @OptionGroup var teachers: TeacherOptions

    @Flag(help: "Print the model, its memory and its cost, and train nothing.")
    var dryRun = false

    func run() throws {
        if dryRun {
            let configuration =
                if let resume {
                    try settings.change(RunDirectory(path: resume).read(), precision: global.precision)
                } else { try settings.configuration(precision: global.precision) }
            let description = try ModelDescription(configuration)
            return try global.finish(description.json) { description.text }
        }
        let result = try global.compute { () throws(SGCError) in try train() }
        try global.finish(result.json) { result.text }
    }

    private func train() throws(SGCError) -> TrainingResult {
        let run: TrainingRun
        if let resume {
            run = try TrainingRun(
                resuming: resume,
                change: { (stored) throws(SGCError) in
                    teachers.applied(to: try settings.change(stored, precision: global.precision))
                },
                engine: global.engine(), cancellation: Interruption.cancellation)
        } else {
            let configuration = teachers.applied(to: try settings.configuration(precision: global.precision))
            run = try TrainingRun(
                configuration, directory: out, engine: global.engine(precision: configuration.run.precision),
                cancellation: Interruption.cancellation)
        }
        return try TrainingResult(training: run)
    }
}

/// A run from its present step to its end, with progress for whoever watches.
struct TrainingResult {
    let directory: RunDirectory
    let steps: Int
    let metrics: JSONValue?

    init(training run: TrainingRun) throws(SGCError) {
        var progress = ProgressLine(
            steps: run.configuration.run.steps, first: run.trainer.step, interval: run.configuration.run.logEvery)
        do throws(SGCError) {
            try run.train { step, metrics in progress.show(step: step, metrics) }
        } catch {
            progress.end()
            throw error
        }
        metrics = try run.finish { Console.note($0) }
        directory = run.directory
        steps = run.trainer.step
    }

    var json: JSONValue {
        .object([
            ("run", .string(directory.path)), ("model", .string(directory.model)), ("steps", JSONValue(steps)),
            ("metrics", metrics ?? .null),
        ])
    }

    var text: String {
        var rows = [("model", directory.model), ("steps", "\(steps)")]
        if let metrics { rows += metricLines(metrics) }
        return table(rows)
    }
}

/// The figures of `metrics.json` for a person.
func metricLines(_ metrics: JSONValue) -> [(String, String)] {
    var rows: [(String, String)] = []
    func add(_ label: String, _ value: JSONValue?, _ digits: Int, unit: String = "") {
        if case .number(let number)? = value { rows.append((label, fixed(number, digits) + unit)) }
    }
    add("PSNR", metrics["psnr"], 2, unit: " dB")
    add("SSIM", metrics["ssim"], 4)
    add("L1", metrics["l1"], 4)
    add("usage", metrics["usage"], 4)
    add("perplexity", metrics["perplexity"], 1)
    if case .object(let uniqueness)? = metrics["uniqueness"] {
        for member in uniqueness.members { add("uniqueness at \(member.key)", member.value, 4) }
    }
    add("silhouette", metrics["clusters"]?["silhouette"], 4)
    add("Davies-Bouldin", metrics["clusters"]?["davies_bouldin"], 4)
    add("token accuracy", metrics["token_accuracy"], 4)
    add("temporal agreement", metrics["temporal"]?["code_agreement"], 4)
    add("seconds", metrics["seconds"], 1)
    return rows
}
