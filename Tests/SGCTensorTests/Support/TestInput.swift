import SGCBase
import SGCTensor
import Testing

/// An operand of an operation under test: fixed pseudo-random numbers or given ones, made in any type on any backend.
struct TestInput {
    let values: [Double]
    let shape: Shape
    /// Weights, biases and gains stay float32 in a bfloat16 computation.
    let isMaster: Bool

    /// Random numbers in [low, high); different for every `stream`.
    init(_ shape: Shape, _ low: Double = -2, _ high: Double = 2, isMaster: Bool = false, stream: UInt64 = 0) {
        // Rounded to bfloat16, so that all precisions compute from the same numbers.
        self.init(
            numbers(shape.count, low, high, stream: stream &* 31 &+ UInt64(shape.count)).map {
                Double(Float(bitPattern: UInt32(bfloat16Bits(Float($0))) << 16))
            }, shape, isMaster: isMaster)
    }

    init(_ values: [Double], _ shape: Shape, isMaster: Bool = false) {
        self.values = values
        self.shape = shape
        self.isMaster = isMaster
    }

    func tensor(_ dataType: DataType, on device: Device) throws(SGCError) -> Tensor {
        switch dataType {
        case .float64: try Tensor(doubles: values, shape: shape, on: device)
        case .bfloat16 where isMaster: try Tensor(values.map { Float($0) }, shape: shape, on: device)
        default: try Tensor(values.map { Float($0) }, shape: shape, dataType, on: device)
        }
    }
}

/// Checks an operation: its gradient by finite differences on Reference in Double, and its values and gradients on the
/// CPU backend in each precision against Reference.
func check(
    _ what: String, at inputs: [TestInput], hasGradient: Bool = true, bfloat16: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation, _ f: TensorFunction
) throws {
    if hasGradient { try checkGradient(of: f, at: inputs, what, sourceLocation: sourceLocation) }

    let oracle = referenceDevice()
    let expectedInputs = try inputs.map { try $0.tensor(.float32, on: oracle) }
    let seed = TestInput(try f(expectedInputs).shape, -1, 1, stream: 991).values
    func evaluated(_ operands: [Tensor]) throws -> (y: Tensor, gradients: [Tensor]) {
        hasGradient ? try gradients(of: f, at: operands, seed: seed) : (try f(operands), [])
    }
    let expected = try evaluated(expectedInputs)
    try forEachBackendPair { pair in
        guard bfloat16 || pair.dataType != .bfloat16 else { return }
        let device = cpuDevice(threads: pair.threads)
        let actualInputs = try inputs.map { try $0.tensor(pair.dataType, on: device) }
        let actual = try evaluated(actualInputs)
        expectClose(
            actual.y, expected.y, tolerance: pair.tolerance, "\(what) on \(pair)", sourceLocation: sourceLocation)
        for (i, (a, e)) in zip(actual.gradients, expected.gradients).enumerated() {
            #expect(
                a.dataType == actualInputs[i].dataType, "\(what) on \(pair): type of gradient \(i)",
                sourceLocation: sourceLocation)
            expectClose(
                a, e, tolerance: pair.tolerance, "\(what) on \(pair): gradient \(i)", sourceLocation: sourceLocation)
        }
    }
}
