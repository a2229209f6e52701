import SGCTokenizer

/// Guided codes that do not come to stand for one class.
struct LowPurity: HealthRule {
    let name = "low-purity"
    /// Mean share of a code's most frequent class. `sgc experiment compare` ends near .8; without guidance near .43.
    private static let least = 0.5
    /// Steps before which nobody can tell: healthy runs of the presets pass `least` after some 250.
    private static let patience = 300

    func examine(_ run: RunRecord) -> Finding? {
        let quantizer = run.configuration.training.tokenizer.quantizer
        guard quantizer.kind == .sgc, run.steps >= Self.patience, !run.values("semantic").isEmpty,
            let before = run.mean("class_purity", in: 0.1...0.2), let end = run.mean("class_purity", in: 0.9...1),
            end < Self.least
        else { return nil }
        let semantics = quantizer.semantics
        var changes: [Finding.Change] = []
        if semantics.target == .codebook {
            changes.append(.set("quantizer.semantics.target", "encoder", "the encoder has to learn the classes, too"))
        }
        changes.append(
            .set(
                "quantizer.semantics.weight", shortest(min(1000, max(0.05, 3 * semantics.weight))),
                "stronger guidance")
        )
        changes.append(
            .set("run.steps", "\(min(2 * run.configuration.run.steps, RunRecord.mostSteps))", "or more time"))
        return Finding(
            severity: .warning,
            seen:
                "class_purity is \(fixed(end, 2)) at the end, after \(fixed(before, 2)) at the tenth part of the run; "
                + "the semantic loss went to \(compact(run.mean("semantic", in: 0.9...1) ?? .nan))",
            why: "a code stands for its class only when most of its tokens have it", changes: changes)
    }
}
