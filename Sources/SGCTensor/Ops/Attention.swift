package import SGCBase

extension Tensor {
    /// Scaled dot-product attention: softmax(scale · q kᵀ) v for each head.
    ///
    /// q `[B, T, C]`, k and v `[B, S, C]` with C = heads · D and heads side by side in the channels -> `[B, T, C]`.
    /// - Throws: `.argument` when the shapes do not fit.
    package static func attention(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int = 1, scale: Double
    ) throws(SGCError) -> Tensor {
        guard q.rank == 3, k.rank == 3, k.shape == v.shape, q.shape[0] == k.shape[0], q.shape[2] == k.shape[2],
            heads > 0, q.shape[2] % heads == 0, k.shape[1] > 0
        else {
            throw SGCError(
                .argument, "attention: q \(q.shape), k \(k.shape), v \(v.shape) and \(heads) heads do not fit")
        }
        let (a, b, c) = (q.stopGradient, k.stopGradient, v.stopGradient)
        let (y, logSumExp) = try q.backend.attention(a, b, c, heads: heads, scale: scale)
        return y.recorded(from: [q, k, v]) { dy throws(SGCError) in
            let d = try dy.backend.attentionGradient(
                a, b, c, y: y, logSumExp: logSumExp, dy, heads: heads, scale: scale)
            return [d.q, d.k, d.v]
        }
    }
}
