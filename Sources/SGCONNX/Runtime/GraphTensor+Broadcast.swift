import SGCBase
import SGCTensor

extension GraphTensor {
    /// A function of two tensors with broadcasting, computed in the stored order of the larger one.
    ///
    /// In a bfloat16 run operands may be stored in different types: then both are taken in bfloat16.
    /// - Throws: `.format` when the shapes do not fit each other, `.limit` for too large a result.
    static func combined(
        _ a: GraphTensor, _ b: GraphTensor, _ inputs: OperatorInputs,
        _ function: (Tensor, Tensor) throws(SGCError) -> Tensor
    ) throws(SGCError) -> GraphTensor {
        try inputs.requireBroadcast([a.shape, b.shape])
        let rank = max(a.rank, b.rank)
        let (left, right) = (try a.extended(to: rank), try b.extended(to: rank))
        // The order of the result: stored axis p of the leader holds graph axis axes[p].
        let leader = left.stored.count >= right.stored.count ? left : right
        let axes = leader.storedAxes
        let (x, y) = try unified(try left.stored(as: axes), try right.stored(as: axes))
        return GraphTensor(stored: try function(x, y), order: leader.order)
    }

    /// The same tensor with leading axes of extent 1.
    func extended(to rank: Int) throws(SGCError) -> GraphTensor {
        let missing = rank - self.rank
        guard missing > 0 else { return self }
        let ones = [Int](repeating: 1, count: missing)
        let shape = try Shape(ones + stored.shape.dimensions)
        return GraphTensor(stored: try stored.reshaped(shape), order: Array(0..<missing) + order.map { $0 + missing })
    }

    /// Both in one type: bfloat16 when either is.
    static func unified(_ a: Tensor, _ b: Tensor) throws(SGCError) -> (Tensor, Tensor) {
        if a.dataType == b.dataType { return (a, b) }
        return (try a.cast(to: .bfloat16), try b.cast(to: .bfloat16))
    }
}

extension OperatorInputs {
    /// - Throws: `.format` when the shapes do not broadcast with each other, `.limit` when what they broadcast to is too
    ///   large.
    func requireBroadcast(_ shapes: [Shape]) throws(SGCError) { _ = try shape(Shape.broadcast(shapes)) }
}

extension Shape {
    /// The extents of what shapes broadcast to, however many elements that has.
    ///
    /// - Throws: `.format` when they do not fit each other.
    static func broadcast(_ shapes: [Shape]) throws(SGCError) -> [Int] {
        var extents = [Int](repeating: 1, count: shapes.reduce(0) { max($0, $1.rank) })
        for shape in shapes {
            let lead = extents.count - shape.rank
            for (axis, extent) in shape.dimensions.enumerated() where extent != 1 {
                guard extents[lead + axis] == 1 || extents[lead + axis] == extent else {
                    let list = shapes.map(\.description).joined(separator: ", ")
                    throw SGCError(.format, "shapes \(list) do not fit each other")
                }
                extents[lead + axis] = extent
            }
        }
        return extents
    }
}
