import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Elements picked by index.
    static let gathering: [OperatorDefinition] = [
        OperatorDefinition("Gather", make: gather),
        OperatorDefinition("GatherElements", make: gatherElements),
        OperatorDefinition("GatherND", opsets: 11...11) { _ throws(SGCError) in gatherND(batchAxes: 0) },
        OperatorDefinition("GatherND", opsets: 12...22) { node throws(SGCError) in
            gatherND(batchAxes: try node.integer("batch_dims", default: 0))
        },
        OperatorDefinition("Compress", make: compress),
        OperatorDefinition("ReverseSequence", make: reverseSequence),
    ]

    /// The slices of `axis` that the indices name.
    private static func gather(_ node: NodeReader) throws(SGCError) -> Kernel {
        let axis = try node.integer("axis", default: 0)
        return { inputs throws(SGCError) in
            let (x, indices) = (try inputs.value(0), try inputs.indices(1))
            let place = try x.shape.axis(axis)
            let list = try x.shape.places(ofIndices: indices.integers, axis: place)
            return [try x.gathered(list, shape: indices.shape.dimensions, axis: place, inputs: inputs)]
        }
    }

    /// One element for each index: `y[i][j] = x[indices[i][j]][j]` for axis 0.
    private static func gatherElements(_ node: NodeReader) throws(SGCError) -> Kernel {
        let axis = try node.integer("axis", default: 0)
        return { inputs throws(SGCError) in
            let (x, indices) = (try inputs.value(0), try inputs.indices(1))
            let positions = try x.shape.positions(ofElements: indices, axis: axis)
            return [
                try x.flat(rows: x.shape.count).gathered(
                    positions, shape: indices.shape.dimensions, axis: 0, inputs: inputs)
            ]
        }
    }

    /// The slices that the last axis of the indices names: each index is a place along the axes after `batchAxes`, in
    /// the part of the batch in which it stands.
    private static func gatherND(batchAxes: Int) -> Kernel {
        { inputs throws(SGCError) in
            let (x, indices) = (try inputs.value(0), try inputs.indices(1))
            let rows = try SliceRows(x.shape, indices, batchAxes: batchAxes)
            let table = try x.flat(rows: rows.count)
            let shape = indices.shape.dimensions.dropLast()
            let picked = try table.gathered(rows.positions, shape: [rows.positions.count], axis: 0, inputs: inputs)
            return [try picked.reshaped(try inputs.shape(shape + rows.slice))]
        }
    }

    /// The elements along `axis` (or of the flat input) for which a list of booleans says so.
    private static func compress(_ node: NodeReader) throws(SGCError) -> Kernel {
        let axis = try node.integer("axis")
        return { inputs throws(SGCError) in
            var x = try inputs.value(0)
            let condition = try inputs.value(1).constantArray()
            guard condition.type == .bool, condition.shape.rank == 1 else {
                throw SGCError(.format, "expected a list of booleans, got \(condition.type) \(condition.shape)")
            }
            var place = 0
            if let axis { place = try x.shape.axis(axis) } else { x = try x.reshaped([x.shape.count]) }
            guard condition.count <= x.shape[place] else {
                throw SGCError(.format, "\(condition.count) booleans for axis \(place) of \(x.shape)")
            }
            let chosen = condition.integers.enumerated().filter { $0.element != 0 }.map(\.offset)
            return [try x.gathered(chosen, shape: [chosen.count], axis: place, inputs: inputs)]
        }
    }

    /// The first elements of each sequence in reverse order.
    private static func reverseSequence(_ node: NodeReader) throws(SGCError) -> Kernel {
        let timeAxis = try node.integer("time_axis", default: 0)
        let batchAxis = try node.integer("batch_axis", default: 1)
        guard [timeAxis, batchAxis].sorted() == [0, 1] else {
            throw SGCError(
                .format, "attributes time_axis and batch_axis: expected 0 and 1, got \(timeAxis) and \(batchAxis)")
        }
        return { inputs throws(SGCError) in
            let (x, lengths) = (try inputs.value(0), try inputs.integers(1))
            guard x.shape.rank >= 2, lengths.count == x.shape[batchAxis],
                lengths.allSatisfy({ (0...x.shape[timeAxis]).contains($0) })
            else { throw SGCError(.format, "lengths \(lengths) do not fit sequences of \(x.shape)") }
            let (rows, columns) = (x.shape[0], x.shape[1])
            var positions: [Int] = []
            positions.reserveCapacity(rows * columns)
            for row in 0..<rows {
                for column in 0..<columns {
                    let (time, batch) = timeAxis == 0 ? (row, column) : (column, row)
                    let source = time < lengths[batch] ? lengths[batch] - 1 - time : time
                    positions.append(timeAxis == 0 ? source * columns + column : row * columns + source)
                }
            }
            let table = try x.flat(rows: rows * columns)
            return [
                try table.gathered(positions, shape: [positions.count], axis: 0, inputs: inputs).reshaped(x.shape)
            ]
        }
    }
}

