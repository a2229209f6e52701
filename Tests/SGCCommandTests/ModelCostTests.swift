import SGCBase
import SGCNN
import SGCTensor
import SGCTokenizer
import Testing

@testable import SGCCommand

@Suite("Cost of a model")
struct ModelCostTests {
    /// The published figures of this model: 137 GFLOP to encode and 251 to decode 256×256, without attention at 16×16.
    @Test("VQGAN f16 at 256x256 takes 137 GFLOP to encode and 251 to decode, within 2 %")
    func vqgan() throws {
        let configuration = try RunConfiguration(preset: .vqgan)
        let cost = try ModelCost(configuration.training.tokenizer, width: 256, height: 256)
        #expect(abs(cost.encoder.operations / 137e9 - 1) < 0.02)
        #expect(abs(cost.decoder.operations / 251e9 - 1) < 0.02)
        #expect(cost.tokensPerImage == 256)
        #expect(cost.levels.map(\.hasAttention) == [false, false, false, false, true])
    }

    @Test(
        "Parameters are those of the model that is built",
        arguments: [
            [], ["quantizer.kind=vq"], ["quantizer.semantics.aggregator=linear"],
            ["quantizer.semantics.aggregator=high_only", "model.attention_resolutions=[256,128]"],
            ["model.residual_blocks=2", "quantizer.semantics.aggregator=low_only"],
        ])
    func parameters(settings: [String]) throws {
        let configuration = try tinyConfiguration(steps: 1, settings).training.tokenizer
        let model = try TokenizerModel(
            configuration.model, quantizer: configuration.quantizer, device: EngineOptions(threads: 1).makeDevice(),
            random: RandomSource(seed: 1))
        let count = model.parameters.filter(\.isExported).reduce(0) { $0 + $1.shape.count }
        #expect(try ModelCost(configuration, width: 32, height: 16).parameters == count)
    }

    @Test("Sides that the factor does not divide are counted as padded")
    func padding() throws {
        let configuration = try tinyConfiguration(steps: 1).training.tokenizer
        #expect(try ModelCost(configuration, width: 31, height: 15) == ModelCost(configuration, width: 32, height: 16))
        #expect(try failure { _ = try ModelCost(configuration, width: 0, height: 16) }.code == .argument)
    }
}
