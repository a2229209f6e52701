import SGCBase
import SGCNN
import SGCTensor
import Testing

@testable import SGCTokenizer

/// A quantizer alone, with its parameters by name.
struct QuantizerFixture {
    let quantizer: any Quantizer
    let store: ParameterStore
    var device: Device { store.device }

    init(_ configuration: QuantizerConfiguration, device: Device = cpuDevice(), seed: UInt64 = 1) throws {
        store = ParameterStore(device: device, random: RandomSource(seed: seed))
        quantizer = try makeQuantizer(configuration, scope: store.root.scope("quantize"))
    }

    /// The parameter `quantize.NAME`.
    func parameter(_ name: String) throws -> Parameter {
        try #require(store.parameters.first { $0.name == "quantize.\(name)" }, "\(name)")
    }

    func assign(_ name: String, _ values: [Float]) throws {
        let parameter = try parameter(name)
        try parameter.assign(Tensor(values, shape: parameter.shape, on: device))
    }

    /// One step of the rule on tokens `[T, d]`, without an optimizer.
    @discardableResult
    func step(
        _ tokens: [Float], labels: [Int32]? = nil, random: inout RandomSource
    ) throws -> (quantization: Quantization, update: CodebookUpdate) {
        let width = quantizer.codebook.shape[1]
        let z = try Tensor(tokens, shape: [1, 1, tokens.count / width, width], on: device)
        let quantization = try quantizer.quantize(z, labels: labels, step: 0, Context(isTraining: true))
        return (quantization, try quantizer.updateCodebook(quantization, random: &random))
    }
}

/// `count` numbers in ±1.
func uniform(_ count: Int, stream: UInt64) -> [Float] {
    var random = RandomSource(seed: 12, stream: stream)
    return (0..<count).map { _ in random.uniform(-1, 1) }
}
