import SGCNN
import SGCTokenizer

/// The image became worse while the run went on, or before it became better: the learning rate is too high.
struct RisingLoss: HealthRule {
    let name = "learning-rate-high"
    /// The course is looked at in so many parts.
    static let parts = 20
    /// How far the end may lie above the best part; batches alone differ by a few percent.
    static let tolerated = 1.15
    /// Above, nothing of what was learned is left.
    private static let lost = 1.5
    /// How far a part may lie above the first step, at which nothing was learned yet.
    private static let exploded = 2.0

    func examine(_ run: RunRecord) -> Finding? {
        guard let course = run.reconstructionCourse, let last = course.values.last,
            let first = run.values("reconstruction").first,
            let best = course.values.indices.min(by: { course.values[$0] < course.values[$1] }),
            let worst = course.values.indices.max(by: { course.values[$0] < course.values[$1] })
        else { return nil }
        let ratio = last / max(course.values[best], 1e-12)
        let seen: String
        if ratio > Self.tolerated {
            seen =
                "reconstruction was \(compact(course.values[best])) around step \(fixed(course.steps[best].rounded(.down), 0)) and is "
                + "\(compact(last)) at the end"
        } else if course.values[worst] > Self.exploded * first {
            seen =
                "reconstruction rose from \(compact(first)) to \(compact(course.values[worst])) around step "
                + "\(fixed(course.steps[worst].rounded(.down), 0))"
        } else {
            return nil
        }
        let optimizer = run.configuration.training.optimizer
        var changes: [Finding.Change] = [
            .set("optimizer.learning_rate", shortest(optimizer.learningRate / 3), "a third of the present one")
        ]
        if optimizer.warmUpSteps == 0 {
            changes.append(
                .set("optimizer.warm_up_steps", "\(max(10, run.configuration.run.steps / 50))", "a gentle start"))
        }
        if optimizer.schedule == .constant {
            changes.append(.set("optimizer.schedule", "cosine", "falls to a tenth by the end"))
        }
        return Finding(
            severity: ratio > Self.lost ? .critical : .warning,
            seen: "\(seen), at a learning rate of \(compact(optimizer.learningRate))",
            why: "steps overshoot: what was learned is lost again", changes: changes)
    }
}

extension RunRecord {
    /// The reconstruction loss in ``RisingLoss/parts`` means; nil for a run that is too short to have a course.
    var reconstructionCourse: (steps: [Double], values: [Double])? {
        guard let series = history["reconstruction"], series.values.count >= 2 * RisingLoss.parts else { return nil }
        return series.reduced(to: RisingLoss.parts)
    }
}

/// A setting's value with two digits that count.
func shortest(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return "0" }
    var (mantissa, exponent) = (abs(value), 0)
    while mantissa >= 100 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while mantissa < 10 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    let sign = value < 0 ? "-" : ""
    return Double("\(sign)\(Int(mantissa.rounded()))e\(exponent)")?.description ?? "\(value)"
}
