import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// What fusion puts in the place of patterns; no file can name these.
    static let fused: [OperatorDefinition] = [
        OperatorDefinition("Activation", domain: fusedDomain, make: activation),
        OperatorDefinition("LayerNorm", domain: fusedDomain, make: layerNorm),
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

    /// Layer normalization over the last axis with gain and shift.
    private static func layerNorm(_ node: NodeReader) throws(SGCError) -> Kernel {
        let epsilon = try node.real("epsilon", default: 1e-5)
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            let (gain, shift) = (try inputs.tensor(1).natural(), try inputs.tensor(2).natural())
            guard x.rank > 0, gain.shape == [x.shape.last] else {
                throw SGCError(.format, "a gain of shape \(gain.shape) does not fit the last axis of \(x.shape)")
            }
            // Any order of the leading axes will do as long as the last one lies last.
            let y = try x.withLastAxisLast()
            return [.device(y.withStored(try y.stored.layerNorm(gain: gain, shift: shift, epsilon: epsilon)))]
        }
    }

    /// activation(x · W + b) over the last axis.
    private static func linear(_ node: NodeReader) throws(SGCError) -> Kernel {
        let isTransposed = try node.flag("transposed")
        let function = try node.fusedActivation("activation")
        return { inputs throws(SGCError) in
            let (x, weight) = (try inputs.tensor(0), try inputs.tensor(1).natural())
            guard x.rank > 0, x.shape.last == weight.shape[isTransposed ? 1 : 0] else {
                throw SGCError(.format, "matrices \(x.shape) and \(weight.shape) do not fit each other")
            }
            let bias = try inputs.optionalTensor(2)?.natural()
            let y = try x.withLastAxisLast()
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

extension GraphTensor {
    /// The same tensor with its last axis stored last; the others stay where they are.
    func withLastAxisLast() throws(SGCError) -> GraphTensor {
        guard rank > 0, order[rank - 1] != rank - 1 else { return self }
        // Graph axes in the order in which they lie, the last one taken out and put at the end.
        var axes = [Int](repeating: 0, count: rank)
        for (axis, place) in order.enumerated() { axes[place] = axis }
        axes.removeAll { $0 == rank - 1 }
        axes.append(rank - 1)
        var newOrder = order
        for (place, axis) in axes.enumerated() { newOrder[axis] = place }
        return GraphTensor(stored: try stored(as: axes), order: newOrder)
    }
}
