import SGCBase
import SGCTensor

extension GraphTensor {
    /// A function of two tensors with broadcasting, computed in the stored order of the larger one.
    ///
    /// In a bfloat16 run operands may be stored in different types: then both are taken in bfloat16.
    static func combined(
        _ a: GraphTensor, _ b: GraphTensor, _ function: (Tensor, Tensor) throws(SGCError) -> Tensor
    ) throws(SGCError) -> GraphTensor {
        let rank = max(a.rank, b.rank)
        let (left, right) = (try a.extended(to: rank), try b.extended(to: rank))
        // The order of the result: stored axis p of the leader holds graph axis axes[p].
        let leader = left.stored.count >= right.stored.count ? left : right
        let axes = leader.storedAxes
        let (x, y) = try unified(try left.stored(as: axes), try right.stored(as: axes))
        let result: Tensor
        do { result = try function(x, y) } catch {
            throw error.code == .argument
                ? SGCError(.format, "shapes \(a.shape) and \(b.shape) do not fit each other") : error
        }
        return GraphTensor(stored: result, order: leader.order)
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
