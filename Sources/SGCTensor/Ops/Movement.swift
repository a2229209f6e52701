package import SGCBase

// Operations that only move elements. All but reshape are one strided copy of the backend.

extension Tensor {
    /// The same elements under another shape; shares the bytes.
    ///
    /// - Throws: `.argument` when the element counts differ.
    package func reshaped(_ newShape: Shape) throws(SGCError) -> Tensor {
        guard newShape.count == count else {
            throw SGCError(.argument, "reshape: \(shape) has \(count) elements, \(newShape) has \(newShape.count)")
        }
        let old = shape
        return viewed(as: newShape).recorded(from: [self]) { dy throws(SGCError) in [dy.viewed(as: old)] }
    }

    /// Axes in another order: axis `order[i]` of the input becomes axis i.
    package func permuted(_ order: [Int]) throws(SGCError) -> Tensor {
        guard order.sorted() == Array(0..<rank) else {
            throw SGCError(.argument, "permute: \(order) is no order of the axes of \(shape)")
        }
        let target = Shape(known: order.map { shape[$0] })
        let y = try Tensor(uninitialized: target, dataType, on: device)
        let strides = shape.strides
        try backend.copyBox(
            from: self, offset: 0, strides: order.map { strides[$0] }, to: y, offset: 0, strides: target.strides,
            extents: target.dimensions)
        var inverse = order
        for (i, axis) in order.enumerated() { inverse[axis] = i }
        return y.recorded(from: [self]) { [inverse] dy throws(SGCError) in [try dy.permuted(inverse)] }
    }

    /// Repeats axes of extent 1 (and missing leading axes) to `target`.
    package func broadcast(to target: Shape) throws(SGCError) -> Tensor {
        if shape == target { return self }
        guard try shape.broadcast(with: target) == target else {
            throw SGCError(.argument, "broadcast: \(shape) does not fit \(target)")
        }
        let lead = target.rank - rank
        let own = shape.strides
        let strides = (0..<target.rank).map { $0 < lead || shape[$0 - lead] == 1 ? 0 : own[$0 - lead] }
        let y = try Tensor(uninitialized: target, dataType, on: device)
        try backend.copyBox(
            from: self, offset: 0, strides: strides, to: y, offset: 0, strides: target.strides,
            extents: target.dimensions)
        let from = shape
        return y.recorded(from: [self]) { dy throws(SGCError) in [try dy.summed(to: from)] }
    }

    /// The elements `range` of `axis`.
    package func sliced(axis: Int, _ range: Range<Int>) throws(SGCError) -> Tensor {
        let split = try splitting(at: axis)
        guard range.lowerBound >= 0, range.upperBound <= split.count else {
            throw SGCError(.argument, "slice: \(range) exceeds axis \(axis) of \(shape)")
        }
        if range == 0..<split.count { return self }
        let target = shape.replacing(split.axis, with: range.count)
        let y = try Tensor(uninitialized: target, dataType, on: device)
        try backend.copyBox(
            from: self, offset: range.lowerBound * split.inner, strides: [split.count * split.inner, 1],
            to: y, offset: 0, strides: [range.count * split.inner, 1],
            extents: [split.outer, range.count * split.inner])
        let extent = split.count
        return y.recorded(from: [self]) { dy throws(SGCError) in
            [try dy.padded(axis: split.axis, before: range.lowerBound, after: extent - range.upperBound)]
        }
    }

    /// Adds `before` and `after` elements of `value` to `axis`.
    package func padded(axis: Int, before: Int, after: Int, value: Double = 0) throws(SGCError) -> Tensor {
        guard before >= 0, after >= 0 else {
            throw SGCError(.argument, "pad: expected widths of at least 0, got \(before) and \(after)")
        }
        let split = try splitting(at: axis)
        let extent = split.count + before + after
        let target = try Shape(shape.dimensions.enumerated().map { $0.offset == split.axis ? extent : $0.element })
        let y = try Tensor.full(target, value, dataType, on: device)
        try backend.copyBox(
            from: self, offset: 0, strides: [split.count * split.inner, 1],
            to: y, offset: before * split.inner, strides: [extent * split.inner, 1],
            extents: [split.outer, split.count * split.inner])
        let range = before..<before + split.count
        return y.recorded(from: [self]) { dy throws(SGCError) in [try dy.sliced(axis: split.axis, range)] }
    }

    /// `parts` one after another along `axis`; all other extents and the type must agree.
    package static func concatenated(_ parts: [Tensor], axis: Int) throws(SGCError) -> Tensor {
        guard let first = parts.first else { throw SGCError(.argument, "concat: expected at least one tensor") }
        let split = try first.splitting(at: axis)
        for part in parts {
            guard part.dataType == first.dataType, part.rank == first.rank,
                part.shape.replacing(split.axis, with: 1) == first.shape.replacing(split.axis, with: 1)
            else {
                throw SGCError(.argument, "concat: \(part.shape) does not fit \(first.shape) along axis \(axis)")
            }
        }
        let extents = parts.map { $0.shape[split.axis] }
        let total = extents.reduce(0, +)
        let target = try Shape(first.shape.dimensions.enumerated().map { $0.offset == split.axis ? total : $0.element })
        let y = try Tensor(uninitialized: target, first.dataType, on: first.device)
        var start = 0
        for (part, extent) in zip(parts, extents) {
            try first.backend.copyBox(
                from: part, offset: 0, strides: [extent * split.inner, 1],
                to: y, offset: start * split.inner, strides: [total * split.inner, 1],
                extents: [split.outer, extent * split.inner])
            start += extent
        }
        return y.recorded(from: parts) { dy throws(SGCError) in
            var gradients: [Tensor?] = []
            var start = 0
            for extent in extents {
                gradients.append(try dy.sliced(axis: split.axis, start..<start + extent))
                start += extent
            }
            return gradients
        }
    }
}
