package import SGCBase

extension Tensor {
    /// The matrix product of the last two axes, batched over the leading ones: `[…, m, k]` · `[…, k, n]` -> `[…, m, n]`.
    ///
    /// `b` may be a single matrix for every batch of `a`. With `transposeA` / `transposeB` the operand is stored
    /// `[…, k, m]` / `[…, n, k]`.
    /// - Throws: `.argument` when the shapes do not fit.
    package static func matrixProduct(
        _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false
    ) throws(SGCError) -> Tensor {
        guard a.rank >= 2, b.rank >= 2, a.dataType == b.dataType, a.dataType.isFloating else {
            throw SGCError(
                .argument,
                "matrix product: expected two floating matrices, got \(a.shape) \(a.dataType) and \(b.shape) \(b.dataType)"
            )
        }
        let (rowsA, columnsA) = (a.shape[a.rank - 2], a.shape.last)
        let (rowsB, columnsB) = (b.shape[b.rank - 2], b.shape.last)
        let (m, k) = transposeA ? (columnsA, rowsA) : (rowsA, columnsA)
        let (kB, n) = transposeB ? (columnsB, rowsB) : (rowsB, columnsB)
        let leading = Array(a.shape.dimensions.dropLast(2))
        guard k == kB, b.rank == 2 || leading == Array(b.shape.dimensions.dropLast(2)) else {
            throw SGCError(
                .argument,
                "matrix product: \(a.shape)\(transposeA ? "ᵀ" : "") and \(b.shape)\(transposeB ? "ᵀ" : "") do not fit")
        }
        let batch = leading.reduce(1, *)
        let isShared = b.rank == 2 && a.rank > 2
        guard k > 0 else { return try .zeros(try Shape(leading + [m, n]), a.dataType, on: a.device) }
        let y = try a.backend.matrixProduct(
            a.stopGradient, b.stopGradient, bias: nil, transposeA: transposeA, transposeB: transposeB, batch: batch,
            m: m, n: n, k: k, shape: try Shape(leading + [m, n]))
        let (left, right) = (a.stopGradient, b.stopGradient)
        let (needsA, needsB) = (a.place != nil, b.place != nil)
        return y.recorded(from: [a, b]) { dy throws(SGCError) in
            // With op(a)·op(b) = y: d op(a) = dy·op(b)ᵀ and d op(b) = op(a)ᵀ·dy, transposed back where needed.
            var (gradientA, gradientB): (Tensor?, Tensor?)
            if needsA {
                gradientA =
                    transposeA
                    ? try isShared
                        ? right.repeatedMatrix(batch, like: leading).product(dy, transposeB, true)
                        : right.product(dy, transposeB, true)
                    : try dy.product(right, false, !transposeB)
            }
            if needsB {
                let perBatch =
                    transposeB ? try dy.product(left, true, transposeA) : try left.product(dy, !transposeA, false)
                gradientB = isShared ? try perBatch.summed(to: right.shape) : perBatch
            }
            return [gradientA, gradientB]
        }
    }

    func product(_ other: Tensor, _ transposeA: Bool, _ transposeB: Bool) throws(SGCError) -> Tensor {
        try Tensor.matrixProduct(self, other, transposeA: transposeA, transposeB: transposeB)
    }

    private func repeatedMatrix(_ batch: Int, like leading: [Int]) throws(SGCError) -> Tensor {
        try broadcast(to: try Shape(leading + shape.dimensions))
    }
}
