import SGCBase

/// The run ended before its last step, or before its model was written.
struct UnfinishedRun: HealthRule {
    let name = "unfinished"

    func examine(_ run: RunRecord) -> Finding? {
        let planned = run.configuration.run.steps
        guard run.steps < planned || !run.hasModel else { return nil }
        let seen =
            switch run.checkpointStep {
            case let step? where run.steps < planned:
                "step \(run.steps) of \(planned) is the last in metrics.jsonl; the newest checkpoint is of step \(step)"
            case _?: "all \(planned) steps are done, and there is no model"
            case nil: "step \(run.steps) of \(planned) is the last in metrics.jsonl, and there is no checkpoint"
            }
        guard let step = run.checkpointStep else {
            let every = max(1, min(run.configuration.run.checkpointEvery, max(1, run.steps) / 2))
            return Finding(
                severity: .warning, seen: seen, why: "nothing is left to go on from, unless it is running now",
                changes: [.set("run.checkpoint_every", "\(every)", "loses less the next time")])
        }
        let lost = run.steps - step
        return Finding(
            severity: .warning, seen: seen,
            why: "without its end there is no measured model, unless it is running now",
            changes: [
                .run(
                    "sgc train --resume \(run.path)",
                    lost > 0 ? "does the last \(lost) steps again, with the same bits" : "goes on with the same bits")
            ])
    }
}
