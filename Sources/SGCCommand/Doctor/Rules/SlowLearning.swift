import SGCTokenizer

/// The image hardly became better, and no worse either: the learning rate is too low, or the run too short.
struct SlowLearning: HealthRule {
    let name = "learning-rate-low"
    /// A run that learns halves its first loss soon.
    private static let least = 0.75

    func examine(_ run: RunRecord) -> Finding? {
        guard let course = run.reconstructionCourse, let first = course.values.first, let last = course.values.last,
            let best = course.values.min(), last > Self.least * first, last <= RisingLoss.tolerated * best
        else { return nil }
        let optimizer = run.configuration.training.optimizer
        let higher = min(1, optimizer.learningRate * 5)
        return Finding(
            severity: .warning,
            seen: "reconstruction went from \(compact(first)) to \(compact(last)) in \(run.steps) steps, "
                + "at a learning rate of \(compact(optimizer.learningRate))",
            why: "the run ends long before it has learned what it could",
            changes: [
                .set("optimizer.learning_rate", shortest(higher), "five times the present one"),
                .set("run.steps", "\(min(4 * run.configuration.run.steps, RunRecord.mostSteps))", "or more time"),
            ])
    }
}
