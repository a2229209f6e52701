import SGCBase
import SGCTensor

/// A function of one number: on the device, and in plain memory.
struct ElementwiseKernel: Sendable {
    let reals: @Sendable (Double) -> Double
    /// `nil` when ONNX has the function for real numbers only.
    let integers: (@Sendable (Int64) -> Int64)?
    let device: @Sendable (Tensor) throws(SGCError) -> Tensor

    init(
        reals: @escaping @Sendable (Double) -> Double, integers: (@Sendable (Int64) -> Int64)? = nil,
        device: @escaping @Sendable (Tensor) throws(SGCError) -> Tensor
    ) {
        self.reals = reals
        self.integers = integers
        self.device = device
    }

    /// A function that the engine has.
    init(
        _ function: UnaryFunction, integers: (@Sendable (Int64) -> Int64)? = nil,
        _ reals: @escaping @Sendable (Double) -> Double
    ) {
        self.init(reals: reals, integers: integers) { x throws(SGCError) in try x.map(function) }
    }

    var kernel: Kernel {
        { inputs throws(SGCError) in [try self(try inputs.value(0))] }
    }

    func callAsFunction(_ value: Value) throws(SGCError) -> Value {
        switch value {
        case .device(let x): return .device(x.withStored(try device(x.stored)))
        case .mask(let x): throw SGCError(.format, "expected real numbers, got bool \(x.shape)")
        case .host(let array):
            switch array.elements {
            case .reals(let values):
                return .host(try HostArray(reals: values.map(reals), type: array.type, shape: array.shape))
            case .integers(let values):
                guard let integers, array.type != .bool else {
                    throw SGCError(.format, "expected real numbers, got \(array.type) \(array.shape)")
                }
                guard array.type != .uint64 else {
                    throw SGCError(.unsupported, "elements of type uint64 are not supported here")
                }
                return .host(try HostArray(integers: values.map(integers), type: array.type, shape: array.shape))
            }
        }
    }
}
