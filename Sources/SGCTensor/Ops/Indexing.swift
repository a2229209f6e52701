package import SGCBase

extension Tensor {
    /// The rows of this table `[K, D]` that int32 `indices` name: shape of the indices + `[D]`.
    ///
    /// - Throws: `.range` for an index outside 0..<K.
    package func gathered(_ indices: Tensor) throws(SGCError) -> Tensor {
        guard rank == 2, indices.dataType == .int32 else {
            throw SGCError(.argument, "gather: expected a table [K, D] and int32 indices, got \(shape)")
        }
        let (smallest, largest) = try backend.indexRange(indices)
        guard smallest >= 0, largest < shape[0] else {
            throw SGCError(.range, "gather: index \(smallest < 0 ? smallest : largest) is outside the \(shape[0]) rows")
        }
        let (rows, columns) = (shape[0], shape[1])
        let target = try Shape(indices.shape.dimensions + [columns])
        return try backend.gather(stopGradient, indices: indices, shape: target).recorded(from: [self]) {
            dy throws(SGCError) in
            let flat: Shape = [indices.count, columns]
            return [
                try dy.backend.scatterAdd(
                    dy.viewed(as: flat), indices: indices.viewed(as: [indices.count]), rows: rows)
            ]
        }
    }

    /// The elements that int32 `indices` name along `axis`, whose place the axes of the indices take.
    ///
    /// - Throws: `.range` for an index outside the axis.
    package func gathered(_ indices: Tensor, axis: Int) throws(SGCError) -> Tensor {
        let split = try splitting(at: axis)
        let (leading, trailing) = (shape.dimensions.prefix(split.axis), shape.dimensions.dropFirst(split.axis + 1))
        let target = try Shape(leading + indices.shape.dimensions + trailing)
        let (smallest, largest) = try backend.indexRange(indices)
        guard smallest >= 0, largest < split.count else {
            throw SGCError(
                .range, "gather: index \(smallest < 0 ? smallest : largest) is outside axis \(axis) of \(shape)")
        }
        let rows = split.outer * split.count
        guard rows <= Int(Int32.max) else { throw SGCError(.limit, "gather: \(shape) has more rows than int32 counts") }
        let table = try reshaped([rows, split.inner])
        if split.outer == 1 { return try table.gathered(indices).reshaped(target) }
        // Every outer position has rows of its own, so that nothing need be transposed.
        let own = indices.indices
        var all: [Int32] = []
        all.reserveCapacity(split.outer * own.count)
        for outer in 0..<split.outer {
            let start = Int32(truncatingIfNeeded: outer * split.count)
            for index in own { all.append(start &+ index) }
        }
        let flat = try Tensor(indices: all, shape: [all.count], on: indices.device)
        return try table.gathered(flat).reshaped(target)
    }

    /// The sums of the rows of x `[T, D]` by int32 index `[T]`: `[rows, D]`. Rows with a negative index are skipped.
    ///
    /// - Throws: `.range` for an index at or above `rows`.
    package func scatterAdded(_ indices: Tensor, rows: Int) throws(SGCError) -> Tensor {
        guard rank == 2, indices.dataType == .int32, indices.shape == [shape[0]], rows >= 0 else {
            throw SGCError(.argument, "scatter-add: rows \(shape) and indices \(indices.shape) do not fit")
        }
        let (_, largest) = try backend.indexRange(indices)
        guard largest < rows else {
            throw SGCError(.range, "scatter-add: index \(largest) is outside the \(rows) rows")
        }
        let columns = shape[1]
        return try backend.scatterAdd(stopGradient, indices: indices, rows: rows).recorded(from: [self]) {
            dy throws(SGCError) in
            // A skipped row reads a row of zeros that is appended for it.
            let extended = try dy.padded(axis: 0, before: 0, after: 1)
            let safe = try Tensor(
                indices: indices.indices.map { $0 < 0 ? Int32(rows) : $0 }, shape: indices.shape, on: dy.device)
            return [try dy.backend.gather(extended, indices: safe, shape: [indices.count, columns])]
        }
    }

    /// One-hot rows `[T, classes]` of int32 indices `[T]`; a negative index gives a row of zeros.
    ///
    /// - Throws: `.range` for an index at or above `classes`.
    package func oneHot(classes: Int, _ dataType: DataType = .float32) throws(SGCError) -> Tensor {
        guard self.dataType == .int32, rank == 1, classes >= 0 else {
            throw SGCError(.argument, "one-hot: expected int32 indices [T], got \(self.dataType) \(shape)")
        }
        let (_, largest) = try backend.indexRange(self)
        guard largest < classes else {
            throw SGCError(.range, "one-hot: index \(largest) is outside the \(classes) classes")
        }
        return try backend.oneHot(self, classes: classes, dataType)
    }
}
