import Glibc
import SGCBase
import SGCNN
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCTokenizer

/// What holds of the codebook rules whatever the numbers.
@Suite struct QuantizerInvariantTests {
    private func configuration(_ kind: QuantizerConfiguration.Kind, classes: Int = 0) -> QuantizerConfiguration {
        var configuration = QuantizerConfiguration()
        configuration.kind = kind
        (configuration.codebookSize, configuration.codeDimension) = (16, 8)
        configuration.semantics.classes = classes
        return configuration
    }

    @Test("w(l) sums to 1, decreases, and is 0 at level N; one level of four is high for every α")
    func levelWeights() {
        for levels in 2...8 {
            for alpha in [0.001, 0.1, 1, 3, 20] {
                var semantics = SemanticConfiguration()
                (semantics.levels, semantics.alpha) = (levels, alpha)
                let feature = FeatureLevels(semantics, codeDimension: 4 * levels)
                #expect(abs(feature.weights.reduce(0, +) - 1) < 1e-9)
                #expect(zip(feature.weights, feature.weights.dropFirst()).allSatisfy { $0 > $1 })
                #expect(feature.weights.last == 0)
                #expect(feature.low.upperBound == 4 * levels && feature.high.upperBound == feature.low.lowerBound)
                if levels == 4 { #expect(feature.highCount == 1) }
            }
        }
        var two = SemanticConfiguration()
        two.levels = 2
        #expect(FeatureLevels(two, codeDimension: 8).weights == [1, 0])
    }

    @Test("a code without levels is one high level with all the guidance, and any length will do")
    func noLevels() throws {
        let json = try JSONValue(
            parsing: "{\"code_dimension\": 7, \"codebook_size\": 8, \"semantics\": {\"multi_level\": false, "
                + "\"classes\": 3, \"weighting\": \"hard\"}}", source: "t")
        let configuration = try QuantizerConfiguration(json)
        let levels = FeatureLevels(configuration.semantics, codeDimension: 7)
        #expect(levels.weights == [1])
        #expect(levels.high == 0..<7 && levels.low.isEmpty && levels.channels(0) == 0..<7)
        let fixture = try QuantizerFixture(configuration)
        #expect(try fixture.parameter("semantics.0.weight").shape.dimensions == [3, 7])
        #expect(fixture.quantizer.decoderChannels == 7)
    }

    @Test("one level, levels that do not divide the code, and a threshold that leaves no high level are refused")
    func refusedLevels() throws {
        for (fields, expected) in [
            ("\"levels\": 1", "levels"), ("\"levels\": 3", "divisor"), ("\"threshold\": 0.99", "threshold"),
            ("\"threshold\": 0, \"aggregator\": \"cross_attention\"", "low levels"),
            ("\"threshold\": 0, \"aggregator\": \"low_only\"", "low levels"),
        ] {
            let error = #expect(throws: SGCError.self) {
                let json = try JSONValue(
                    parsing: "{\"code_dimension\": 32, \"codebook_size\": 8, \"semantics\": {\(fields)}}", source: "t")
                _ = try QuantizerFixture(QuantizerConfiguration(json))
            }
            #expect(error?.code == .argument)
            #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
        }
        let early = "{\"semantics\": {\"radius\": 1}, \"clustering\": {\"update_when\": \"cvq\"}}"
        let error = #expect(throws: SGCError.self) {
            try QuantizerConfiguration(JSONValue(parsing: early, source: "t"))
        }
        #expect(error?.message.contains("semantics.radius: expected 0") == true)
    }

    @Test("a is in (0, e^-ε]: an unused entry gets e^-ε, a much used one stays")
    func rates() throws {
        let store = ParameterStore(device: cpuDevice(), random: RandomSource(seed: 1))
        let clustering = try OnlineClustering(
            ClusteringConfiguration(), codebookSize: 8, codeDimension: 4, scope: store.root)
        var usage: [Double] = Array(repeating: 0, count: 8)
        for step in 0..<50 {
            let codes = (0..<20).map { Int32($0 % (step % 4 + 2)) }
            let rates = try clustering.rates(codes: codes)
            for k in 0..<8 {
                let share = Double(codes.count { $0 == k }) / 20
                usage[k] = 0.99 * usage[k] + 0.01 * share
                #expect(rates[k] >= 0 && rates[k] <= expf(-1e-3))
                #expect(abs(Double(rates[k]) - exp(-10 * 8 * usage[k] / 0.01 - 1e-3)) < 1e-4)
            }
            #expect(rates[7] == expf(-1e-3))
        }
    }

    @Test("Eq. 7: old entry, anchor and class vector count 1 − a, a² and a(1 − a), together 1")
    func equation7() throws {
        var configuration = configuration(.sgc, classes: 2)
        configuration.semantics.rawInjection = true
        // One token and one class: everything that Eq. 7 blends is known.
        let token = [Float](repeating: 3, count: 8)
        var random = RandomSource(seed: 1)
        for usage in [Float(0), 1e-6, 1e-5, 1e-4] {
            let fixture = try QuantizerFixture(configuration)
            try fixture.assign("embedding.weight", [Float](repeating: 1, count: 16 * 8))
            try fixture.assign("usage", [Float](repeating: usage, count: 16))
            try fixture.assign("semantics.0.weight", [7, 7, 5, 5])
            try fixture.step(token, labels: [1], random: &random)
            let entries = fixture.quantizer.codebook.value.floats
            // Entry 0 takes the hit; entry 1 gets none.
            let a = exp(-10 * 16 * Double(usage) * 0.99 / 0.01 - 1e-3)
            let expected = (1 - a) * 1 + a * a * 3 + a * (1 - a) * 5
            #expect(abs(Double(entries[8]) - expected) < 1e-4, "high part for usage \(usage)")
            #expect(abs(Double(entries[8 + 2]) - ((1 - a) + a * 3)) < 1e-4, "low part for usage \(usage)")
        }
    }

    @Test("with a radius, high levels of entries have that length, and that of a latent's high level means nothing")
    func radius() throws {
        var configuration = configuration(.sgc, classes: 3)
        configuration.semantics.radius = 2
        configuration.semantics.pull = 0.1
        let fixture = try QuantizerFixture(configuration)
        var random = RandomSource(seed: 1)
        func longer(_ tokens: [Float], _ channels: Range<Int>) -> [Float] {
            tokens.indices.map { channels.contains($0 % 8) ? tokens[$0] * 5 : tokens[$0] }
        }
        for step in 0..<3 {
            let tokens = uniform(40 * 8, stream: UInt64(step))
            try fixture.step(tokens, labels: (0..<40).map { Int32($0 % 3) }, random: &random)
            let entries = fixture.quantizer.codebook.value.floats
            for k in 0..<16 { #expect(abs(hypotf(entries[k * 8], entries[k * 8 + 1]) - 2) < 1e-5) }
            func codes(_ tokens: [Float]) throws -> [Int32] {
                try fixture.quantizer.nearest(
                    Tensor(tokens, shape: [40, 8], on: cpuDevice()), wantsAnchors: false
                ).codes.indices
            }
            #expect(try codes(longer(tokens, 0..<2)) == codes(tokens))
            #expect(try codes(longer(tokens, 2..<8)) != codes(tokens))
        }
    }

    @Test("an anchor without a class moves the high part by the plain rule")
    func unlabelledAnchor() throws {
        let fixture = try QuantizerFixture(configuration(.sgc, classes: 2))
        var random = RandomSource(seed: 1)
        let old = fixture.quantizer.codebook.value.floats
        try fixture.step([Float](repeating: 3, count: 8), labels: [-1], random: &random)
        let a = Double(expf(-1e-3))
        for k in 1..<16 {
            let entry = fixture.quantizer.codebook.value.floats[k * 8]
            if abs(Double(entry) - 3) < 0.1 {
                #expect(abs(Double(entry) - ((1 - a) * Double(old[k * 8]) + a * 3)) < 1e-5)
            }
        }
    }

    @Test("with β = 0 and no labels SGC is CVQ on the low channels")
    func reducesToCVQ() throws {
        var sgc = configuration(.sgc)
        sgc.semantics.beta = 0
        let semantic = try QuantizerFixture(sgc)
        var cvq = configuration(.cvq)
        cvq.codeDimension = 6  // Levels 2, 3 and 4 of four, two channels each.
        let plain = try QuantizerFixture(cvq)
        let entries = uniform(16 * 8, stream: 1)
        func low(_ values: [Float]) -> [Float] {
            stride(from: 0, to: values.count, by: 8).flatMap { values[$0 + 2..<$0 + 8] }
        }
        try semantic.assign("embedding.weight", entries)
        try plain.assign("embedding.weight", low(entries))
        var (first, second) = (RandomSource(seed: 1), RandomSource(seed: 1))
        for step in 0..<3 {
            let tokens = uniform(40 * 8, stream: UInt64(10 + step))
            let a = try semantic.step(tokens, random: &first)
            let b = try plain.step(low(tokens), random: &second)
            #expect(a.quantization.nearest.codes.indices == b.quantization.nearest.codes.indices)
            #expect(a.update.replacedRows == b.update.replacedRows)
            let values = semantic.quantizer.codebook.value.floats
            #expect(low(values) == plain.quantizer.codebook.value.floats)
        }
    }

    @Test(
        "entries without a hit are replaced by latents on the first step",
        arguments: [QuantizerConfiguration.Kind.cvq, .sgc])
    func replacesUnused(_ kind: QuantizerConfiguration.Kind) throws {
        let fixture = try QuantizerFixture(configuration(kind, classes: kind == .sgc ? 3 : 0))
        var random = RandomSource(seed: 1)
        let tokens = uniform(40 * 8, stream: 5).map { $0 + 2 }
        let labels = (0..<40).map { Int32($0 % 3) }
        let (quantization, update) = try fixture.step(tokens, labels: kind == .sgc ? labels : nil, random: &random)
        let hit = Set(quantization.nearest.codes.indices.map(Int.init))
        #expect(update.replacedRows == (0..<16).filter { !hit.contains($0) })
        #expect(!update.replacedRows.isEmpty)
        let entries = fixture.quantizer.codebook.value.floats
        for k in update.replacedRows {
            // The low part is a latent's but for 1 − e^-ε of the old entry.
            let row = Array(entries[k * 8 + 2..<(k + 1) * 8])
            let distances = (0..<40).map { token in
                zip(row, tokens[token * 8 + 2..<(token + 1) * 8]).reduce(0) { $0 + abs($1.0 - $1.1) }
            }
            #expect(try #require(distances.min()) < 0.05)
        }
    }

    @Test("labels that all say ignore give no semantic loss and no NaN", arguments: SemanticConfiguration.Loss.allCases)
    func onlyIgnored(_ loss: SemanticConfiguration.Loss) throws {
        var given = configuration(.sgc, classes: 3)
        given.semantics.loss = loss
        let fixture = try QuantizerFixture(given)
        var random = RandomSource(seed: 1)
        for target in [Int32](repeating: -1, count: 3).indices {
            let (quantization, _) = try fixture.step(
                uniform(40 * 8, stream: UInt64(target)), labels: [Int32](repeating: -1, count: 40), random: &random)
            #expect(quantization.losses.map(\.name) == ["codebook", "commitment"])
        }
        #expect(fixture.store.parameters.allSatisfy { $0.value.floats.allSatisfy(\.isFinite) })
        #expect(try fixture.parameter("class_histogram").value.floats.allSatisfy { $0 == 0 })
    }

    @Test("first_batch_only replaces once and never again")
    func firstBatchOnly() throws {
        var given = configuration(.cvq)
        given.clustering.firstBatchOnly = true
        let fixture = try QuantizerFixture(given)
        var random = RandomSource(seed: 1)
        let (_, first) = try fixture.step(uniform(40 * 8, stream: 1).map { $0 + 2 }, random: &random)
        #expect(!first.replacedRows.isEmpty)
        let entries = fixture.quantizer.codebook.value.floats
        let (_, second) = try fixture.step(uniform(40 * 8, stream: 2).map { $0 - 2 }, random: &random)
        #expect(second.replacedRows.isEmpty)
        #expect(fixture.quantizer.codebook.value.floats == entries)
    }

    @Test("random anchors are latents of recent batches; with enough tokens all of them of this one")
    func randomAnchors() throws {
        var given = configuration(.cvq)
        given.clustering.anchor = .random
        given.clustering.epsilon = 0
        let fixture = try QuantizerFixture(given)
        var random = RandomSource(seed: 1)
        let tokens = uniform(40 * 8, stream: 5).map { $0 + 2 }
        let (_, update) = try fixture.step(tokens, random: &random)
        let entries = fixture.quantizer.codebook.value.floats
        let rows = Set((0..<40).map { Array(tokens[$0 * 8..<($0 + 1) * 8]) })
        let replaced = update.replacedRows.map { Array(entries[$0 * 8..<($0 + 1) * 8]) }
        #expect(replaced.allSatisfy { rows.contains($0) })
        #expect(Set(replaced).count == replaced.count, "no latent is taken twice")
    }

    @Test(
        "probability-weighted anchors follow the softmax of the similarities",
        arguments: [QuantizerConfiguration.Kind.cvq, .sgc])
    func weightedAnchors(_ kind: QuantizerConfiguration.Kind) throws {
        // Every entry stands at the origin; tokens lie at distance 0.2 and 1.5 on either side.
        var given = configuration(kind)
        given.codebookSize = 4000
        given.clustering.anchor = .probrandom
        given.clustering.epsilon = 0
        let fixture = try QuantizerFixture(given)
        try fixture.assign("embedding.weight", [Float](repeating: 0, count: 4000 * 8))
        var random = RandomSource(seed: 3)
        // Moved along channel 7, which is low for `sgc`.
        let tokens = [Float](repeating: 0, count: 7) + [0.2] + [Float](repeating: 0, count: 7) + [-1.5]
        try fixture.step(tokens, random: &random)
        let entries = fixture.quantizer.codebook.value.floats
        let near = (1..<4000).count { entries[$0 * 8 + 7] > 0.1 }
        // Similarity is the negative squared distance in `cvq` and the negative distance in `sgc`.
        let (s1, s2) = kind == .cvq ? (-0.04, -2.25) : (-0.2, -1.5)
        let expected = exp(s1) / (exp(s1) + exp(s2))
        #expect(abs(Double(near) / 3999 - expected) < 0.03)
    }
}
