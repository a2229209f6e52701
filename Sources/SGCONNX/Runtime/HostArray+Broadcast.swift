import SGCBase
import SGCTensor

extension HostArray {
    /// A function of two arrays with broadcasting; the result has the type of `self` unless `type` says otherwise.
    ///
    /// - Throws: `.format` when the shapes do not fit, `.limit` for too large a result, what `integers` throws.
    func combined(
        with other: HostArray, as type: ElementType? = nil, limits: RunLimits,
        integers: (Int64, Int64) throws(SGCError) -> Int64, reals: (Double, Double) -> Double
    ) throws(SGCError) -> HostArray {
        let result = try broadcastShape(with: other, limits: limits)
        let (p, q) = (shape.positions(broadcastTo: result), other.shape.positions(broadcastTo: result))
        switch (elements, other.elements) {
        case (.integers(let a), .integers(let b)):
            var values = [Int64](repeating: 0, count: result.count)
            for i in values.indices { values[i] = try integers(a[p[i]], b[q[i]]) }
            return try HostArray(integers: values, type: type ?? self.type, shape: result)
        case (.reals(let a), .reals(let b)):
            var values = [Double](repeating: 0, count: result.count)
            for i in values.indices { values[i] = reals(a[p[i]], b[q[i]]) }
            return try HostArray(reals: values, type: type ?? self.type, shape: result)
        default:
            throw SGCError(.format, "expected operands of one type, got \(self.type) and \(other.type)")
        }
    }

    /// The shape that both broadcast to.
    func broadcastShape(with other: HostArray, limits: RunLimits) throws(SGCError) -> Shape {
        try limits.hostShape(Shape.broadcast([shape, other.shape]))
    }

    /// Repeats axes of extent 1 (and missing leading axes) to `target`, to which the shape must broadcast.
    func broadcast(to target: Shape) -> HostArray {
        shape == target ? self : selected(shape.positions(broadcastTo: target), shape: target)
    }
}

extension Shape {
    /// For each element of `target` in row-major order, the position of the element of `self` that it repeats.
    func positions(broadcastTo target: Shape) -> [Int] {
        if self == target { return Array(0..<count) }
        let own = strides
        let lead = target.rank - rank
        let steps = (0..<target.rank).map { $0 < lead || self[$0 - lead] == 1 ? 0 : own[$0 - lead] }
        return target.positions(strides: steps)
    }

    /// Σ index · stride for every index of the shape in row-major order, from `offset`.
    func positions(strides steps: [Int], offset: Int = 0) -> [Int] {
        var result: [Int] = []
        result.reserveCapacity(count)
        guard count > 0 else { return result }
        var index = [Int](repeating: 0, count: rank)
        var position = offset
        for _ in 0..<count {
            result.append(position)
            var axis = rank - 1
            while axis >= 0 {
                index[axis] += 1
                position += steps[axis]
                if index[axis] < self[axis] { break }
                position -= steps[axis] * index[axis]
                index[axis] = 0
                axis -= 1
            }
        }
        return result
    }
}
