import SGCTokenizer

/// The adversarial term grows without bounds.
struct AdversarialExplosion: HealthRule {
    let name = "adversarial-explosion"
    /// |D| of a discriminator under the hinge loss stays near 1.
    private static let logit = 20.0
    /// Of the discriminator's loss.
    private static let loss = 5.0
    /// Of the bound of the adaptive weight (VQGAN, Eq. 7: 1e4).
    private static let weight = 0.99e4

    func examine(_ run: RunRecord) -> Finding? {
        let settings = run.configuration.training.discriminator
        guard settings.weight > 0, let term = run.median("adversarial", in: RunRecord.end) else { return nil }
        let weights = run.values("adversarial_weight", in: RunRecord.end)
        let bound = Self.weight * settings.weight
        let atBound = settings.isAdaptive ? weights.count { $0 >= bound } : 0
        let loss = run.median("discriminator", in: RunRecord.end) ?? 0
        let seen: String
        if 4 * atBound > weights.count {
            seen = "adversarial_weight is at its bound in \(atBound) of the last \(weights.count) steps"
        } else if abs(term) > Self.logit || loss > Self.loss {
            seen = "adversarial is \(compact(term)) and discriminator \(compact(loss)) in the last quarter (medians)"
        } else {
            return nil
        }
        var changes: [Finding.Change] = [
            .set(
                "discriminator.learning_rate", shortest(settings.learningRate / 5), "a fifth of the present one"),
            .set("discriminator.weight", shortest(settings.weight / 2), "half its say"),
        ]
        if !settings.isAdaptive {
            changes.append(
                .set("discriminator.adaptive", "true", "never more gradient than the reconstruction has"))
        }
        return Finding(
            severity: .critical, seen: seen,
            why: "the decoder follows the discriminator and no longer the image", changes: changes)
    }
}
