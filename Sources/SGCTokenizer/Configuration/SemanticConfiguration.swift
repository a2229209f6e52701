package import SGCBase

/// What makes codes carry meaning (SGC-VQGAN, Eq. 6-10).
package struct SemanticConfiguration: Sendable, Equatable, Configurable {
    package enum Aggregator: String, Sendable, CaseIterable {
        /// All levels side by side: the decoder sees all channels, no parameters. Table 7: the best.
        case concat
        /// The sum of the levels.
        case linear
        /// The levels below σ only.
        case lowOnly = "low_only"
        /// The levels from σ on only.
        case highOnly = "high_only"
        /// Low levels ask, high levels answer; has parameters.
        case crossAttention = "cross_attention"
    }

    package enum Loss: String, Sendable, CaseIterable {
        case cosface, lsoftmax, sphereface, softtriple
        case proxyNCA = "proxy_nca"
    }

    package enum Weighting: String, Sendable, CaseIterable {
        /// Every level counts with its weight w(l) of Eq. 10.
        case graded
        /// Only the high levels count.
        case hard
    }

    /// What the semantic loss is applied to.
    package enum Target: String, Sendable, CaseIterable {
        /// The latents before quantization: the encoder learns the classes.
        case encoder
        /// The entries that were hit, as the paper's text says. Alone it teaches the encoder nothing.
        case codebook
        /// Half each.
        case both
    }

    /// C, the number of classes; 0 trains without labels.
    package var classes = 0
    /// Their names, for people; empty or one per class.
    package var classNames: [String] = []
    /// Whether a code is divided into levels of meaning; else all of it is one high level (SGC-VQGAN, Table 6 "wo MFL"),
    /// and ``levels``, ``threshold``, ``alpha`` and ``weighting`` mean nothing.
    package var isMultiLevel = true
    /// N, into how many equal channel groups a code is divided; level 1 comes first.
    package var levels = 4
    /// σ: levels with w(l) ≥ σ are high. With N = 4, 0.5 makes one level of four high; 0 makes all of them high.
    package var threshold = 0.5
    /// α of Eq. 10.
    package var alpha = 1.0
    /// β of Eq. 6: how much the high part counts in the distance.
    package var beta = 1.0
    /// The length of each high level of latents, before they are compared, and of entries; 0 leaves it free.
    ///
    /// The losses teach directions only, and the paper calls CosFace's s the magnitude of the entry: with a length, codes
    /// of one class lie together however strongly the encoder answers.
    package var radius = 0.0
    package var aggregator = Aggregator.concat
    package var loss = Loss.cosface
    /// Weight of the semantic loss in the total.
    package var weight = 1.0
    package var weighting = Weighting.graded
    package var target = Target.encoder
    /// With target codebook or both: each entry that was hit counts once, with its majority class, instead of per hit.
    package var perCode = false
    /// Extra rate at which the high part of an entry follows its class vector; 0 is the paper's Eq. 7.
    package var pull = 0.0
    /// Inject class vectors into Eq. 7 as they are instead of with the anchor's norm.
    package var rawInjection = false
    package var margin = MarginConfiguration()

    package init() {}

    package mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try fields.integer("classes", &classes, 0...65_535)
        try fields.strings("class_names", &classNames, count: 0...65_535)
        try fields.flag("multi_level", &isMultiLevel)
        try fields.integer("levels", &levels, 2...64)
        try fields.number("threshold", &threshold, 0...1)
        try fields.number("alpha", &alpha, 1e-3...100)
        try fields.number("beta", &beta, 0...1e3)
        try fields.number("radius", &radius, 0...1e3)
        try fields.choice("aggregator", &aggregator)
        try fields.choice("loss", &loss)
        try fields.number("weight", &weight, 0...1e3)
        try fields.choice("weighting", &weighting)
        try fields.choice("target", &target)
        try fields.flag("per_code", &perCode)
        try fields.number("w_pull", &pull, 0...1)
        try fields.flag("raw_injection", &rawInjection)
        try fields.part("margin", &margin)
        guard classNames.isEmpty || classNames.count == classes else {
            throw SGCError(
                .argument, "semantics.class_names: expected none or \(classes) names, got \(classNames.count)")
        }
    }

    /// - Throws: `.argument` when the levels do not divide the code or none is high.
    func check(codeDimension: Int) throws(SGCError) {
        guard isMultiLevel else { return }
        guard codeDimension % levels == 0 else {
            throw SGCError(
                .argument,
                "semantics.levels: expected a divisor of code_dimension \(codeDimension), got \(levels)")
        }
        guard FeatureLevels(self, codeDimension: codeDimension).highCount > 0 else {
            throw SGCError(
                .argument, "semantics.threshold: \(threshold) leaves no high level; the largest weight is lower")
        }
    }
}

/// Constants of the five semantic losses; each uses its own. Defaults are the losses' papers' or their common ports'.
package struct MarginConfiguration: Sendable, Equatable, Configurable {
    /// CosFace's s and m (Wang et al. 2018).
    package var scale = 30.0, margin = 0.35
    /// m of the angular losses L-Softmax and SphereFace (Liu et al. 2016, 2017): 2, 3 or 4.
    package var angularMargin = 4
    /// λ of the angular losses falls from base·(1 + gamma·step)^−power to minimum.
    package var annealingBase = 1000.0, annealingGamma = 0.12, annealingPower = 1.0, annealingMinimum = 5.0
    /// SoftTriple's λ, γ, δ, τ and centres per class (Qian et al. 2019).
    package var softScale = 20.0, softGamma = 0.1, softMargin = 0.01, softRegularization = 0.2
    package var centers = 10
    /// Proxy-NCA: the length of the proxies, and whether the positive stands in the denominator (the ports' form).
    package var proxyScale = 3.0
    package var includesPositive = true

    package init() {}

    package mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try fields.number("scale", &scale, 1e-3...1e3)
        try fields.number("margin", &margin, 0...1)
        try fields.integer("angular_margin", &angularMargin, 2...4)
        try fields.number("annealing_base", &annealingBase, 0...1e6)
        try fields.number("annealing_gamma", &annealingGamma, 0...1e3)
        try fields.number("annealing_power", &annealingPower, 0...100)
        try fields.number("annealing_minimum", &annealingMinimum, 0...1e6)
        try fields.number("soft_scale", &softScale, 1e-3...1e3)
        try fields.number("soft_gamma", &softGamma, 1e-3...1e3)
        try fields.number("soft_margin", &softMargin, 0...1)
        try fields.number("soft_regularization", &softRegularization, 0...1e3)
        try fields.integer("centers", &centers, 1...256)
        try fields.number("proxy_scale", &proxyScale, 1e-3...1e3)
        try fields.flag("includes_positive", &includesPositive)
    }
}
