import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Other types for the same numbers.
    static let conversion: [OperatorDefinition] = [
        OperatorDefinition("Cast", make: cast),
        OperatorDefinition("CastLike", opsets: 15...22) { _ throws(SGCError) in
            { inputs throws(SGCError) in
                [try inputs.value(0).cast(to: try inputs.value(1).type, on: inputs.device)]
            }
        },
    ]

    private static func cast(_ node: NodeReader) throws(SGCError) -> Kernel {
        guard let type = try node.elementType("to") else { throw SGCError(.format, "attribute to is missing") }
        return { inputs throws(SGCError) in [try inputs.value(0).cast(to: type, on: inputs.device)] }
    }
}

extension Value {
    /// The same numbers in another type.
    ///
    /// Real numbers become integers by cutting towards zero; what is too large becomes the nearest integer of the type,
    /// and NaN becomes 0. A real tensor stays as it is when cast to a real type: on the device, what the graph calls
    /// float16, bfloat16, float32 or float64 is all stored in the type of the run.
    func cast(to target: ElementType, on device: Device) throws(SGCError) -> Value {
        switch self {
        case .host(let array):
            return try .computed(try array.cast(to: target), on: device)
        case .device(let tensor):
            if target.isReal { return self }
            guard target == .bool else { return .host(try constantArray().cast(to: target)) }
            let x = tensor.stored.stopGradient
            let isZero = try x.equal(to: .full([], 0, x.dataType, on: x.device))
            return .mask(tensor.withStored(try isZero.scaled(by: -1, plus: 1)))
        case .mask(let tensor):
            if target == .bool { return self }
            guard target.isReal else { return .host(try constantArray().cast(to: target)) }
            return .device(tensor)
        }
    }
}
