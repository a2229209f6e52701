import SGCTokenizer

/// A term of the loss that drowns the reconstruction.
struct LossBalance: HealthRule {
    let name = "loss-balance"
    /// Times the reconstruction's. CosFace's terms are large and do no harm at several times.
    private static let most = 30.0

    private struct Term: Sendable {
        let name: String
        /// The setting that weighs it, if there is one.
        var weight: (key: String, value: @Sendable (TrainingConfiguration) -> Double)?
    }

    /// What the total has beside the reconstruction.
    private static let terms = [
        Term(name: "perceptual", weight: ("loss.perceptual_weight", { $0.loss.perceptualWeight })),
        Term(name: "distillation", weight: ("loss.distillation_weight", { $0.loss.distillationWeight })),
        Term(name: "latent_distillation", weight: ("loss.distillation_weight", { $0.loss.distillationWeight })),
        Term(name: "semantic", weight: ("quantizer.semantics.weight", { $0.tokenizer.quantizer.semantics.weight })),
        Term(name: "commitment", weight: ("quantizer.commitment", { $0.tokenizer.quantizer.commitment })),
        Term(
            name: "contrastive",
            weight: (
                "quantizer.clustering.contrastive_weight", { $0.tokenizer.quantizer.clustering.contrastiveWeight }
            )),
        Term(name: "adversarial", weight: ("discriminator.weight", { $0.discriminator.weight })),
        Term(name: "codebook"),
    ]

    func examine(_ run: RunRecord) -> Finding? {
        guard run.steps >= 2 * RisingLoss.parts,
            let reconstruction = run.median("reconstruction_weighted", in: RunRecord.end)
        else { return nil }
        let weighted = Self.terms.compactMap { term in
            run.median("\(term.name)_weighted", in: RunRecord.end).map { (term: term, value: abs($0)) }
        }
        guard let largest = weighted.max(by: { $0.value < $1.value }), largest.value > Self.most * reconstruction
        else { return nil }
        let (name, ratio) = (largest.term.name, largest.value / max(reconstruction, 1e-12))
        let training = run.configuration.training
        let change: Finding.Change =
            if let weight = largest.term.weight {
                .set(weight.key, shortest(weight.value(training) / ratio), "as much as the reconstruction")
            } else {
                .set(
                    "loss.reconstruction_weight", shortest(min(1000, training.loss.reconstructionWeight * ratio)),
                    "as much as the \(name) term")
            }
        return Finding(
            severity: .warning,
            seen: "\(name)_weighted is \(compact(largest.value)) in the last quarter, "
                + "\(compact(ratio)) times reconstruction_weighted (medians)",
            why: "the model serves this term, and the image gets what is left", changes: [change])
    }
}
