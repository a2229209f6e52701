import SGCTokenizer

/// Gradients that are scaled down in nearly every step.
struct ConstantClipping: HealthRule {
    let name = "constant-clipping"
    private static let most = 0.9

    func examine(_ run: RunRecord) -> Finding? {
        let clip = run.configuration.training.optimizer.gradientClip
        let norms = run.values("gradient_norm", in: 0.5...1)
        guard clip > 0, norms.count >= RisingLoss.parts else { return nil }
        let clipped = norms.count { $0 > clip }
        guard Double(clipped) > Self.most * Double(norms.count), let median = run.median("gradient_norm", in: 0.5...1)
        else { return nil }
        return Finding(
            severity: .warning,
            seen: "gradient_norm is above optimizer.gradient_clip = \(compact(clip)) in \(clipped) of the last "
                + "\(norms.count) steps; its median is \(compact(median))",
            why:
                "every step has the same length, however steep the loss: the clip has become part of the learning rate",
            changes: [
                .set("optimizer.gradient_clip", shortest(min(1e9, 2 * median)), "twice the median: only outliers")
            ])
    }
}
