import SGCBase
import SGCTensor

extension OperatorRegistry {
    static let dropout: [OperatorDefinition] = [
        OperatorDefinition("Dropout", make: dropout)
    ]

    /// Inference: the input itself, and a mask of ones. From version 12 on ratio and training mode are inputs.
    private static func dropout(_ node: NodeReader) throws(SGCError) -> Kernel {
        let wantsMask = node.wantsOutput(1)
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            if try inputs.optional(2)?.array().integers.first ?? 0 != 0 {
                let ratio = try inputs.optional(1)?.array().reals.first ?? 0.5
                guard ratio == 0 else {
                    throw SGCError(.unsupported, "training_mode with a ratio of \(ratio): a graph is not trained here")
                }
            }
            guard wantsMask else { return [x] }
            let shape = try inputs.limits.hostShape(x.shape.dimensions)
            let mask = [Bool](repeating: true, count: shape.count)
            return [x, .host(try HostArray(booleans: mask, shape: shape))]
        }
    }
}
