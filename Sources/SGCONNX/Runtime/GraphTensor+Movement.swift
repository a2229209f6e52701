import SGCBase
import SGCTensor

// Movements of elements, done in the order in which the axes lie.
extension GraphTensor {
    /// The elements at the positions of `box`.
    func strided(_ box: StridedBox) throws(SGCError) -> GraphTensor {
        withStored(try stored.strided(inStoredOrder(box)))
    }

    /// A tensor of `target` whose elements at the positions of `box` are these, and `value` elsewhere.
    func placed(at box: StridedBox, in target: Shape, value: Double) throws(SGCError) -> GraphTensor {
        let extents = Shape(known: inStoredOrder(target.dimensions))
        return withStored(try stored.placed(at: inStoredOrder(box), in: extents, value: value))
    }

    /// The tensor repeated `repeats[axis]` times along each axis.
    func tiled(_ repeats: [Int]) throws(SGCError) -> GraphTensor {
        withStored(try stored.tiled(inStoredOrder(repeats)))
    }

    /// Repeats axes of extent 1 (and missing leading axes) to `target`, to which the shape must broadcast.
    func broadcast(to target: Shape) throws(SGCError) -> GraphTensor {
        if shape == target { return self }
        let full = try extended(to: target.rank)
        let extents = Shape(known: full.inStoredOrder(target.dimensions))
        return full.withStored(try full.stored.broadcast(to: extents))
    }

    /// The elements that `indices` name along `axis`, whose place the axes of the indices (`shape`) take.
    ///
    /// - Parameter indices: within the axis.
    func gathered(_ indices: [Int], shape: [Int], axis: Int) throws(SGCError) -> GraphTensor {
        let place = order[axis]
        var taken = stored
        if indices.count == 1 {
            // One element, as of a class token: a slice, whatever lies around it.
            let position = indices[0]
            taken = try taken.sliced(axis: place, position..<position + 1)
            let extents = stored.shape.dimensions
            taken = try taken.reshaped(Shape(known: extents[..<place] + shape + extents[(place + 1)...]))
        } else {
            let list = try Tensor(
                indices: indices.map { Int32(truncatingIfNeeded: $0) }, shape: Shape(known: shape),
                on: stored.device)
            taken = try taken.gathered(list, axis: place)
        }
        // The indices' axes lie where the axis lay; axes behind it have moved by the difference.
        let moved = order.map { $0 > place ? $0 + shape.count - 1 : $0 }
        return GraphTensor(
            stored: taken, order: moved[..<axis] + shape.indices.map { place + $0 } + moved[(axis + 1)...])
    }

    /// `parts` one after another along `axis`, in the order of axes of the largest.
    ///
    /// - Parameter parts: of one rank, and of equal extents but for `axis`.
    static func concatenated(_ parts: [GraphTensor], axis: Int) throws(SGCError) -> GraphTensor {
        var leader = parts[0]
        for part in parts where part.stored.count > leader.stored.count { leader = part }
        let axes = leader.storedAxes
        let isMixed = parts.contains { $0.stored.dataType != leader.stored.dataType }
        var pieces: [Tensor] = []
        for part in parts {
            let piece = try part.stored(as: axes)
            pieces.append(isMixed ? try piece.cast(to: .bfloat16) : piece)
        }
        return GraphTensor(
            stored: try Tensor.concatenated(pieces, axis: leader.order[axis]), order: leader.order)
    }

    /// `a` where `mask` is not 0, `b` elsewhere, with broadcasting; in the order of axes of the largest.
    ///
    /// - Throws: `.format` when the shapes do not fit each other, `.limit` for too large a result.
    static func selected(
        _ mask: GraphTensor, _ a: GraphTensor, _ b: GraphTensor, _ inputs: OperatorInputs
    ) throws(SGCError) -> GraphTensor {
        try inputs.requireBroadcast([mask.shape, a.shape, b.shape])
        let rank = max(mask.rank, a.rank, b.rank)
        let all = (try mask.extended(to: rank), try a.extended(to: rank), try b.extended(to: rank))
        var leader = all.0
        if all.1.stored.count > leader.stored.count { leader = all.1 }
        if all.2.stored.count > leader.stored.count { leader = all.2 }
        let axes = leader.storedAxes
        let (x, y) = try unified(try all.1.stored(as: axes), try all.2.stored(as: axes))
        let chosen = try all.0.stored(as: axes).cast(to: x.dataType)
        return GraphTensor(stored: try Tensor.selected(chosen, x, y), order: leader.order)
    }

    /// Numbers given for the graph's axes, in the order in which the axes lie.
    private func inStoredOrder(_ values: [Int]) -> [Int] { storedAxes.map { values[$0] } }

    private func inStoredOrder(_ box: StridedBox) -> StridedBox {
        StridedBox(
            starts: inStoredOrder(box.starts), steps: inStoredOrder(box.steps), counts: inStoredOrder(box.counts))
    }
}
