package import SGCBase

/// Which quantizer, and its settings. Sections refer to the papers named in each part.
package struct QuantizerConfiguration: Sendable, Equatable, Configurable {
    package enum Kind: String, Sendable, CaseIterable {
        /// VQGAN (Esser et al. 2021).
        case vq
        /// CVQ-VAE's online clustered codebook (Zheng & Vedaldi 2023).
        case cvq
        /// SGC-VQGAN's semantic guided clustering (Ding et al. 2024).
        case sgc
    }

    /// Which of its two terms the weight `commitment` multiplies.
    package enum LossForm: String, Sendable, CaseIterable {
        /// ‖sg z − e‖² + β‖z − sg e‖², as van den Oord et al. write it.
        case paper
        /// β‖sg z − e‖² + ‖z − sg e‖², as taming-transformers' released models were trained.
        case legacy
    }

    package var kind = Kind.sgc
    /// K, the number of entries. nuScenes models of the SGC-VQGAN paper: 8,192.
    package var codebookSize = 8192
    /// d, the length of an entry. SGC-VQGAN Table 7: 32 is best.
    package var codeDimension = 32
    /// β of the commitment loss (VQGAN: 0.25).
    package var commitment = 0.25
    package var lossForm = LossForm.paper
    package var clustering = ClusteringConfiguration()
    package var semantics = SemanticConfiguration()

    package init() {}

    package mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try fields.choice("kind", &kind)
        try fields.integer("codebook_size", &codebookSize, 2...1_048_576)
        try fields.integer("code_dimension", &codeDimension, 1...4096)
        try fields.number("commitment", &commitment, 0...100)
        try fields.choice("loss_form", &lossForm)
        try fields.part("clustering", &clustering)
        try fields.part("semantics", &semantics)
        guard kind == .sgc else { return }
        try semantics.check(codeDimension: codeDimension)
        guard semantics.radius == 0 || clustering.moment == .afterStep else {
            throw SGCError(
                .argument,
                "semantics.radius: expected 0 with clustering.update_when cvq, got \(semantics.radius): the optimizer would "
                    + "move entries after they got their length")
        }
    }
}

/// Online clustering (CVQ-VAE, sections 3.2 and 3.3; Eq. 2-5 of the SGC-VQGAN paper).
package struct ClusteringConfiguration: Sendable, Equatable, Configurable {
    /// Which latents replace unused entries.
    package enum Anchor: String, Sendable, CaseIterable {
        /// The latent nearest to the entry.
        case closest
        /// Latents drawn uniformly from a pool of recent ones.
        case random
        /// One latent per entry, drawn from the softmax of its similarities.
        case probrandom
    }

    package enum Distance: String, Sendable, CaseIterable { case l2, cosine }

    package enum Moment: String, Sendable, CaseIterable {
        /// After the optimizer's update, so that no gradient of an old row is applied to a fresh one.
        case afterStep = "after_step"
        /// Between gradient and optimizer, as CVQ-VAE's own code.
        case beforeStep = "cvq"
    }

    /// γ of the usage average N_k (CVQ-VAE: 0.99). Short runs need a shorter memory.
    package var decay = 0.99
    package var anchor = Anchor.closest
    /// The distance of `cvq`; `sgc` has its own (Eq. 6).
    package var distance = Distance.l2
    /// Numerator of the exponent 10/(1 − γ) of Eq. 3: moves the usage below which entries are replaced.
    package var sharpness = 10.0
    /// ε of Eq. 3 (CVQ-VAE's code: 1e-3).
    package var epsilon = 1e-3
    /// Weight of CVQ-VAE's contrastive term on the codebook; 0 leaves it out.
    package var contrastiveWeight = 0.0
    /// Replace entries on the first batch only (CVQ-VAE's offline ablation).
    package var firstBatchOnly = false
    package var moment = Moment.afterStep

    package init() {}

    package mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try fields.number("decay", &decay, 0...0.99999)
        try fields.choice("anchor", &anchor)
        try fields.choice("distance", &distance)
        try fields.number("sharpness", &sharpness, 0...1e6)
        try fields.number("epsilon", &epsilon, 0...1)
        try fields.number("contrastive_weight", &contrastiveWeight, 0...100)
        try fields.flag("first_batch_only", &firstBatchOnly)
        try fields.choice("update_when", &moment)
    }
}
