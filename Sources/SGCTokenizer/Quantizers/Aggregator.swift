import SGCBase
import SGCNN
import SGCTensor

/// Merges the levels of quantized latents into what the decoder sees (SGC-VQGAN, "Multi-level Feature Learning").
struct Aggregator {
    private let mode: SemanticConfiguration.Aggregator
    private let levels: FeatureLevels
    private let attention: CrossAttention?
    /// Channels of the result.
    let channels: Int

    init(_ configuration: SemanticConfiguration, levels: FeatureLevels, scope: ParameterScope) throws(SGCError) {
        mode = configuration.aggregator
        self.levels = levels
        let full = levels.count * levels.width
        switch mode {
        case .concat: channels = full
        case .linear: channels = levels.width
        case .lowOnly: channels = levels.low.count
        case .highOnly: channels = levels.high.count
        case .crossAttention: channels = full
        }
        guard channels > 0, mode != .crossAttention || !levels.low.isEmpty else {
            throw SGCError(
                .argument, "semantics.aggregator: \(mode.rawValue) needs low levels, but all \(levels.count) are high")
        }
        attention = mode == .crossAttention ? try CrossAttention(levels, scope: scope.scope("aggregator")) : nil
    }

    /// - Parameter zq: `[N, h, w, d]`.
    func callAsFunction(_ zq: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        switch mode {
        case .concat: return zq
        case .linear:
            // The sum with equal weights ("add" in the paper's Table 7): Eq. 10's would drop the lowest level.
            let grouped = try zq.reshaped(Shape(known: zq.shape.dimensions.dropLast() + [levels.count, levels.width]))
            return try grouped.sum([-2])
        case .lowOnly: return try zq.sliced(axis: -1, levels.low)
        case .highOnly: return try zq.sliced(axis: -1, levels.high)
        case .crossAttention:
            guard let attention else { throw SGCError(.internalError, "aggregator: no attention") }
            return try attention(zq, levels, context)
        }
    }
}

/// Low-level features ask, high-level features answer, over all positions of an image; the query is added to the answer.
private struct CrossAttention {
    private let query: Linear, key: Linear, value: Linear, output: Linear
    private let width: Int

    init(_ levels: FeatureLevels, scope: ParameterScope) throws(SGCError) {
        width = levels.count * levels.width
        query = try Linear(scope.scope("q"), inputs: levels.low.count, outputs: width)
        key = try Linear(scope.scope("k"), inputs: levels.high.count, outputs: width)
        value = try Linear(scope.scope("v"), inputs: levels.high.count, outputs: width)
        output = try Linear(scope.scope("proj_out"), inputs: width, outputs: width)
    }

    func callAsFunction(_ zq: Tensor, _ levels: FeatureLevels, _ context: Context) throws(SGCError) -> Tensor {
        let tokens = try zq.reshaped([zq.shape[0], zq.shape[1] * zq.shape[2], zq.shape[3]])
        let low = try tokens.sliced(axis: -1, levels.low)
        let high = try tokens.sliced(axis: -1, levels.high)
        let q = try query(low, context)
        let answer = try Tensor.attention(
            q, key(high, context), value(high, context), scale: 1 / Double(width).squareRoot())
        return try output(q + answer, context).reshaped(zq.shape)
    }
}
