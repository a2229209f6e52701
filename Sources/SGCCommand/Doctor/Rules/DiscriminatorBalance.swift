import SGCTokenizer

/// The discriminator tells everything or nothing apart: in both cases the decoder learns nothing from it.
struct DiscriminatorBalance: HealthRule {
    let name = "discriminator-balance"
    /// As a share of what guessing costs: below it wins, within a fiftieth it guesses.
    private static let wins = 0.05, guesses = 0.98...1.02
    /// Steps of learning before which nobody can tell.
    private static let patience = 100

    func examine(_ run: RunRecord) -> Finding? {
        let settings = run.configuration.training.discriminator
        guard settings.weight > 0, run.values("discriminator").count >= Self.patience,
            let loss = run.median("discriminator", in: RunRecord.end)
        else { return nil }
        let share = loss / settings.loss.guessing
        let rate = settings.learningRate
        let seen =
            "discriminator is \(compact(loss)) in the last quarter (median; \(settings.loss.guessing) is guessing)"
        if share < Self.wins {
            return Finding(
                severity: .warning, seen: seen,
                why: "it knows every reconstruction: where it is sure, its gradients say little or the same everywhere",
                changes: [
                    .set("discriminator.learning_rate", shortest(rate / 5), "a fifth of the present one"),
                    .set("discriminator.layers", "\(max(1, settings.layers - 1))", "or a weaker one"),
                ])
        }
        guard Self.guesses.contains(share) else { return nil }
        return Finding(
            severity: .warning, seen: seen,
            why: "it has not learned to tell images from reconstructions: its term is noise",
            changes: [
                .set("discriminator.learning_rate", shortest(min(1, rate * 5)), "five times the present one"),
                .set("discriminator.weight", "0", "or train without it, in two thirds of the time"),
            ])
    }
}

extension DiscriminatorConfiguration.Loss {
    /// The loss of a discriminator that says 0 to everything: 1 for hinge, ln 2 for softplus.
    var guessing: Double {
        switch self {
        case .hinge: 1
        case .softplus: 0.6931
        }
    }
}
