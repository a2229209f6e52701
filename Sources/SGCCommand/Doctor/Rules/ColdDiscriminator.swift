import SGCTokenizer

/// The discriminator counts before it has learned anything.
struct ColdDiscriminator: HealthRule {
    let name = "cold-discriminator"
    /// Steps of which the mean is taken before and after the start.
    private static let window = 20
    /// In dB.
    private static let drop = 0.5

    func examine(_ run: RunRecord) -> Finding? {
        let settings = run.configuration.training.discriminator
        guard settings.weight > 0, settings.warmUpSteps == 0, run.steps > settings.startStep,
            let loss = run.history["discriminator"]?.values.first
        else { return nil }
        let place = "from step \(settings.startStep + 1) on, where its loss is \(compact(loss)) "
        var seen = "it counts \(place)(discriminator; \(settings.loss.guessing) is guessing), without warm-up"
        var severity = Finding.Severity.warning
        if settings.startStep >= Self.window, let psnr = run.history["psnr"],
            let start = psnr.steps.firstIndex(where: { $0 > Double(settings.startStep) }), start >= Self.window
        {
            let before = mean(psnr.values[start - Self.window..<start])
            let after = stride(from: start, through: psnr.values.count - Self.window, by: Self.window).map {
                mean(psnr.values[$0..<$0 + Self.window])
            }
            // It started late, and nothing happened.
            guard let worst = after.min(), let last = after.last, before - worst > Self.drop else { return nil }
            seen += "; PSNR falls from \(fixed(before, 1)) to \(fixed(worst, 1)) dB and ends at \(fixed(last, 1)) dB"
            if before - last > 2 * Self.drop { severity = .critical }
        }
        let steps = run.configuration.run.steps
        let start = max(settings.startStep, steps / 2)
        var changes: [Finding.Change] = []
        if start > settings.startStep {
            changes.append(.set("discriminator.start_step", "\(start)", "the image comes first"))
        }
        changes.append(
            .set(
                "discriminator.warm_up_steps", "\(max(1, min(start, steps / 10)))",
                "it learns alone before it counts"))
        return Finding(
            severity: severity, seen: seen,
            why: "gradients of a discriminator that knows nothing disturb the image while it is being learned",
            changes: changes)
    }

    private func mean(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) / Double(values.count) }
}
