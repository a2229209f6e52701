import SGCBase
import SGCNN
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCTokenizer

/// Steps of the codebook rules of CVQ-VAE and SGC-VQGAN against PyTorch.
@Suite struct QuantizerGoldenTests {
    private let golden: Golden

    init() throws { golden = try Golden("quantizers") }

    /// The inputs of one kind of case by name.
    private func inputs(_ kind: String, seed: UInt64) throws -> [String: [Float]] {
        var reader = try golden.reader()
        var part = try reader.object(kind)
        var result: [String: [Float]] = [:]
        for var input in try part.objects("inputs") {
            result[try input.string("name")] = try golden.drawn(input, seed: seed).values
        }
        return result
    }

    private func testCase(_ name: String) throws -> JSONReader {
        try #require(
            try golden.cases().first { reader throws in
                var reader = reader
                return try reader.string("name") == name
            })
    }

    @Test(
        "CVQ over three steps: codes, losses with gradients, usage, anchors and the codebook",
        arguments: [("cvq_l2", ClusteringConfiguration.Distance.l2), ("cvq_cos", .cosine)])
    func cvq(_ name: String, _ distance: ClusteringConfiguration.Distance) throws {
        var reader = try testCase(name)
        let inputs = try inputs("cvq", seed: reader.unsigned("seed"))
        var configuration = QuantizerConfiguration()
        configuration.kind = .cvq
        (configuration.codebookSize, configuration.codeDimension) = (32, 8)
        configuration.clustering.distance = distance
        configuration.clustering.contrastiveWeight = 1
        let fixture = try QuantizerFixture(configuration)
        let codebook = fixture.quantizer.codebook
        try fixture.assign("embedding.weight", try #require(inputs["codebook"]))
        let tracker = try CodeTracker(codebookSize: 32, classes: 0, device: fixture.device)
        var random = RandomSource(seed: 1)
        for step in 0..<3 {
            let z = try Tensor(#require(inputs["z\(step)"]), shape: [1, 10, 20, 8], on: fixture.device)
            func expect(_ actual: [Double], _ item: String, _ tolerance: Double) throws {
                let expected = try golden.values("\(name)/\(step)/\(item)")
                #expect(difference(actual, expected, tolerance: tolerance, "\(step)/\(item)") == nil)
            }
            let quantization = try Tape.run { tape throws(SGCError) in
                let context = Context(tape: tape, isTraining: true)
                let watched = tape.watch(z)
                let result = try fixture.quantizer.quantize(watched, labels: nil, step: step, context)
                let loss = try result.losses[0].value + result.losses[1].value * result.losses[1].weight
                let ofLoss = try tape.gradient(
                    of: loss, with: [context(codebook), watched], keepGraph: true)
                let contrastive = result.losses[2]
                let ofContrastive = try tape.gradient(of: contrastive.value, with: [context(codebook), watched])
                do {
                    #expect(result.losses.map(\.name) == ["codebook", "commitment", "contrastive"])
                    try expect([result.losses[0].value.item], "codebook_term", 1e-5)
                    try expect([loss.item], "loss", 1e-5)
                    try expect([contrastive.value.item], "contrastive", 1e-5)
                    if step == 0 {
                        try expect(#require(ofLoss[0]).doubles, "d_codebook_loss", 2e-5)
                        try expect(#require(ofLoss[1]).doubles, "d_z_loss", 2e-5)
                    }
                    try expect(#require(ofContrastive[0]).doubles, "d_codebook_contrastive", 1e-4)
                    #expect(ofContrastive[1] == nil, "the contrastive term teaches the codebook only")
                } catch {
                    throw SGCError(.internalError, "\(error)")
                }
                return result.withoutGradient
            }
            let codes = quantization.nearest.codes.indices
            #expect(codes == (try golden.indices("\(name)/\(step)/codes")))
            #expect(quantization.nearest.anchors?.indices == (try golden.indices("\(name)/\(step)/anchors")))
            var metrics = StepMetrics()
            try tracker.add(codes: codes, labels: nil)
            tracker.report(codes: codes, to: &metrics)
            try expect([#require(metrics["perplexity"])], "perplexity", 1e-5)

            let update = try fixture.quantizer.updateCodebook(quantization, random: &random)
            let rates = try golden.values("\(name)/\(step)/a")
            #expect(update.replacedRows == rates.indices.filter { rates[$0] > 0.5 })
            try expect(fixture.parameter("usage").value.doubles, "usage", 1e-5)
            try expect(codebook.value.doubles, "codebook_after", 2e-5)
        }
    }

    /// `sgc_histogram_frequency` is left out: the histogram has the scale of the one-hot vector it is blended with.
    @Test(
        "SGC over two steps: distance, codes, usage, class histogram and both parts of the codebook",
        arguments: ["sgc_beta_1", "sgc_beta_sqrt3", "sgc_w_pull", "sgc_raw_class_vectors"])
    func sgc(_ name: String) throws {
        var reader = try testCase(name)
        let inputs = try inputs("sgc", seed: reader.unsigned("seed"))
        var configuration = QuantizerConfiguration()
        configuration.kind = .sgc
        (configuration.codebookSize, configuration.codeDimension) = (64, 32)
        configuration.semantics.classes = 5
        configuration.semantics.beta = try reader.double("beta")
        configuration.semantics.pull = try reader.double("w_pull")
        configuration.semantics.rawInjection = try reader.string("class_radius") == "raw"
        let fixture = try QuantizerFixture(configuration)
        try fixture.assign("embedding.weight", try #require(inputs["codebook"]))
        try fixture.assign("usage", try #require(inputs["usage"]))
        try fixture.assign("class_histogram", try #require(inputs["histogram"]))
        try fixture.assign("semantics.0.weight", try #require(inputs["class_vectors"]))
        var random = RandomSource(seed: 1)
        for step in 0..<2 {
            func expect(_ actual: [Double], _ item: String, _ tolerance: Double = 2e-5) throws {
                let key = "\(name)/\(step)/\(item)"
                guard golden.contains(key) else { return }
                #expect(difference(actual, try golden.values(key), tolerance: tolerance, key) == nil)
            }
            let labels = try #require(inputs["labels\(step)"]).map { Int32($0) }
            let (quantization, update) = try fixture.step(
                #require(inputs["z\(step)"]), labels: labels, random: &random)
            let nearest = quantization.nearest
            #expect(nearest.codes.indices == (try golden.indices("\(name)/\(step)/codes")))
            #expect(nearest.anchors?.indices == (try golden.indices("\(name)/\(step)/anchors")))
            try expect(nearest.distances.doubles, "distance_of_token")
            if golden.contains("\(name)/\(step)/distances") {
                let rows = try golden.values("\(name)/\(step)/distances")
                let second = (0..<16).map { rows[($0 * 64)..<($0 + 1) * 64].sorted()[1] }
                #expect(difference(Array(nearest.secondDistances.doubles[..<16]), second, tolerance: 2e-5) == nil)
            }
            if golden.contains("\(name)/\(step)/a") {
                let rates = try golden.values("\(name)/\(step)/a")
                #expect(update.replacedRows == rates.indices.filter { rates[$0] > 0.5 })
            }
            try expect(fixture.parameter("usage").value.doubles, "usage")
            try expect(fixture.parameter("class_histogram").value.doubles, "histogram")
            let entries = fixture.quantizer.codebook.value
            try expect(entries.sliced(axis: 1, 0..<8).doubles, "high_after", 5e-5)
            try expect(entries.sliced(axis: 1, 8..<32).doubles, "low_after", 5e-5)
        }
    }

    @Test("the level weights are Eq. 10", arguments: [(2, "1.0"), (4, "1.0"), (4, "0.1"), (4, "3.0"), (8, "0.5")])
    func levelWeights(_ levels: Int, _ alpha: String) throws {
        var configuration = SemanticConfiguration()
        configuration.levels = levels
        configuration.alpha = try #require(Double(alpha))
        let weights = FeatureLevels(configuration, codeDimension: 8 * levels).weights
        let expected = try golden.values("level_weights/\(levels)_\(alpha)")
        #expect(difference(weights, expected, tolerance: 1e-6) == nil)
    }
}
