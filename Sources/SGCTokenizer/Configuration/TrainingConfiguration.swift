package import SGCBase
package import SGCNN

/// Everything that determines a training run but its data: what `sgc_trainer_create` takes.
package struct TrainingConfiguration: Sendable, Equatable, Configurable {
    /// Source of every random choice.
    package var seed: UInt64 = 0
    package var tokenizer = TokenizerConfiguration()
    package var loss = LossConfiguration()
    package var discriminator = DiscriminatorConfiguration()
    package var optimizer = OptimizerConfiguration()
    /// Decay of the moving average of weights that snapshots and exports take; 0 keeps none.
    package var averageDecay = 0.0
    /// Recompute activations in the backward pass: about half the memory for a third more time.
    package var recomputesActivations = false
    /// Steps in a row that may be skipped for numbers that are not finite before training stops.
    package var toleratedSkips = 10

    package init() {}

    package mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try fields.seed("seed", &seed)
        try fields.part("model", &tokenizer.model)
        try fields.part("quantizer", &tokenizer.quantizer)
        try fields.part("loss", &loss)
        try fields.part("discriminator", &discriminator)
        try fields.part("optimizer", &optimizer)
        try fields.number("average_decay", &averageDecay, 0...0.999999)
        try fields.flag("recompute_activations", &recomputesActivations)
        try fields.integer("tolerated_skips", &toleratedSkips, 0...1_000_000)
    }
}

/// The reconstruction terms.
package struct LossConfiguration: Sendable, Equatable, Configurable {
    package enum Reconstruction: String, Sendable, CaseIterable {
        /// mean |x − x̂|, VQGAN's.
        case l1
        /// mean (x − x̂)².
        case l2
    }

    package var reconstruction = Reconstruction.l1
    package var reconstructionWeight = 1.0
    /// Weight of the perceptual term, where the trainer was given one (VQGAN: 1).
    package var perceptualWeight = 1.0
    /// Weight of the distance to a teacher's features, where the trainer was given one (VQ-KD: 1), and to the latents of a
    /// tokenizer that teaches.
    package var distillationWeight = 1.0

    package init() {}

    package mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try fields.choice("reconstruction", &reconstruction)
        try fields.number("reconstruction_weight", &reconstructionWeight, 0...1e3)
        try fields.number("perceptual_weight", &perceptualWeight, 0...1e3)
        try fields.number("distillation_weight", &distillationWeight, 0...1e3)
    }
}

/// The adversarial term (VQGAN, Eq. 5-7).
package struct DiscriminatorConfiguration: Sendable, Equatable, Configurable {
    package enum Loss: String, Sendable, CaseIterable {
        case hinge
        /// softplus(−D(x)) and softplus(D(x̂)), "vanilla" in taming-transformers.
        case softplus
    }

    /// Weight of the generator's term; 0 trains without a discriminator (taming: 0.8 on ImageNet).
    package var weight = 0.0
    package var channels = 64
    package var layers = 3
    package var loss = Loss.hinge
    /// Multiply the weight with the ratio of the gradients of reconstruction and adversarial term at the last layer.
    package var isAdaptive = true
    /// The step from which the generator sees the discriminator.
    package var startStep = 0
    /// How many steps before that the discriminator trains alone, so that it is not untrained when it starts to count.
    package var warmUpSteps = 0
    package var learningRate = 4.5e-6

    package init() {}

    package mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try fields.number("weight", &weight, 0...1e3)
        try fields.integer("channels", &channels, 1...1024)
        try fields.integer("layers", &layers, 1...8)
        try fields.choice("loss", &loss)
        try fields.flag("adaptive", &isAdaptive)
        try fields.integer("start_step", &startStep, 0...1_000_000_000)
        try fields.integer("warm_up_steps", &warmUpSteps, 0...1_000_000_000)
        try fields.number("learning_rate", &learningRate, 0...1)
    }
}

/// Adam and its schedule.
package struct OptimizerConfiguration: Sendable, Equatable, Configurable {
    /// After warm-up. taming's rule: 4.5e-6 × images per batch.
    package var learningRate = 4.5e-6
    package var schedule = Schedule.Shape.constant
    package var warmUpSteps = 0
    /// Where the cosine ends.
    package var totalSteps = 100_000
    /// The share of the learning rate at the cosine's end.
    package var finalShare = 0.1
    /// VQGAN: 0.5 and 0.9.
    package var beta1 = 0.5, beta2 = 0.9
    package var epsilon = 1e-8
    package var weightDecay = 0.0
    /// Gradients are scaled down to this global norm; 0 leaves them.
    package var gradientClip = 0.0
    /// Into how many parts a batch is divided whose gradients are added: less memory, the same update.
    package var accumulation = 1

    package init() {}

    package mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try fields.number("learning_rate", &learningRate, 0...1)
        try fields.choice("schedule", &schedule)
        try fields.integer("warm_up_steps", &warmUpSteps, 0...1_000_000_000)
        try fields.integer("total_steps", &totalSteps, 1...1_000_000_000)
        try fields.number("final_share", &finalShare, 0...1)
        try fields.number("beta1", &beta1, 0...0.999999)
        try fields.number("beta2", &beta2, 0...0.999999)
        try fields.number("epsilon", &epsilon, 1e-16...1)
        try fields.number("weight_decay", &weightDecay, 0...10)
        try fields.number("gradient_clip", &gradientClip, 0...1e9)
        try fields.integer("accumulation", &accumulation, 1...4096)
    }
}
