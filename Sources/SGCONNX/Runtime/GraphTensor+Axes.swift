import SGCBase
import SGCTensor

extension GraphTensor {
    /// The graph's axes in the order in which they are stored.
    var storedAxes: [Int] {
        var axes = [Int](repeating: 0, count: rank)
        for (axis, place) in order.enumerated() { axes[place] = axis }
        return axes
    }

    /// A function of stored numbers that treats every element alike.
    func map(_ function: (Tensor) throws(SGCError) -> Tensor) throws(SGCError) -> GraphTensor {
        withStored(try function(stored))
    }

    /// The same numbers with `axes` stored last, in that order; the others keep theirs. A copy unless they lie so.
    func storing(last axes: [Int]) throws(SGCError) -> GraphTensor {
        let leading = storedAxes.filter { !axes.contains($0) }
        return try laid(leading + axes)
    }

    /// The same numbers with the graph's axes stored in the order `axes`. A copy unless they lie so.
    func laid(_ axes: [Int]) throws(SGCError) -> GraphTensor {
        var order = axes
        for (place, axis) in axes.enumerated() { order[axis] = place }
        return GraphTensor(stored: try stored(as: axes), order: order)
    }

    /// A function of the stored tensor and stored axes that leaves extent 1 on them, which are then kept or dropped.
    func reduced(
        _ axes: [Int], keepsAxes: Bool, _ function: (Tensor, [Int]) throws(SGCError) -> Tensor
    ) throws(SGCError) -> GraphTensor {
        let places = axes.map { order[$0] }
        let result = try function(stored, places)
        if keepsAxes { return withStored(result) }
        let kept = result.shape.dimensions.enumerated().filter { !places.contains($0.offset) }.map(\.element)
        let newOrder = order.enumerated().filter { !axes.contains($0.offset) }.map { entry in
            entry.element - places.count { $0 < entry.element }
        }
        return GraphTensor(stored: try result.reshaped(Shape(known: kept)), order: newOrder)
    }
}
