import SGCBase
import SGCNN
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCTokenizer

/// The five semantic losses and their variants against PyTorch.
@Suite struct SemanticLossGoldenTests {
    @Test("values and gradients of all cases", arguments: [1, 2])
    func cases(_ threads: Int) throws {
        let golden = try Golden("semantic_losses")
        let device = cpuDevice(threads: threads)
        var reader = try golden.reader()
        var inputs: [String: [Float]] = [:]
        for var input in try reader.objects("inputs") {
            inputs[try input.string("name")] = try golden.drawn(input).values
        }
        let labels = try #require(inputs["labels"]).map { Int32($0) }
        let labelled = labels.indices.filter { labels[$0] >= 0 }
        #expect(labelled.count == (try reader.integer("labelled")))
        let cases = try golden.cases()
        #expect(cases.count == 11)
        for var testCase in cases {
            let name = try testCase.string("name")
            let configuration = try configuration(name, testCase.object("parameters"))
            let store = ParameterStore(device: device, random: RandomSource(seed: 1))
            let loss = try makeSemanticLoss(configuration, width: 8, scope: store.root)
            let table = try #require(store.parameters.first)
            let tableName = try testCase.string("class_parameters")
            try table.assign(Tensor(#require(inputs[tableName]), shape: table.shape, on: device))

            let x = try Tensor(#require(inputs["features"]), shape: [37, 8], on: device)
            let rows = try Tensor(indices: labelled.map(Int32.init), shape: [labelled.count], on: device)
            let target = try Tensor(indices: labelled.map { labels[$0] }, shape: [labelled.count], on: device)
            let (value, gradients) = try Tape.run { tape throws(SGCError) in
                let context = Context(tape: tape, isTraining: true)
                let features = tape.watch(x)
                let value = try loss(features.gathered(rows), labels: target, step: 0, context)
                return (value.item, try tape.gradient(of: value, with: [features, context(table)]))
            }
            #expect(difference([value], try golden.values("\(name)/value"), tolerance: 1e-5, name) == nil)
            for (gradient, item) in zip(gradients, ["features", tableName]) {
                let expected = try golden.values("\(name)/d_\(item)")
                #expect(
                    difference(try #require(gradient).doubles, expected, tolerance: 2e-5, "\(name) d_\(item)") == nil)
            }
        }
    }

    /// The configuration that a case's parameters mean.
    private func configuration(_ name: String, _ parameters: JSONReader) throws -> SemanticConfiguration {
        var given = parameters
        var result = SemanticConfiguration()
        result.classes = 5
        if name.hasPrefix("cosface") {
            result.loss = .cosface
            result.margin.scale = try given.double("scale")
            result.margin.margin = try given.double("margin")
        } else if name.hasPrefix("softtriple") {
            result.loss = .softtriple
            result.margin.softScale = try given.double("scale")
            result.margin.softGamma = try given.double("gamma")
            result.margin.softMargin = try given.double("delta")
            result.margin.softRegularization = try given.double("tau")
        } else if name.hasPrefix("proxy_nca") {
            result.loss = .proxyNCA
            result.margin.proxyScale = try given.double("scale")
            result.margin.includesPositive = try given.bool("include_positive")
        } else {
            result.loss = try given.bool("normalized") ? .sphereface : .lsoftmax
            result.margin.angularMargin = try given.integer("m")
            // Step 0 has the annealing's base.
            result.margin.annealingBase = try given.double("annealing")
            result.margin.annealingMinimum = 0
        }
        return result
    }

    @Test("the angular losses' annealing falls from its base to its minimum")
    func annealing() throws {
        let device = cpuDevice()
        var configuration = SemanticConfiguration()
        (configuration.classes, configuration.loss) = (3, .sphereface)
        let store = ParameterStore(device: device, random: RandomSource(seed: 2))
        let loss = try makeSemanticLoss(configuration, width: 4, scope: store.root)
        let x = try Tensor(uniform(20, stream: 1), shape: [5, 4], on: device)
        let labels = try Tensor(indices: [0, 1, 2, 0, 1], shape: [5], on: device)
        let values = try [0, 10, 1000, 1_000_000, 2_000_000].map { step in
            try loss(x, labels: labels, step: step, Context()).item
        }
        // The margin weighs more with every step, until λ = 5 is reached.
        #expect(values[0] < values[1] && values[1] < values[2] && values[2] < values[3])
        #expect(values[3] == values[4])
    }
}
