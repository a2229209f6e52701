import CKernels
package import SGCBase

// Scores of a block of queries at a time: two matrix products with a softmax between them. Everything inside is
// float32, also for bfloat16 operands: attention is a small part of a model's arithmetic, and its scores need the bits.
extension CPUBackend: AttentionBackend {
    package func attention(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, scale: Double
    ) throws(SGCError) -> (y: Tensor, logSumExp: Tensor) {
        _ = try floatingCode("attention", q, k, v)
        let plan = AttentionPlan(q, k, heads: heads)
        let y = try q.zeros(q.shape, q.dataType)
        let logSumExp = try q.zeros([plan.batch, heads, plan.queries], .float32)
        guard q.count > 0, plan.keys > 0 else { return (y, logSumExp) }
        let keys = try split(k, plan, 0..<plan.keys), values = try split(v, plan, 0..<plan.keys)
        for block in plan.blocks {
            let queries = try split(q, plan, block)
            let scores = try product(queries, keys, plan.pairs, block.count, plan.keys, plan.depth, transposeB: true)
            softmax(scores, into: logSumExp, plan, block, scale: Float(scale))
            let part = try product(scores, values, plan.pairs, block.count, plan.depth, plan.keys)
            try merge(part, into: y, plan, block)
        }
        return (y, logSumExp)
    }

    package func attentionGradient(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, y: Tensor, logSumExp: Tensor, _ dy: Tensor, heads: Int, scale: Double
    ) throws(SGCError) -> (q: Tensor, k: Tensor, v: Tensor) {
        _ = try floatingCode("attentionGradient", q, k, v, y, dy)
        try require(.float32, "attentionGradient", logSumExp)
        let plan = AttentionPlan(q, k, heads: heads)
        let (dq, dk, dv) = (
            try q.zeros(q.shape, q.dataType), try k.zeros(k.shape, k.dataType), try v.zeros(v.shape, v.dataType)
        )
        guard q.count > 0, plan.keys > 0 else { return (dq, dk, dv) }
        let keys = try split(k, plan, 0..<plan.keys), values = try split(v, plan, 0..<plan.keys)
        var keySlopes: Tensor?, valueSlopes: Tensor?
        for block in plan.blocks {
            let queries = try split(q, plan, block), upstream = try split(dy, plan, block)
            let delta = try rowProducts(upstream, try split(y, plan, block))
            // p is recomputed from the scores; they and the slopes of p are overwritten by p and the scores' slopes.
            let scores = try product(queries, keys, plan.pairs, block.count, plan.keys, plan.depth, transposeB: true)
            let slopes = try product(upstream, values, plan.pairs, block.count, plan.keys, plan.depth, transposeB: true)
            slope(scores, slopes, delta, logSumExp, plan, block, scale: Float(scale))
            try merge(
                try product(slopes, keys, plan.pairs, block.count, plan.depth, plan.keys), into: dq, plan, block)
            keySlopes = try sum(
                keySlopes,
                try product(slopes, queries, plan.pairs, plan.keys, plan.depth, block.count, transposeA: true))
            valueSlopes = try sum(
                valueSlopes,
                try product(scores, upstream, plan.pairs, plan.keys, plan.depth, block.count, transposeA: true))
        }
        if let keySlopes, let valueSlopes {
            try merge(keySlopes, into: dk, plan, 0..<plan.keys)
            try merge(valueSlopes, into: dv, plan, 0..<plan.keys)
        }
        return (dq, dk, dv)
    }
}

/// The sizes of an attention, and the blocks its queries are taken in.
private struct AttentionPlan {
    let batch: Int, heads: Int, queries: Int, keys: Int, depth: Int

    init(_ q: Tensor, _ k: Tensor, heads: Int) {
        batch = q.shape[0]
        queries = q.shape[1]
        keys = k.shape[1]
        self.heads = heads
        depth = q.shape.last / max(1, heads)
    }

    /// Independent attentions: one for each image and head.
    var pairs: Int { batch * heads }

    /// Ranges of queries whose scores together stay near 8 MB; at least 16 queries each, and more than 256 only while
    /// their scores fit into 2 MB: with few keys, what a block costs to start counts.
    var blocks: [Range<Int>] {
        let perQuery = max(1, pairs * keys)
        let most = max(256, (1 << 19) / perQuery)
        let size = min(most, max(16, (2 << 20) / perQuery)) / 16 * 16
        return stride(from: 0, to: queries, by: size).map { $0..<min(queries, $0 + size) }
    }
}

