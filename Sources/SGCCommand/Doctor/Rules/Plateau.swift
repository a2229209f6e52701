import SGCNN
import SGCTokenizer

/// The image stopped becoming better long before the end, at a learning rate that never falls.
struct Plateau: HealthRule {
    let name = "plateau"
    /// Gain of the last quarter over the one before, as a share: less is none.
    private static let least = 0.005

    func examine(_ run: RunRecord) -> Finding? {
        let optimizer = run.configuration.training.optimizer
        guard optimizer.schedule == .constant, let course = run.reconstructionCourse, let first = course.values.first,
            let before = run.mean("reconstruction", in: 0.5...0.75), let end = run.mean("reconstruction", in: 0.75...1)
        else { return nil }
        // Learned once, and neither better nor worse since: the other two rules know the rest.
        guard end < 0.75 * first, end > (1 - Self.least) * before, end < 1.1 * before else { return nil }
        return Finding(
            severity: .warning,
            seen:
                "reconstruction is \(compact(before)) in the third quarter of the steps and \(compact(end)) in the last",
            why: "a constant learning rate keeps the weights moving around where they could settle",
            changes: [
                .set("optimizer.schedule", "cosine", "falls to a tenth by the end, and the loss with it"),
                .set("average_decay", "0.999", "or a moving average of the weights"),
            ])
    }
}
