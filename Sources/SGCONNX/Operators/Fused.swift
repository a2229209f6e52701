import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// What fusion puts in the place of patterns; no file can name these.
    static let fused: [OperatorDefinition] = [
        OperatorDefinition("Activation", domain: fusedDomain, make: activation),
        OperatorDefinition("Linear", domain: fusedDomain, make: linear),
        OperatorDefinition("Attention", domain: fusedDomain, make: attention),
    ]

    private static func activation(_ node: NodeReader) throws(SGCError) -> Kernel {
        let function = try node.fusedActivation("function")
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            guard let function else { return [.device(x)] }
            return [.device(x.withStored(try x.stored.map(function)))]
        }
    }

    /// activation(x · W + b) over the last axis.
    private static func linear(_ node: NodeReader) throws(SGCError) -> Kernel {
        let isTransposed = try node.flag("transposed")
        let function = try node.fusedActivation("activation")
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            func rows(of shape: Shape) throws(SGCError) -> GraphTensor {
                guard x.rank > 0, shape.rank == 2, x.shape.last == shape[isTransposed ? 1 : 0] else {
                    throw SGCError(.format, "matrices \(x.shape) and \(shape) do not fit each other")
                }
                try inputs.announce(products: Double(x.shape.rows) * Double(shape.count))
                return try x.storing(last: [x.rank - 1])
            }
            let bias = try inputs.optionalTensor(2)?.natural()
            if let matrix = inputs.matrix {
                let y = try rows(of: matrix.shape)
                return [
                    .device(
                        y.withStored(
                            try y.stored.cast(to: matrix.dataType).linear(matrix, bias: bias, activation: function)))
                ]
            }
            let weight = try inputs.tensor(1).natural()
            let y = try rows(of: weight.shape)
            let product = try y.stored.cast(to: inputs.precision).linear(
                weight: weight, bias: bias, isTransposed: isTransposed, activation: function)
            return [.device(y.withStored(product))]
        }
    }

    /// softmax(scale · q k) v: q `[B, H, T, D]`, k `[B, H, D, S]`, v `[B, H, S, E]`.
    private static func attention(_ node: NodeReader) throws(SGCError) -> Kernel {
        let scale = try node.real("scale", default: 1)
        return { inputs throws(SGCError) in
            let (q, k, v) = (try inputs.tensor(0), try inputs.tensor(1), try inputs.tensor(2))
            guard q.rank == 4, k.rank == 4, v.rank == 4, q.shape[0] == k.shape[0], q.shape[1] == k.shape[1],
                q.shape[3] == k.shape[2], v.shape == [k.shape[0], k.shape[1], k.shape[3], q.shape[3]],
                k.shape[3] > 0, q.shape.count > 0
            else { return [.device(try unfusedAttention(q, k, v, scale: scale, inputs: inputs))] }
            try inputs.announce(products: 2 * Double(q.shape.count) * Double(k.shape[3]))
            // Heads side by side in the channels, as the projections before wrote them.
            func tokens(_ x: GraphTensor, _ axes: [Int]) throws(SGCError) -> Tensor {
                let y = try x.stored(as: axes).cast(to: inputs.precision)
                return try y.reshaped([y.shape[0], y.shape[1], y.shape[2] * y.shape[3]])
            }
            let y = try Tensor.attention(
                tokens(q, [0, 2, 1, 3]), tokens(k, [0, 3, 1, 2]), tokens(v, [0, 2, 1, 3]), heads: q.shape[1],
                scale: scale)
            let heads = try y.reshaped([q.shape[0], q.shape[2], q.shape[1], q.shape[3]])
            return [.device(GraphTensor(stored: heads, order: [0, 2, 1, 3]))]
        }
    }

    /// The same for shapes that the engine's attention does not take.
    private static func unfusedAttention(
        _ q: GraphTensor, _ k: GraphTensor, _ v: GraphTensor, scale: Double, inputs: OperatorInputs
    ) throws(SGCError) -> GraphTensor {
        guard q.rank >= 2, k.rank >= 2, v.rank >= 2 else {
            throw SGCError(.format, "expected matrices, got \(q.shape), \(k.shape) and \(v.shape)")
        }
        let scores = try GraphTensor.product(q, k, inputs: inputs).natural().scaled(by: scale).softmax()
        return try GraphTensor.product(GraphTensor(scores), v, inputs: inputs)
    }
}

extension NodeReader {
    /// The function that fusion named in an attribute.
    func fusedActivation(_ name: String) throws(SGCError) -> UnaryFunction? {
        switch try string(name) {
        case nil: return nil
        case "relu"?: return .relu
        case "gelu"?: return .gelu
        case "gelu_tanh"?: return .geluTanh
        case "quick_gelu"?: return .quickGELU
        case "silu"?: return .silu
        case "sigmoid"?: return .sigmoid
        case "tanh"?: return .tanh
        case let word?: throw SGCError(.internalError, "no activation is called \"\(word)\"")
        }
    }
}