extension CPUBackend {
    /// Rows `rows` of x `[B, T, heads · D]` as float32 `[B, heads, rows, D]`.
    private func split(_ x: Tensor, _ plan: AttentionPlan, _ rows: Range<Int>) throws(SGCError) -> Tensor {
        let shape: Shape = [plan.batch, plan.heads, rows.count, plan.depth]
        let width = plan.heads * plan.depth
        if plan.heads == 1, rows.count == x.shape[1] {
            return x.dataType == .float32 ? x.viewed(as: shape) : try cast(x, to: .float32).viewed(as: shape)
        }
        let result = try Tensor(uninitialized: shape, x.dataType, on: x.device)
        try copyBox(
            from: x, offset: rows.lowerBound * width, strides: [x.shape[1] * width, plan.depth, width, 1],
            to: result, offset: 0, strides: shape.strides, extents: shape.dimensions)
        return x.dataType == .float32 ? result : try cast(result, to: .float32)
    }

    /// The inverse of ``split(_:_:_:)``: writes float32 `[B, heads, rows, D]` to rows `rows` of y.
    private func merge(
        _ part: Tensor, into y: Tensor, _ plan: AttentionPlan, _ rows: Range<Int>
    ) throws(SGCError) {
        let width = plan.heads * plan.depth
        let shape: Shape = [plan.batch, plan.heads, rows.count, plan.depth]
        try copyBox(
            from: y.dataType == .float32 ? part : try cast(part, to: y.dataType), offset: 0, strides: shape.strides,
            to: y, offset: rows.lowerBound * width, strides: [y.shape[1] * width, plan.depth, width, 1],
            extents: shape.dimensions)
    }

    private func product(
        _ a: Tensor, _ b: Tensor, _ batch: Int, _ m: Int, _ n: Int, _ k: Int, transposeA: Bool = false,
        transposeB: Bool = false
    ) throws(SGCError) -> Tensor {
        try matrixProduct(
            a, b, bias: nil, transposeA: transposeA, transposeB: transposeB, batch: batch, m: m, n: n, k: k,
            shape: [batch, m, n])
    }

    /// `total` + `part`, in place once there is a total.
    private func sum(_ total: Tensor?, _ part: Tensor) throws(SGCError) -> Tensor {
        guard let total else { return part }
        try accumulate(into: total, part)
        return total
    }

    /// Scores `[pairs, block, keys]` become probabilities; their log-sum-exp goes to the block's place.
    private func softmax(
        _ scores: Tensor, into logSumExp: Tensor, _ plan: AttentionPlan, _ block: Range<Int>, scale: Float
    ) {
        parallelFor(plan.pairs * block.count, grain: grain(of: 8 * plan.keys), threads: scores.device.threads) { rows in
            for row in rows {
                let place = row / block.count * plan.queries + block.lowerBound + row % block.count
                unsafe sgc_attention_softmax(
                    scores.pointer(Float.self) + row * plan.keys, logSumExp.pointer(Float.self) + place, scale,
                    plan.keys, 1)
            }
        }
    }

    /// Scores become probabilities, and slopes of probabilities slopes of scores, in place.
    private func slope(
        _ scores: Tensor, _ slopes: Tensor, _ delta: Tensor, _ logSumExp: Tensor, _ plan: AttentionPlan,
        _ block: Range<Int>, scale: Float
    ) {
        parallelFor(plan.pairs * block.count, grain: grain(of: 8 * plan.keys), threads: scores.device.threads) { rows in
            for row in rows {
                let place = row / block.count * plan.queries + block.lowerBound + row % block.count
                unsafe sgc_attention_slopes(
                    scores.pointer(Float.self) + row * plan.keys, slopes.pointer(Float.self) + row * plan.keys,
                    logSumExp.pointer(Float.self) + place, delta.pointer(Float.self) + row, scale, plan.keys, 1)
            }
        }
    }

    /// Σ a·b over the last axis of float32 tensors: `[rows]`.
    private func rowProducts(_ a: Tensor, _ b: Tensor) throws(SGCError) -> Tensor {
        let y = try Tensor(uninitialized: [a.shape.rows], on: a.device)
        parallelFor(a.shape.rows, grain: grain(of: a.shape.last), threads: a.device.threads) { rows in
            unsafe sgc_row_products(
                a.pointer(Float.self), b.pointer(Float.self), y.pointer(Float.self), a.shape.last, rows.lowerBound,
                rows.upperBound)
        }
        return y
    }
}
