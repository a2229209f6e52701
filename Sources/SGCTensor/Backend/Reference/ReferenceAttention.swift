import Glibc
package import SGCBase

extension ReferenceBackend: AttentionBackend {
    package func attention(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, scale: Double
    ) throws(SGCError) -> (y: Tensor, logSumExp: Tensor) {
        let (queries, keys) = (try read(q, "attention"), try read(k, "attention"))
        let values = try read(v, "attention")
        let layout = AttentionLayout(q.shape, k.shape, heads)
        var result = [Double](repeating: 0, count: queries.count)
        var logSums: [Double] = []
        layout.forEachQuery { query, keyStarts in
            let scores = keyStarts.map { scale * layout.dot(queries, query, keys, $0) }
            let largest = scores.max() ?? 0
            let logSum = largest + log(scores.reduce(0) { $0 + exp($1 - largest) })
            logSums.append(logSum)
            for (score, value) in zip(scores, keyStarts) {
                for d in 0..<layout.width { result[query + d] += exp(score - logSum) * values[value + d] }
            }
        }
        return (
            try make(result, like: q, "attention"),
            try make(logSums, like: q, shape: [q.shape[0], heads, q.shape[1]], "attention")
        )
    }

    package func attentionGradient(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, y: Tensor, logSumExp: Tensor, _ dy: Tensor, heads: Int, scale: Double
    ) throws(SGCError) -> (q: Tensor, k: Tensor, v: Tensor) {
        let (queries, keys) = (try read(q, "attention"), try read(k, "attention"))
        let (values, output) = (try read(v, "attention"), try read(y, "attention"))
        let (logSums, upstream) = (try read(logSumExp, "attention"), try read(dy, "attention"))
        let layout = AttentionLayout(q.shape, k.shape, heads)
        var dq = [Double](repeating: 0, count: queries.count)
        var dk = [Double](repeating: 0, count: keys.count)
        var dv = dk
        var row = 0
        layout.forEachQuery { query, keyStarts in
            // With p the probabilities: dv = p·dy, ds = p·(dy·v − dy·y), dq = scale·ds·k, dk = scale·ds·q.
            let passed = layout.dot(upstream, query, output, query)
            for key in keyStarts {
                let probability = exp(scale * layout.dot(queries, query, keys, key) - logSums[row])
                let ds = probability * (layout.dot(upstream, query, values, key) - passed)
                for d in 0..<layout.width {
                    dv[key + d] += probability * upstream[query + d]
                    dq[query + d] += scale * ds * keys[key + d]
                    dk[key + d] += scale * ds * queries[query + d]
                }
            }
            row += 1
        }
        return (
            try make(dq, like: q, "attention"), try make(dk, like: k, "attention"), try make(dv, like: v, "attention")
        )
    }
}

/// Where the vectors of each head lie in `[B, T, heads · D]` and `[B, S, heads · D]`.
private struct AttentionLayout {
    let batch: Int, heads: Int, queries: Int, keys: Int
    /// D, the length of one head's vector.
    let width: Int

    init(_ q: Shape, _ k: Shape, _ heads: Int) {
        (batch, queries, keys) = (q[0], q[1], k[1])
        self.heads = heads
        width = q[2] / heads
    }

    /// Calls `body` for each `[B, heads, T]` with the start of the query and the starts of the keys that it sees.
    func forEachQuery(_ body: (_ query: Int, _ keyStarts: [Int]) -> Void) {
        for b in 0..<batch {
            for h in 0..<heads {
                let keyStarts = (0..<keys).map { ((b * keys + $0) * heads + h) * width }
                for t in 0..<queries { body(((b * queries + t) * heads + h) * width, keyStarts) }
            }
        }
    }

    func dot(_ a: [Double], _ startA: Int, _ b: [Double], _ startB: Int) -> Double {
        (0..<width).reduce(0) { $0 + a[startA + $1] * b[startB + $1] }
    }
}
