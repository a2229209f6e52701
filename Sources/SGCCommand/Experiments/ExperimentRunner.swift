import SGCBase
import SGCTokenizer

/// Runs an experiment: what is finished stays, what was interrupted goes on from its checkpoint, the rest is begun.
///
/// For the thread that computes.
struct ExperimentRunner {
    let plan: ExperimentPlan
    /// The precision is that of each configuration.
    let engine: EngineOptions
    var cancellation = Cancellation.never

    /// What happens to whoever watches.
    enum Event {
        /// Run `number` of `count` that are to be done goes from `step` to its last.
        case began(ExperimentRun, number: Int, count: Int, step: Int)
        case step(Int, MetricsLog.Row)
        /// What is done after the last step.
        case stage(String)
        /// The results that were just written.
        case finished(ExperimentResults)
    }

    /// Runs the cells of these names; all without names.
    ///
    /// At the end, `report.html` shows them side by side.
    ///
    /// - Returns: the results of all cells, also of those that earlier calls ran.
    /// - Throws: `.mismatch`, before anything is run, when a cell is there with another configuration; `.argument` for an
    ///   unknown name; `.cancelled` after a checkpoint was written; what training throws.
    func run(only names: [String] = [], report: (Event) -> Void = { _ in }) throws(SGCError) -> ExperimentResults {
        let selected = Set(try plan.experiment.cells(named: names).map(\.name))
        var results = ExperimentResults(plan)
        var open: [ExperimentRun] = []
        for run in plan.runs {
            switch try run.state() {
            case .finished(let metrics): results.add(run, metrics: metrics)
            case .absent, .begun: if selected.contains(run.cell.name) { open.append(run) }
            }
        }
        if results.finishedCount > 0 { try results.write() }
        for (index, run) in open.enumerated() {
            let metrics = try finish(run) { training in
                report(.began(run, number: index + 1, count: open.count, step: training.trainer.step))
            } report: {
                report($0)
            }
            results.add(run, metrics: metrics)
            try results.write()
            report(.finished(results))
        }
        let page = "\(plan.directory)/report.html"
        let isThere = try File.exists(page)
        if !open.isEmpty || (results.finishedCount > 0 && !isThere) {
            report(.stage("writing the report of all cells"))
            try results.report(engine: engine, cancellation: cancellation).write(to: page)
        }
        return results
    }

    /// Trains and measures one run, from its beginning or its checkpoint.
    private func finish(
        _ run: ExperimentRun, began: (TrainingRun) -> Void, report: (Event) -> Void
    ) throws(SGCError) -> JSONValue {
        do throws(SGCError) {
            let training = try begin(run)
            began(training)
            try training.train { step, row in report(.step(step, row)) }
            guard let metrics = try training.finish(report: { report(.stage($0)) }) else {
                throw SGCError(.internalError, "nothing was measured")
            }
            return metrics
        } catch {
            throw error.code == .cancelled ? error : error.within("cell \(run.cell.name), seed \(run.seed)")
        }
    }

    private func begin(_ run: ExperimentRun) throws(SGCError) -> TrainingRun {
        var engine = engine
        engine.precision = run.configuration.run.precision
        guard try run.state() == .begun else {
            return try TrainingRun(
                run.configuration, directory: run.directory.path, engine: engine, cancellation: cancellation)
        }
        return try TrainingRun(
            resuming: run.directory.path, change: { _ in run.configuration }, engine: engine, cancellation: cancellation
        )
    }
}
