package import SGCBase
package import SGCTensor

/// Real numbers on the device, with their axes perhaps stored in another order than the graph thinks of them.
///
/// ONNX thinks of images as `[N, C, H, W]`, the engine stores them `[N, H, W, C]`. A transposition only changes
/// ``order``, and an operation takes the stored axes in the order that suits it, so that layouts travel through a graph
/// and transpositions that cancel cost nothing, without any pattern being searched.
///
/// The graph's type is float32; in a bfloat16 run the stored numbers may be bfloat16.
package struct GraphTensor {
    /// The numbers as they lie in memory.
    package let stored: Tensor
    /// The stored axis that holds each of the graph's axes.
    package let order: [Int]

    /// A tensor whose axes lie as the graph thinks of them.
    package init(_ stored: Tensor) {
        self.stored = stored
        order = Array(0..<stored.rank)
    }

    /// - Parameter order: the stored axis of each graph axis, a permutation.
    package init(stored: Tensor, order: [Int]) {
        self.stored = stored
        self.order = order
    }

    /// An image `[N, …, C]` of the engine, seen as `[N, C, …]` by the graph.
    package init(channelsLast stored: Tensor) {
        self.stored = stored
        order = [0, stored.rank - 1] + Array(1..<max(1, stored.rank - 1))
    }

    /// The extents as the graph thinks of them.
    package var shape: Shape { Shape(known: order.map { stored.shape[$0] }) }
    package var rank: Int { stored.rank }
    package var isNatural: Bool { order == Array(0..<order.count) }

    /// The numbers in the graph's order of axes; a copy unless they lie so.
    package func natural() throws(SGCError) -> Tensor {
        try stored(as: Array(0..<rank))
    }

    /// The numbers with the graph's axes stored in the order `axes`: `[0, 2, 3, 1]` gives an image `[N, H, W, C]`.
    ///
    /// Axes of extent 1 are moved without a copy.
    package func stored(as axes: [Int]) throws(SGCError) -> Tensor {
        let wanted = axes.map { order[$0] }
        if wanted == Array(0..<rank) { return stored }
        let extents = stored.shape
        let target = Shape(known: wanted.map { extents[$0] })
        if wanted.filter({ extents[$0] != 1 }) == (0..<rank).filter({ extents[$0] != 1 }) {
            return try stored.reshaped(target)
        }
        return try stored.permuted(wanted)
    }

    /// The image `[N, H, W, C]` of a graph tensor `[N, C, H, W]`; `[N, L, C]` of `[N, C, L]`.
    package func channelsLast() throws(SGCError) -> Tensor {
        try stored(as: [0] + Array(2..<max(2, rank)) + [1])
    }

    /// The graph's axes in another order: axis `axes[i]` becomes axis i. Nothing moves.
    package func transposed(_ axes: [Int]) -> GraphTensor {
        GraphTensor(stored: stored, order: axes.map { order[$0] })
    }

    /// The same numbers under another shape. Nothing moves when runs of axes that are merged or split lie side by side.
    ///
    /// - Throws: `.format` when the element counts differ.
    package func reshaped(_ target: Shape) throws(SGCError) -> GraphTensor {
        guard target.count == stored.count else {
            throw SGCError(
                .format, "reshape: \(shape) has \(stored.count) elements, \(target) has \(target.count)")
        }
        if isNatural { return GraphTensor(try stored.reshaped(target)) }
        if let groups = Self.groups(shape.dimensions, target.dimensions), let moved = regrouped(groups, target) {
            return GraphTensor(stored: try stored.reshaped(moved.shape), order: moved.order)
        }
        return GraphTensor(try natural().reshaped(target))
    }

    /// The same result of an operation that treats every element alike.
    package func withStored(_ tensor: Tensor) -> GraphTensor { GraphTensor(stored: tensor, order: order) }

    /// Runs of old axes and runs of new axes that hold the same elements, in order; `nil` for empty tensors.
    private static func groups(_ old: [Int], _ new: [Int]) -> [(old: Range<Int>, new: Range<Int>)]? {
        var result: [(Range<Int>, Range<Int>)] = []
        var (i, j) = (0, 0)
        while i < old.count || j < new.count {
            let (startI, startJ) = (i, j)
            var (a, b) = (1, 1)
            if i < old.count { a = old[i]; i += 1 }
            if j < new.count { b = new[j]; j += 1 }
            guard a > 0, b > 0 else { return nil }
            while a != b {
                if a < b {
                    guard i < old.count else { return nil }
                    a *= old[i]
                    i += 1
                } else {
                    guard j < new.count else { return nil }
                    b *= new[j]
                    j += 1
                }
                guard a > 0, b > 0 else { return nil }
            }
            result.append((startI..<i, startJ..<j))
        }
        return result
    }

    /// The stored shape and order after regrouping; `nil` when an old run does not lie side by side in memory.
    private func regrouped(
        _ groups: [(old: Range<Int>, new: Range<Int>)], _ target: Shape
    ) -> (shape: Shape, order: [Int])? {
        let extents = stored.shape
        // Where each group starts in memory, judged by its axes that are longer than 1.
        var starts: [(position: Int, group: Int)] = []
        for (index, group) in groups.enumerated() {
            let places = group.old.map { order[$0] }.filter { extents[$0] != 1 }
            for (a, b) in zip(places, places.dropFirst()) {
                guard b > a, (a + 1..<b).allSatisfy({ extents[$0] == 1 }) else { return nil }
            }
            starts.append((places.first ?? -1, index))
        }
        starts.sort { ($0.position, $0.group) < ($1.position, $1.group) }
        var dimensions: [Int] = []
        var newOrder = [Int](repeating: 0, count: target.rank)
        for (_, index) in starts {
            for axis in groups[index].new {
                newOrder[axis] = dimensions.count
                dimensions.append(target[axis])
            }
        }
        return (Shape(known: dimensions), newOrder)
    }
}
