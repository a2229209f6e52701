package import SGCBase

/// Evenly spaced positions in a tensor: `starts[axis] + i · steps[axis]` for i in 0 ..< `counts[axis]` along each axis.
package struct StridedBox: Hashable, Sendable {
    package let starts: [Int], steps: [Int], counts: [Int]

    /// - Parameters:
    ///   - steps: not 0; negative steps walk backwards.
    package init(starts: [Int], steps: [Int], counts: [Int]) {
        self.starts = starts
        self.steps = steps
        self.counts = counts
    }

    /// Dense positions from `starts`.
    package init(starts: [Int], counts: [Int]) {
        self.init(starts: starts, steps: [Int](repeating: 1, count: starts.count), counts: counts)
    }

    /// Whether the box is all of `shape`, in its order.
    func covers(_ shape: Shape) -> Bool {
        counts == shape.dimensions && counts.indices.allSatisfy { counts[$0] < 2 || steps[$0] == 1 }
    }

    /// The offset of the first position in a tensor of `shape`, and the distances between neighbours.
    ///
    /// - Throws: `.argument` when a position lies outside of `shape`.
    fileprivate func walk(through shape: Shape) throws(SGCError) -> (offset: Int, strides: [Int]) {
        let own = shape.strides
        guard starts.count == own.count, steps.count == own.count, counts.count == own.count else {
            throw SGCError(.argument, "strided: a box of \(counts.count) axes does not fit \(shape)")
        }
        if counts.contains(0) { return (0, own) }
        var (offset, strides) = (0, own)
        for axis in own.indices {
            let (distance, overflow) = (counts[axis] - 1).multipliedReportingOverflow(by: steps[axis])
            let (last, overflow2) = starts[axis].addingReportingOverflow(distance)
            let extent = 0..<shape[axis]
            guard counts[axis] > 0, !overflow, !overflow2, extent.contains(starts[axis]), extent.contains(last) else {
                throw SGCError(
                    .argument,
                    "strided: \(counts[axis]) elements from \(starts[axis]) by \(steps[axis]) exceed axis \(axis) of "
                        + "\(shape)")
            }
            offset += starts[axis] * own[axis]
            // A single element has no neighbour, and its step may be any number.
            strides[axis] = counts[axis] == 1 ? own[axis] : steps[axis] * own[axis]
        }
        return (offset, strides)
    }
}

// Movements of several axes at once, each one strided copy.
extension Tensor {
    /// The elements at the positions of `box`.
    ///
    /// - Throws: `.argument` when the box exceeds the tensor.
    package func strided(_ box: StridedBox) throws(SGCError) -> Tensor {
        let (offset, strides) = try box.walk(through: shape)
        if box.covers(shape) { return self }
        let target = Shape(known: box.counts)
        let y = try Tensor(uninitialized: target, dataType, on: device)
        try backend.copyBox(
            from: self, offset: offset, strides: strides, to: y, offset: 0, strides: target.strides,
            extents: box.counts)
        let from = shape
        return y.recorded(from: [self]) { dy throws(SGCError) in [try dy.placed(at: box, in: from)] }
    }

    /// A tensor of `target` whose elements at the positions of `box` are those of `self`, and `value` elsewhere.
    ///
    /// - Throws: `.argument` when the box exceeds `target` or has another shape than `self`.
    package func placed(at box: StridedBox, in target: Shape, value: Double = 0) throws(SGCError) -> Tensor {
        let (offset, strides) = try box.walk(through: target)
        guard box.counts == shape.dimensions else {
            throw SGCError(.argument, "placed: \(shape) does not fit a box of \(box.counts)")
        }
        if box.covers(target) { return self }
        let y = try Tensor.full(target, value, dataType, on: device)
        try backend.copyBox(
            from: self, offset: 0, strides: shape.strides, to: y, offset: offset, strides: strides,
            extents: box.counts)
        return y.recorded(from: [self]) { dy throws(SGCError) in [try dy.strided(box)] }
    }

    /// The tensor repeated `repeats[axis]` times along each axis.
    ///
    /// - Throws: `.argument` for a negative count or one count too few, `.limit` for too large a result.
    package func tiled(_ repeats: [Int]) throws(SGCError) -> Tensor {
        guard repeats.count == rank, repeats.allSatisfy({ $0 >= 0 }) else {
            throw SGCError(.argument, "tile: expected \(rank) counts of at least 0, got \(repeats)")
        }
        if repeats.allSatisfy({ $0 == 1 }) { return self }
        var dimensions: [Int] = []
        for (extent, times) in zip(shape.dimensions, repeats) {
            let (product, overflow) = extent.multipliedReportingOverflow(by: times)
            guard !overflow else { throw SGCError(.limit, "tile: \(shape) repeated \(repeats) times is too large") }
            dimensions.append(product)
        }
        let target = try Shape(dimensions)
        let y = try Tensor(uninitialized: target, dataType, on: device)
        // Each axis as two: the repetition, and the position inside it.
        let (own, strides) = (shape.strides, target.strides)
        var (extents, from, to): ([Int], [Int], [Int]) = ([], [], [])
        for axis in 0..<rank {
            extents += [repeats[axis], shape[axis]]
            from += [0, own[axis]]
            to += [shape[axis] * strides[axis], strides[axis]]
        }
        try backend.copyBox(from: self, offset: 0, strides: from, to: y, offset: 0, strides: to, extents: extents)
        let original = shape
        return y.recorded(from: [self]) { [extents] dy throws(SGCError) in
            // A run of axes that are not repeated stays one axis, so that the rank remains within bounds.
            let split = Self.merged(extents)
            return [try dy.reshaped(split.shape).sum(split.repetitions).reshaped(original)]
        }
    }

    /// Pairs (repetition, extent) as few axes, and which of them are repetitions.
    private static func merged(_ pairs: [Int]) -> (shape: Shape, repetitions: [Int]) {
        var (dimensions, repetitions): ([Int], [Int]) = ([], [])
        var isRun = false
        for axis in stride(from: 0, to: pairs.count, by: 2) {
            if pairs[axis] != 1 {
                repetitions.append(dimensions.count)
                dimensions.append(pairs[axis])
                isRun = false
            }
            if isRun {
                dimensions[dimensions.count - 1] *= pairs[axis + 1]
            } else {
                dimensions.append(pairs[axis + 1])
                isRun = true
            }
        }
        return (Shape(known: dimensions), repetitions)
    }
}
