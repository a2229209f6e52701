import SGCTokenizer

/// Steps that changed nothing, because a loss or a gradient was not finite.
struct SkippedSteps: HealthRule {
    let name = "skipped-steps"
    /// More are no accident.
    private static let tolerated = 0.01

    func examine(_ run: RunRecord) -> Finding? {
        guard let skipped = run.history["skipped_steps"]?.values.last, skipped > 0 else { return nil }
        let atEnd = run.values("skipped").reversed().prefix { $0 > 0 }.count
        let share = skipped / Double(max(1, run.steps))
        let optimizer = run.configuration.training.optimizer
        var changes: [Finding.Change] = []
        if run.configuration.run.precision == .bfloat16 {
            changes.append(.set("run.precision", "float32", "a larger range of numbers and more of their digits"))
        }
        changes.append(
            .set("optimizer.learning_rate", shortest(optimizer.learningRate / 3), "a third of the present one"))
        if optimizer.gradientClip == 0, let norm = run.median("gradient_norm") {
            changes.append(.set("optimizer.gradient_clip", shortest(2 * norm), "twice the median norm of the gradient"))
        }
        return Finding(
            severity: atEnd > 2 || share > Self.tolerated ? .critical : .warning,
            seen: "\(fixed(skipped, 0)) of \(run.steps) steps were skipped (skipped_steps)"
                + (atEnd > 2 ? ", among them the last \(atEnd)" : ""),
            why: "a loss or a gradient was not finite: the step is undone, and "
                + "more than \(run.configuration.training.toleratedSkips) in a row end the run",
            changes: changes)
    }
}