extension OperatorInputs {
    /// Input `index` as indices.
    ///
    /// - Throws: `.format` when it holds no integers.
    func indices(_ index: Int) throws(SGCError) -> HostArray {
        let value = try value(index)
        guard case .host(let array) = value, array.type.isInteger, array.type != .bool else {
            throw SGCError(.format, "input \(index): expected indices, got \(value.type) \(value.shape)")
        }
        return array
    }
}

extension Value {
    /// The elements that `indices` name along `axis`, whose place the axes of the indices (`shape`) take.
    ///
    /// - Parameter indices: within the axis.
    /// - Throws: `.limit` for too large a result.
    func gathered(
        _ indices: [Int], shape indexShape: [Int], axis: Int, inputs: OperatorInputs
    ) throws(SGCError) -> Value {
        let extents = shape.dimensions
        let target = extents[..<axis] + indexShape + extents[(axis + 1)...]
        _ = try isHost ? inputs.limits.hostShape(Array(target)) : inputs.shape(Array(target))
        return try moved(
            tensor: { x throws(SGCError) in try x.gathered(indices, shape: indexShape, axis: axis) },
            array: { $0.gathered(indices, shape: indexShape, axis: axis) })
    }

    /// The elements as `rows` rows of one length: `[rows]` for single elements, else `[rows, length]`.
    ///
    /// - Parameter rows: divides the element count.
    func flat(rows: Int) throws(SGCError) -> Value {
        try reshaped(rows == shape.count ? [rows] : [rows, rows == 0 ? 0 : shape.count / rows])
    }
}

extension Shape {
    /// Indices along an axis, counted from its first element.
    ///
    /// - Throws: `.range` when there is no such element.
    func places(ofIndices indices: [Int64], axis: Int) throws(SGCError) -> [Int] {
        var places: [Int] = []
        places.reserveCapacity(indices.count)
        for index in indices { places.append(try place(ofIndex: Int(index), axis: axis)) }
        return places
    }

    /// The positions that GatherElements reads and ScatterElements writes: those of the indices, but along `axis`,
    /// where the index itself says it.
    ///
    /// - Throws: `.format` when the indices are longer than the tensor along another axis, `.range`.
    func positions(ofElements indices: HostArray, axis: Int) throws(SGCError) -> [Int] {
        let place = try self.axis(axis)
        let fits =
            indices.shape.rank == rank
            && (0..<rank).allSatisfy { $0 == place || indices.shape[$0] <= self[$0] }
        guard fits else { throw SGCError(.format, "indices \(indices.shape) do not fit \(self) along axis \(axis)") }
        var steps = strides
        let step = steps[place]
        steps[place] = 0
        var positions = indices.shape.positions(strides: steps)
        let values = indices.integers
        for i in positions.indices {
            positions[i] += try self.place(ofIndex: Int(values[i]), axis: place) * step
        }
        return positions
    }
}

/// The slices of a tensor that the last axis of an index tensor names, as rows of the tensor seen as a table.
struct SliceRows {
    /// Rows of the table.
    let count: Int
    /// The row of each index, in order.
    let positions: [Int]
    /// The extents of one slice.
    let slice: [Int]

    /// - Throws: `.format` when shapes do not fit, `.range` for an index outside of its axis.
    init(_ shape: Shape, _ indices: HostArray, batchAxes: Int) throws(SGCError) {
        let leading = indices.shape.dimensions
        guard shape.rank > 0, let depth = leading.last, batchAxes >= 0, batchAxes < leading.count,
            depth > 0, depth <= shape.rank - batchAxes,
            shape.dimensions.prefix(batchAxes) == leading.prefix(batchAxes)
        else {
            throw SGCError(
                .format, "indices \(indices.shape) do not name slices of \(shape) with \(batchAxes) batch axes")
        }
        let named = Array(shape.dimensions[..<(batchAxes + depth)])
        slice = Array(shape.dimensions[(batchAxes + depth)...])
        count = named.reduce(1, *)
        let steps = Shape(known: named).strides
        let batch = named[..<batchAxes].reduce(1, *)
        let total = leading.dropLast().reduce(1, *)
        let perBatch = batch == 0 ? 0 : total / batch
        let values = indices.integers
        var positions: [Int] = []
        positions.reserveCapacity(total)
        for i in 0..<total {
            var position = i / max(1, perBatch) * (batchAxes == 0 ? 0 : named[batchAxes...].reduce(1, *))
            for axis in 0..<depth {
                let index = Int(values[i * depth + axis])
                position += try shape.place(ofIndex: index, axis: batchAxes + axis) * steps[batchAxes + axis]
            }
            positions.append(position)
        }
        self.positions = positions
    }
}
