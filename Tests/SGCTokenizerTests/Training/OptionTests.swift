import SGCBase
import SGCNN
import SGCTensor
import Testing

@testable import SGCTokenizer

/// Every option of the quantizers trains with finite numbers and makes a difference.
@Suite(.serialized) struct OptionTests {
    private static let steps = 3

    /// The bits of the model after a few steps.
    private func trained(_ kind: String, _ settings: [String]) throws -> [String: [UInt32]] {
        let trainer = try tinyTrainer(kind, settings)
        let metrics = try trainer.run(Self.steps)
        #expect(metrics.allSatisfy { $0["skipped"] == 0 && $0["loss"]?.isFinite == true }, "\(settings)")
        #expect(trainer.model.parameters.allSatisfy { $0.value.floats.allSatisfy(\.isFinite) }, "\(settings)")
        return trainer.bits
    }

    private func expectDifference(_ kind: String, _ settings: [String], from base: [String] = []) throws {
        let weight = "encoder.conv_in.weight"
        let (a, b) = (try trained(kind, base), try trained(kind, base + settings))
        // The codebook differs at once, the encoder after the next step.
        #expect(a["quantize.embedding.weight"] != b["quantize.embedding.weight"], "\(settings): codebook")
        #expect(a[weight] != b[weight], "\(settings): encoder")
    }

    @Test("online clustering", arguments: ["cvq", "sgc"])
    func clustering(_ kind: String) throws {
        for setting in [
            "decay=0.5", "anchor=random", "anchor=probrandom", "sharpness=0.5", "epsilon=0.5",
            "first_batch_only=true", "update_when=cvq",
        ] {
            try expectDifference(kind, ["quantizer.clustering.\(setting)"])
        }
    }

    @Test("CVQ's distance and contrastive term; the forms of the commitment loss")
    func cvq() throws {
        try expectDifference("cvq", ["quantizer.clustering.distance=cosine"])
        try expectDifference("cvq", ["quantizer.clustering.contrastive_weight=0.1"])
        try expectDifference(
            "cvq", ["quantizer.clustering.anchor=probrandom"], from: ["quantizer.clustering.distance=cosine"])
        try expectDifference("vq", ["quantizer.loss_form=legacy"])
        try expectDifference("vq", ["quantizer.commitment=1"])
        try expectDifference("vq", ["loss.reconstruction=l2"])
    }

    @Test("SGC's levels, distance, targets and injection")
    func semantics() throws {
        for setting in [
            "levels=2", "levels=8", "threshold=0.2", "threshold=0", "multi_level=false", "alpha=0.1", "beta=3",
            "beta=0", "radius=2", "weight=0.1",
            "weighting=hard", "target=codebook", "target=both", "w_pull=0.1", "raw_injection=true",
        ] {
            try expectDifference("sgc", ["quantizer.semantics.\(setting)"])
        }
        for target in ["codebook", "both"] {
            try expectDifference(
                "sgc", ["quantizer.semantics.per_code=true"], from: ["quantizer.semantics.target=\(target)"])
        }
    }

    @Test("the five semantic losses with their constants")
    func losses() throws {
        var results: [String: [UInt32]] = [:]
        for loss in SemanticConfiguration.Loss.allCases {
            let bits = try trained("sgc", ["quantizer.semantics.loss=\(loss.rawValue)"])
            results[loss.rawValue] = bits["encoder.conv_in.weight"]
        }
        #expect(Set(results.values).count == SemanticConfiguration.Loss.allCases.count)
        for (loss, constants) in [
            ("cosface", ["scale=10", "margin=0.1"]), ("lsoftmax", ["angular_margin=2", "annealing_base=1"]),
            ("sphereface", ["angular_margin=3", "annealing_gamma=100", "annealing_power=4"]),
            (
                "softtriple",
                ["soft_scale=5", "soft_gamma=1", "soft_margin=0.2", "soft_regularization=0", "centers=2", "centers=1"]
            ),
            ("proxy_nca", ["proxy_scale=1", "includes_positive=false"]),
        ] {
            for constant in constants {
                try expectDifference(
                    "sgc", ["quantizer.semantics.margin.\(constant)"], from: ["quantizer.semantics.loss=\(loss)"])
            }
        }
    }

    @Test("the aggregators give the decoder the channels they name")
    func aggregators() throws {
        // d = 16, N = 4, σ = 0.5: one high level of 4 channels, three low ones.
        let channels: [SemanticConfiguration.Aggregator: Int] = [
            .concat: 16, .linear: 4, .lowOnly: 12, .highOnly: 4, .crossAttention: 16,
        ]
        var weights: Set<[UInt32]> = []
        for aggregator in SemanticConfiguration.Aggregator.allCases {
            let settings = ["quantizer.semantics.aggregator=\(aggregator.rawValue)"]
            let trainer = try tinyTrainer("sgc", settings)
            #expect(trainer.model.quantizer.decoderChannels == channels[aggregator])
            let attention = trainer.model.parameters.filter { $0.name.contains("aggregator") }
            #expect(attention.count == (aggregator == .crossAttention ? 8 : 0))
            weights.insert(try #require(try trained("sgc", settings)["encoder.conv_in.weight"]))
        }
        #expect(weights.count == channels.count)
    }

    @Test("the linear aggregator sums the levels, low and high select them")
    func aggregatedValues() throws {
        var configuration = SemanticConfiguration()
        let zq = try Tensor((0..<16).map { Float($0) }, shape: [1, 1, 1, 16], on: cpuDevice())
        func aggregated(_ mode: SemanticConfiguration.Aggregator) throws -> [Float] {
            configuration.aggregator = mode
            let store = ParameterStore(device: zq.device, random: RandomSource(seed: 1))
            let levels = FeatureLevels(configuration, codeDimension: 16)
            return try Aggregator(configuration, levels: levels, scope: store.root)(zq, Context()).floats
        }
        #expect(try aggregated(.concat) == zq.floats)
        #expect(try aggregated(.linear) == [24, 28, 32, 36])
        #expect(try aggregated(.highOnly) == [0, 1, 2, 3])
        #expect(try aggregated(.lowOnly) == (4..<16).map { Float($0) })
    }

    @Test("SGC trains without classes and without labels")
    func unlabelled() throws {
        let without = try tinyTrainer("sgc", ["quantizer.semantics.classes=0"])
        let metrics = try without.run(3, labelled: false)
        #expect(metrics.allSatisfy { $0["semantic"] == nil && $0["class_purity"] == nil && $0["skipped"] == 0 })
        let unused = try tinyTrainer("sgc")
        #expect(try unused.run(3, labelled: false).allSatisfy { $0["semantic"] == nil && $0["skipped"] == 0 })
    }
}
