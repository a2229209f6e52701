import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Elements chosen by booleans, and what says which ones were chosen.
    static let choice: [OperatorDefinition] = [
        OperatorDefinition("Where") { _ throws(SGCError) in choose },
        OperatorDefinition("Trilu", opsets: 14...22, make: trilu),
        OperatorDefinition("NonZero") { _ throws(SGCError) in nonZero },
        OperatorDefinition("OneHot", make: oneHot),
    ]

    /// The second input where the first is true, the third elsewhere, with broadcasting.
    private static let choose: Kernel = { inputs throws(SGCError) in
        [try Value.chosen(by: try inputs.value(0), try inputs.value(1), try inputs.value(2), inputs: inputs)]
    }

    /// Matrices with the elements below (`upper`) or above the diagonal that lies `k` columns to the right set to 0.
    private static func trilu(_ node: NodeReader) throws(SGCError) -> Kernel {
        let isUpper = try node.flag("upper", default: true)
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            guard x.shape.rank >= 2 else { throw SGCError(.format, "expected matrices, got \(x.shape)") }
            let offsets = try inputs.optionalIntegers(1) ?? [0]
            guard offsets.count == 1 else { throw SGCError(.format, "expected one diagonal, got \(offsets)") }
            let (rows, columns) = (x.shape[x.shape.rank - 2], x.shape[x.shape.rank - 1])
            // Diagonals beyond a corner keep all or nothing, wherever they are.
            let k = min(max(offsets[0], -rows - 1), columns + 1)
            let shape = try inputs.limits.hostShape([rows, columns])
            var kept: [Bool] = []
            kept.reserveCapacity(shape.count)
            for row in 0..<rows {
                for column in 0..<columns { kept.append(isUpper ? column - row >= k : column - row <= k) }
            }
            let zero = try HostArray(integers: [0], shape: []).cast(to: x.type)
            return [
                try Value.chosen(
                    by: .host(try HostArray(booleans: kept, shape: shape)), x, .host(zero), inputs: inputs)
            ]
        }
    }

    /// The places of all elements that are not 0, in row-major order: `[rank, count]`.
    private static let nonZero: Kernel = { inputs throws(SGCError) in
        let x = try inputs.value(0).constantArray()
        let places: [Int]
        switch x.elements {
        case .integers(let values): places = values.indices.filter { values[$0] != 0 }
        case .reals(let values): places = values.indices.filter { values[$0] != 0 }
        }
        let shape = try inputs.limits.hostShape([x.shape.rank, places.count])
        let strides = x.shape.strides
        var result: [Int64] = []
        result.reserveCapacity(shape.count)
        for axis in 0..<x.shape.rank {
            for place in places { result.append(Int64(place / strides[axis] % x.shape[axis])) }
        }
        return [.host(try HostArray(integers: result, shape: shape))]
    }

    /// For each index a row of `depth` elements along a new axis: `values[1]` at the index, `values[0]` elsewhere.
    /// Negative indices count from the end; an index outside gives no `values[1]`.
    private static func oneHot(_ node: NodeReader) throws(SGCError) -> Kernel {
        let axis = try node.integer("axis", default: -1)
        return { inputs throws(SGCError) in
            let (indices, depths) = (try inputs.array(0), try inputs.integers(1))
            let values = try inputs.array(2)
            guard depths.count == 1, let depth = depths.first, depth > 0, values.count == 2 else {
                throw SGCError(
                    .format, "expected one depth of at least 1 and two values, got \(depths), \(values.shape)")
            }
            let place = try indices.shape.axis(axis < 0 ? axis + 1 + indices.shape.rank : axis, extra: 1)
            var extents = indices.shape.dimensions
            extents.insert(depth, at: place)
            let shape = try inputs.limits.hostShape(extents)
            let inner = extents[(place + 1)...].reduce(1, *)
            var positions = [Int](repeating: 0, count: shape.count)
            for (i, raw) in indices.integers.enumerated() {
                let index = raw < 0 ? Int(raw) + depth : Int(raw)
                guard (0..<depth).contains(index) else { continue }
                positions[(i / inner * depth + index) * inner + i % inner] = 1
            }
            return [try .computed(values.selected(positions, shape: shape), on: inputs.device)]
        }
    }
}

extension Value {
    /// `a` where `condition` holds, `b` elsewhere, with broadcasting.
    ///
    /// - Throws: `.format` when types or shapes do not fit, `.limit` for too large a result.
    static func chosen(
        by condition: Value, _ a: Value, _ b: Value, inputs: OperatorInputs
    ) throws(SGCError) -> Value {
        guard condition.type == .bool, a.type == b.type || (a.type.isReal && b.type.isReal) else {
            throw SGCError(
                .format,
                "expected booleans and two operands of one type, got \(condition.type), \(a.type) and \(b.type)")
        }
        if case .host(let x) = a, case .host(let y) = b, condition.isHost || !x.type.isReal {
            let result = try x.chosen(by: try condition.constantArray(), otherwise: y, limits: inputs.limits)
            return try .computed(result, on: inputs.device)
        }
        let mask = try condition.mask(on: inputs.device)
        if a.type == .bool {
            return .mask(try .selected(mask, try a.mask(on: inputs.device), try b.mask(on: inputs.device), inputs))
        }
        return .device(
            try .selected(mask, try a.tensor(on: inputs.device), try b.tensor(on: inputs.device), inputs))
    }
}

extension HostArray {
    /// The array where `condition` holds, `other` elsewhere, with broadcasting.
    fileprivate func chosen(
        by condition: HostArray, otherwise other: HostArray, limits: RunLimits
    ) throws(SGCError) -> HostArray {
        let target = try limits.hostShape(Shape.broadcast([condition.shape, shape, other.shape]))
        let chosen = condition.broadcast(to: target).integers
        let (p, q) = (shape.positions(broadcastTo: target), other.shape.positions(broadcastTo: target))
        switch (elements, other.elements) {
        case (.integers(let x), .integers(let y)):
            let values = chosen.indices.map { chosen[$0] != 0 ? x[p[$0]] : y[q[$0]] }
            return HostArray(type: type, shape: target, elements: .integers(values))
        case (.reals(let x), .reals(let y)):
            let values = chosen.indices.map { chosen[$0] != 0 ? x[p[$0]] : y[q[$0]] }
            return HostArray(type: type, shape: target, elements: .reals(values))
        default:
            throw SGCError(.format, "expected operands of one type, got \(type) and \(other.type)")
        }
    }
}
