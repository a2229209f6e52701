import SGCBase
import SGCTokenizer

/// Shows how far a training is: a line that changes on a terminal, a line now and then elsewhere.
struct ProgressLine {
    private let steps: Int
    private let firstStep: Int
    private let interval: Int
    private let isTerminal: Bool
    private let began = monotonicSeconds()
    private var drawn = -Double.infinity

    /// The figures that are shown, with the names they are shown by.
    private static let shown = [
        ("loss", "loss"), ("reconstruction", "rec"), ("semantic", "sem"), ("adversarial", "gan"), ("psnr", "psnr"),
        ("usage", "usage"), ("class_purity", "purity"),
    ]

    /// - Parameters:
    ///   - first: steps that were done before.
    ///   - interval: steps between lines where nothing can change in place.
    init(steps: Int, first: Int, interval: Int, isTerminal: Bool = Console.isTerminal) {
        self.steps = steps
        firstStep = first
        self.interval = interval
        self.isTerminal = isTerminal
    }

    mutating func show(step: Int, _ metrics: MetricsLog.Row) {
        let now = monotonicSeconds()
        let isLast = step == steps
        if isTerminal {
            guard isLast || now - drawn >= 0.2 else { return }
            drawn = now
            Console.draw("\r\u{1B}[K\(text(step: step, metrics, now))\(isLast ? "\n" : "")")
        } else if isLast || step == firstStep + 1 || step % interval == 0 {
            Console.note(text(step: step, metrics, now))
        }
    }

    /// Ends a line that could still change.
    func end() {
        if isTerminal, drawn > 0 { Console.draw("\n") }
    }

    func text(step: Int, _ metrics: MetricsLog.Row, _ now: Double) -> String {
        let rate = Double(step - firstStep) / max(1e-9, now - began)
        var parts = [
            "step \(step)/\(steps)", "\(fixed(rate, rate < 10 ? 2 : 1)) steps/s",
            "ETA \(duration(Double(steps - step) / max(1e-9, rate)))",
        ]
        for (name, label) in Self.shown {
            if let value = metrics.first(where: { $0.name == name })?.value {
                parts.append("\(label) \(compact(value))")
            }
        }
        return parts.joined(separator: "  ")
    }
}
