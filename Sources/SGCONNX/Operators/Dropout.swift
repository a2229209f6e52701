import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Dropout as it is outside of training: the input itself, and a mask that keeps everything.
    static let dropout: [OperatorDefinition] = [
        OperatorDefinition("Dropout") { node throws(SGCError) in
            let wantsMask = node.wantsOutput(1)
            return { inputs throws(SGCError) in
                let x = try inputs.value(0)
                if let training = inputs.optional(2) {
                    guard try training.constantArray().integers.allSatisfy({ $0 == 0 }) else {
                        throw SGCError(.unsupported, "training_mode: dropout while training is not supported")
                    }
                }
                guard wantsMask else { return [x] }
                let shape = try inputs.limits.hostShape(x.shape.dimensions)
                let mask = [Bool](repeating: true, count: shape.count)
                return [x, .host(try HostArray(booleans: mask, shape: shape))]
            }
        }
    ]
}
