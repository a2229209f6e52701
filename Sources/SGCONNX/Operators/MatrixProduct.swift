import SGCBase
import SGCTensor

extension OperatorRegistry {
    static let matrixProduct: [OperatorDefinition] = [
        OperatorDefinition("MatMul", leastInputs: 2) { _ throws(SGCError) in matMul },
        OperatorDefinition("Gemm", leastInputs: 2, make: gemm),
    ]

    /// The product of the last two axes, batched with broadcasting; vectors as NumPy treats them.
    private static let matMul: Kernel = { inputs throws(SGCError) in
        var (a, b) = (try inputs.tensor(0), try inputs.tensor(1))
        guard a.rank > 0, b.rank > 0 else {
            throw SGCError(.format, "expected matrices, got \(a.shape) and \(b.shape)")
        }
        let (isRow, isColumn) = (a.rank == 1, b.rank == 1)
        if isRow { a = try a.extended(to: 2) }
        if isColumn { b = try b.reshaped(b.shape.appending(1)) }
        var y = try GraphTensor.product(a, b, inputs: inputs)
        if isRow || isColumn {
            var dimensions = y.shape.dimensions
            if isColumn { dimensions.removeLast() }
            if isRow { dimensions.remove(at: dimensions.count - (isColumn ? 1 : 2)) }
            y = try y.reshaped(try inputs.shape(dimensions))
        }
        return [.device(y)]
    }

    /// alpha · op(A) · op(B) + beta · C.
    private static func gemm(_ node: NodeReader) throws(SGCError) -> Kernel {
        let alpha = try node.real("alpha", default: 1)
        let beta = try node.real("beta", default: 1)
        let transposesA = try node.flag("transA")
        let transposesB = try node.flag("transB")
        return { inputs throws(SGCError) in
            var (a, b) = (try inputs.tensor(0), try inputs.tensor(1))
            guard a.rank == 2, b.rank == 2 else {
                throw SGCError(.format, "expected two matrices, got \(a.shape) and \(b.shape)")
            }
            if transposesA { a = a.transposed([1, 0]) }
            if transposesB { b = b.transposed([1, 0]) }
            var y = try GraphTensor.product(a, b, inputs: inputs)
            if alpha != 1 { y = y.withStored(try y.stored.scaled(by: alpha)) }
            if var c = try inputs.optionalTensor(2), beta != 0 {
                if beta != 1 { c = c.withStored(try c.stored.scaled(by: beta)) }
                let target = y.shape
                y = try GraphTensor.combined(y, c, inputs) { p, q throws(SGCError) in try p + q }
                guard y.shape == target else {
                    throw SGCError(.format, "C of shape \(c.shape) does not broadcast to \(target)")
                }
            }
            return [.device(y)]
        }
    }
}

extension GraphTensor {
    /// The matrix product of the last two axes, batched with broadcasting; in the type of products of the run.
    ///
    /// A transposed operand is multiplied as it lies.
    static func product(_ a: GraphTensor, _ b: GraphTensor, inputs: OperatorInputs) throws(SGCError) -> GraphTensor {
        let (rankA, rankB) = (a.rank, b.rank)
        let (rows, inner) = (a.shape[rankA - 2], a.shape[rankA - 1])
        let (innerB, columns) = (b.shape[rankB - 2], b.shape[rankB - 1])
        guard inner == innerB else {
            throw SGCError(.format, "matrices \(a.shape) and \(b.shape) do not fit each other")
        }
        let leadingA = Array(a.shape.dimensions.dropLast(2))
        let leadingB = Array(b.shape.dimensions.dropLast(2))
        let isShared = leadingB.allSatisfy { $0 == 1 } && leadingB.count <= leadingA.count
        let leading = isShared ? leadingA : try Shape.broadcast([Shape(known: leadingA), Shape(known: leadingB)])
        let target = try inputs.shape(leading + [rows, columns])
        // The batch may repeat matrices that are larger than their product.
        _ = try inputs.shape(leading + [rows, inner])
        if !isShared { _ = try inputs.shape(leading + [inner, columns]) }
        try inputs.announce(products: Double(target.count) * Double(inner))
        let type = inputs.precision
        if isShared {
            // One matrix for every row of the batch: a single large product.
            let x = try a.natural().cast(to: type)
            let flat = try x.reshaped(try Shape([leading.reduce(1, *) * rows, inner]))
            let (right, isTransposed) = try b.matrices(leading: [], type)
            let y = try Tensor.matrixProduct(flat, right, transposeB: isTransposed)
            return GraphTensor(try y.reshaped(target))
        }
        let (left, transposesA) = try a.matrices(leading: leading, type)
        let (right, transposesB) = try b.matrices(leading: leading, type)
        let y = try Tensor.matrixProduct(left, right, transposeA: transposesA, transposeB: transposesB)
        return GraphTensor(try y.reshaped(target))
    }

    /// The matrices as they lie, `[batch, rows, columns]` or transposed, with the batch broadcast to `leading`;
    /// a single matrix for no `leading`.
    private func matrices(
        leading: [Int], _ type: DataType
    ) throws(SGCError) -> (matrices: Tensor, isTransposed: Bool) {
        let axes = Array(0..<rank)
        let isTransposed = order[rank - 1] < order[rank - 2] && shape[rank - 1] != 1 && shape[rank - 2] != 1
        let wanted = isTransposed ? Array(axes.dropLast(2)) + [rank - 1, rank - 2] : axes
        let tensor = try stored(as: wanted).cast(to: type)
        let matrix = Array(tensor.shape.dimensions.suffix(2))
        let batch = leading.reduce(1, *)
        if leading.isEmpty { return (try tensor.reshaped(try Shape(matrix)), isTransposed) }
        let full = try tensor.broadcast(to: try Shape(leading + matrix))
        return (try full.reshaped(try Shape([batch] + matrix)), isTransposed)
    }
}

extension Shape {
    /// The shape with one more axis at its end.
    func appending(_ extent: Int) -> Shape { Shape(known: dimensions + [extent]) }
}
