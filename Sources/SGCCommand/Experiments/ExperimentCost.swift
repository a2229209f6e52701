import SGCBase
import SGCTokenizer

/// What an experiment costs, and how far it is: what `--dry-run` shows.
struct ExperimentCost: Sendable {
    private struct Entry: Sendable {
        let run: ExperimentRun
        let state: ExperimentRun.State
        let parameters: Int
        let stepOperations: Double

        var operations: Double { stepOperations * Double(run.configuration.run.steps) }

        var stateName: String {
            switch state {
            case .absent: "to do"
            case .begun: "begun"
            case .finished: "finished"
            }
        }

        /// nil before the run is over.
        var seconds: Double? {
            if case .finished(let metrics) = state { metrics["seconds"]?.asDouble } else { nil }
        }
    }

    private let experiment: Experiment
    private let entries: [Entry]

    /// - Parameter names: of cells; all without names.
    /// - Throws: as ``ExperimentRun/state()``; `.argument` for an unknown name.
    init(_ plan: ExperimentPlan, only names: [String] = []) throws(SGCError) {
        let selected = Set(try plan.experiment.cells(named: names).map(\.name))
        experiment = plan.experiment
        var entries: [Entry] = []
        for run in plan.runs where selected.contains(run.cell.name) {
            let configuration = run.configuration
            let cost = try ModelCost(
                configuration.training.tokenizer, width: configuration.data.width, height: configuration.data.height)
            entries.append(
                Entry(
                    run: run, state: try run.state(), parameters: cost.parameters,
                    stepOperations: cost.stepOperations(configuration.training, batch: configuration.run.batch)))
        }
        self.entries = entries
    }

    private var openOperations: Double { entries.reduce(0) { $0 + ($1.seconds == nil ? $1.operations : 0) } }

    /// What is left at the pace of the finished runs; nil when none is.
    private var openSeconds: Double? {
        let finished = entries.filter { $0.seconds != nil }
        let operations = finished.reduce(0) { $0 + $1.operations }
        guard operations > 0 else { return nil }
        return finished.reduce(0) { $0 + ($1.seconds ?? 0) } / operations * openOperations
    }

    var json: JSONValue {
        .object([
            (
                "runs",
                .array(
                    entries.map { entry in
                        .object([
                            ("cell", .string(entry.run.cell.name)), ("seed", JSONValue(Int(entry.run.seed))),
                            ("run", .string(entry.run.directory.path)), ("state", .string(entry.stateName)),
                            ("settings", .array(entry.run.cell.assignments.map { .string($0) })),
                            ("steps", JSONValue(entry.run.configuration.run.steps)),
                            ("parameters", JSONValue(entry.parameters)),
                            ("operations_per_step", .number(entry.stepOperations)),
                            ("seconds", .numberOrNull(entry.seconds)),
                        ])
                    })
            ),
            ("open_operations", .number(openOperations)), ("open_seconds", .numberOrNull(openSeconds)),
        ])
    }

    var text: String {
        var rows = [(experiment.name, experiment.summary)]
        rows += entries.map { entry in
            (
                "\(entry.run.cell.name), seed \(entry.run.seed)",
                "\(entry.run.configuration.run.steps) steps of \(fixed(entry.stepOperations / 1e9, 1)) GFLOP, "
                    + "\(countText(Double(entry.parameters))) parameters, \(entry.stateName): "
                    + entry.run.cell.assignments.joined(separator: " ")
            )
        }
        let count = entries.count { $0.seconds == nil }
        let time = openSeconds.map { ", about \(duration($0)) at the pace of the finished ones" } ?? ""
        rows.append(("in all", "\(count) of \(entries.count) runs to do, \(countText(openOperations))FLOP\(time)"))
        return table(rows)
    }
}
