package import SGCBase

// Sums and extremes over axes. Negative axes count from the end.

extension Tensor {
    /// The sum over `axes`, or over everything when `nil`; reduced axes are kept with extent 1 when `keepsAxes`.
    package func sum(_ axes: [Int]? = nil, keepsAxes: Bool = false) throws(SGCError) -> Tensor {
        try reduced(.sum, axes, keepsAxes)
    }

    /// The mean over `axes`, or over everything when `nil`; 0 for no elements.
    package func mean(_ axes: [Int]? = nil, keepsAxes: Bool = false) throws(SGCError) -> Tensor {
        try reduced(.mean, axes, keepsAxes)
    }

    /// The largest element along `axis`; the gradient goes to every element that equals it, in equal shares.
    package func maximum(axis: Int, keepsAxis: Bool = false) throws(SGCError) -> Tensor {
        try reduced(.maximum, [axis], keepsAxis)
    }

    /// The smallest element along `axis`; the gradient goes to every element that equals it, in equal shares.
    package func minimum(axis: Int, keepsAxis: Bool = false) throws(SGCError) -> Tensor {
        try reduced(.minimum, [axis], keepsAxis)
    }

    /// The largest element over `axes`, with gradients as above.
    package func maximum(over axes: [Int], keepsAxes: Bool = false) throws(SGCError) -> Tensor {
        try reduced(.maximum, axes, keepsAxes)
    }

    /// The smallest element over `axes`, with gradients as above.
    package func minimum(over axes: [Int], keepsAxes: Bool = false) throws(SGCError) -> Tensor {
        try reduced(.minimum, axes, keepsAxes)
    }

    private func reduced(
        _ function: ReductionFunction, _ axes: [Int]?, _ keepsAxes: Bool
    ) throws(SGCError) -> Tensor {
        try requireFloating("\(function)")
        let chosen = try normalized(axes ?? Array(0..<rank))
        let keptShape = Shape(known: shape.dimensions.enumerated().map { chosen.contains($0.offset) ? 1 : $0.element })
        let resultShape =
            keepsAxes
            ? keptShape
            : Shape(known: shape.dimensions.enumerated().filter { !chosen.contains($0.offset) }.map(\.element))
        let y = try stopGradient.reducedRuns(function, chosen).viewed(as: resultShape)
        let (x, inputShape) = (stopGradient, shape)
        return y.recorded(from: [self]) { dy throws(SGCError) in
            let upstream = dy.viewed(as: keptShape)
            switch function {
            case .sum: return [try upstream.broadcast(to: inputShape)]
            case .mean:
                let share = 1 / Double(max(1, inputShape.count / max(1, keptShape.count)))
                return [try upstream.scaled(by: share).broadcast(to: inputShape)]
            case .maximum, .minimum:
                let winners = try x.equal(to: y.viewed(as: keptShape))
                let ties = try winners.sum(chosen, keepsAxes: true)
                return [try winners * (upstream / ties)]
            }
        }
    }

    /// Reduces runs of neighbouring axes one after another, from the last; reduced axes keep extent 1.
    private func reducedRuns(_ function: ReductionFunction, _ axes: [Int]) throws(SGCError) -> Tensor {
        var result = self
        var remaining = axes.sorted()
        while let last = remaining.popLast() {
            var first = last
            while let next = remaining.last, next == first - 1 {
                first = next
                remaining.removeLast()
            }
            let dimensions = result.shape.dimensions
            let target = Shape(
                known: dimensions.enumerated().map { first...last ~= $0.offset ? 1 : $0.element })
            result = try result.backend.reduce(
                function, result, outer: dimensions[..<first].reduce(1, *),
                count: dimensions[first...last].reduce(1, *), inner: dimensions[(last + 1)...].reduce(1, *),
                shape: target)
        }
        return result
    }

    /// The index of the largest element along `axis` (int32); the first among equals.
    package func argmax(axis: Int) throws(SGCError) -> Tensor {
        try requireFloating("argmax")
        let split = try splitting(at: axis)
        guard split.count > 0 else { throw SGCError(.argument, "argmax: axis \(axis) of \(shape) is empty") }
        return try backend.argmax(
            stopGradient, outer: split.outer, count: split.count, inner: split.inner,
            shape: Shape(known: shape.dimensions.enumerated().filter { $0.offset != split.axis }.map(\.element)))
    }

    /// Running sums along `axis`, from its end when `reversed`.
    package func cumulativeSum(axis: Int, reversed: Bool = false) throws(SGCError) -> Tensor {
        try requireFloating("cumulativeSum")
        let split = try splitting(at: axis)
        return try backend.cumulativeSum(
            stopGradient, outer: split.outer, count: split.count, inner: split.inner, reversed: reversed
        ).recorded(from: [self]) { dy throws(SGCError) in
            [
                try dy.backend.cumulativeSum(
                    dy, outer: split.outer, count: split.count, inner: split.inner, reversed: !reversed)
            ]
        }
    }

    /// The `k` largest elements along the last axis, largest first, with their int32 indices.
    package func topK(_ k: Int) throws(SGCError) -> (values: Tensor, indices: Tensor) {
        try requireFloating("topK")
        guard rank > 0, k >= 0, k <= shape.last else {
            throw SGCError(.argument, "topK: expected k in 0...\(shape.last), got \(k)")
        }
        let (rows, columns) = (shape.rows, shape.last)
        let found = try backend.topK(viewed(as: [rows, columns]), k: k)
        let target = shape.replacing(rank - 1, with: k)
        let inputShape = shape
        let values = found.values.viewed(as: target).recorded(from: [self]) { dy throws(SGCError) in
            // Each row's indices are offset to positions in the flat tensor, where the gradients are added.
            var flat = found.indices.indices
            for i in flat.indices { flat[i] += Int32(i / max(1, k) * columns) }
            let positions = try Tensor(indices: flat, shape: [flat.count], on: dy.device)
            return [
                try dy.backend.scatterAdd(dy.viewed(as: [flat.count, 1]), indices: positions, rows: rows * columns)
                    .viewed(as: inputShape)
            ]
        }
        return (values, found.indices.viewed(as: target))
    }

    /// The sum over broadcast axes, so that the result has shape `target`: the adjoint of broadcasting.
    func summed(to target: Shape) throws(SGCError) -> Tensor {
        if shape == target { return self }
        let lead = rank - target.rank
        let axes = (0..<rank).filter { $0 < lead || (target[$0 - lead] == 1 && shape[$0] != 1) }
        return try reducedRuns(.sum, axes).viewed(as: target)
    }

    /// Axes as indices from the front, in ascending order.
    private func normalized(_ axes: [Int]) throws(SGCError) -> [Int] {
        var result: [Int] = []
        for axis in axes {
            let index = axis < 0 ? axis + rank : axis
            guard index >= 0, index < rank, !result.contains(index) else {
                throw SGCError(.argument, "axes: \(axes) are not distinct axes of \(shape)")
            }
            result.append(index)
        }
        return result.sorted()
    }

    /// The shape seen as `[outer, count, inner]` around `axis`.
    func splitting(at axis: Int) throws(SGCError) -> (axis: Int, outer: Int, count: Int, inner: Int) {
        let index = axis < 0 ? axis + rank : axis
        guard index >= 0, index < rank else { throw SGCError(.argument, "axis: \(axis) is not an axis of \(shape)") }
        return (
            index, shape.dimensions[..<index].reduce(1, *), shape[index], shape.dimensions[(index + 1)...].reduce(1, *)
        )
    }
}
