import ArgumentParser
import SGCBase
import SGCTokenizer

struct ExperimentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiment",
        abstract: "Compare configurations with equal data, seeds and budget.",
        discussion: """
            Trains every cell of a list with every seed, measures each on unseen scenes, and writes results.csv, \
            results.json and results.md after each. Called again, it goes on where it was interrupted. Each cell is an \
            ordinary run directory, CELL-seedS, with a report of its own.

            Lists:
            \(table(Experiment.all.map { ("  \($0.name)", $0.cells.map(\.name).joined(separator: ", ")) }))
            """)

    @Argument(help: ArgumentHelp("The list.", valueName: "name"))
    var name: String

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The folder to write to; out/experiments/NAME by default.", valueName: "directory"))
    var out: String?

    @Option(help: ArgumentHelp("Train each cell with the seeds 1 to this; the list has a default.", valueName: "n"))
    var seeds: Int?

    @Option(help: ArgumentHelp("Steps of every run, instead of the list's.", valueName: "n"))
    var steps: Int?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("A setting laid over every cell; may be repeated.", valueName: "a.b=c"))
    var assignments: [String] = []

    @Option(help: ArgumentHelp("Run these cells only; the tables show what else is finished.", valueName: "cell,…"))
    var only: String?

    @Option(
        help: ArgumentHelp(
            "Add a cell that learns from the labels of this segmentation network; for the list labels.",
            valueName: "model.onnx"))
    var teacher: String?

    @Flag(help: "List the cells, what each costs and what is done, and train nothing.")
    var dryRun = false

    func run() throws {
        var experiment = try Experiment.named(name)
        if let teacher { experiment = try experiment.adding(teacher: teacher) }
        var assignments = assignments
        if let steps { assignments.append("run.steps=\(steps)") }
        if let precision = global.precision { assignments.append("run.precision=\(precision.rawValue)") }
        let plan = try ExperimentPlan(
            experiment, seedCount: seeds, directory: out ?? "out/experiments/\(experiment.name)",
            assignments: assignments)
        let names = (only ?? "").split(separator: ",").map(String.init)
        if dryRun {
            let cost = try ExperimentCost(plan, only: names)
            return try global.finish(cost.json) { cost.text }
        }
        let results = try global.compute { () throws(SGCError) in
            try ExperimentRunner(plan: plan, engine: global.engine(), cancellation: Interruption.cancellation).run(
                only: names, report: narrator())
        }
        try global.finish(results.json()) { "\(results.summaryTable)\n\(plan.directory)/results.md" }
    }

    /// Tells a person on the standard error what happens.
    private func narrator() -> (ExperimentRunner.Event) -> Void {
        var progress: ProgressLine?
        return { event in
            switch event {
            case .began(let run, let number, let count, let step):
                let start = step > 0 ? " goes on after step \(step)" : ""
                Console.note("run \(number) of \(count): \(run.cell.name), seed \(run.seed)\(start)")
                progress = ProgressLine(
                    steps: run.configuration.run.steps, first: step, interval: run.configuration.run.logEvery)
            case .step(let step, let row): progress?.show(step: step, row)
            case .stage(let text): Console.note(text)
            case .finished(let results): Console.note(results.summaryTable)
            }
        }
    }
}
