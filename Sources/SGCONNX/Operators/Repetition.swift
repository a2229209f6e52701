import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Repeated elements.
    static let repetition: [OperatorDefinition] = [
        OperatorDefinition("Expand") { _ throws(SGCError) in expand },
        OperatorDefinition("Tile") { _ throws(SGCError) in tile },
    ]

    /// The input broadcast with a shape; both may repeat the other's axes of extent 1.
    private static let expand: Kernel = { inputs throws(SGCError) in
        let x = try inputs.value(0)
        let wanted = try inputs.integers(1)
        let rank = max(x.shape.rank, wanted.count)
        var extents = [Int](repeating: 1, count: rank)
        for i in 1..<(rank + 1) {
            let own = i <= x.shape.rank ? x.shape[x.shape.rank - i] : 1
            let other = i <= wanted.count ? wanted[wanted.count - i] : 1
            guard own == other || own == 1 || other == 1 else {
                throw SGCError(.format, "\(x.shape) does not broadcast to \(wanted)")
            }
            extents[rank - i] = own == 1 ? other : own
        }
        let target = try x.isHost ? inputs.limits.hostShape(extents) : inputs.shape(extents)
        return [
            try x.moved(
                tensor: { x throws(SGCError) in try x.broadcast(to: target) },
                array: { $0.broadcast(to: target) })
        ]
    }

    /// The input repeated along each axis.
    private static let tile: Kernel = { inputs throws(SGCError) in
        let x = try inputs.value(0)
        let repeats = try inputs.integers(1)
        guard repeats.count == x.shape.rank, repeats.allSatisfy({ $0 >= 0 }) else {
            throw SGCError(.format, "expected \(x.shape.rank) counts of at least 0, got \(repeats)")
        }
        var extents: [Int] = []
        for (extent, times) in zip(x.shape.dimensions, repeats) {
            let (product, overflow) = extent.multipliedReportingOverflow(by: times)
            guard !overflow else { throw SGCError(.limit, "\(x.shape) repeated \(repeats) times is too large") }
            extents.append(product)
        }
        let target = try x.isHost ? inputs.limits.hostShape(extents) : inputs.shape(extents)
        return [
            try x.moved(
                tensor: { x throws(SGCError) in try x.tiled(repeats) },
                array: { $0.tiled(to: target) })
        ]
    }
}

extension HostArray {
    /// The array repeated along each axis until `target` is full.
    fileprivate func tiled(to target: Shape) -> HostArray {
        var positions = [0]
        var inner = 1
        // From the last axis: the positions of one repetition of what lies inside are known already.
        for axis in stride(from: shape.rank - 1, through: 0, by: -1) {
            let row = positions
            positions = []
            positions.reserveCapacity(row.count * target[axis])
            for i in 0..<target[axis] {
                let start = i % shape[axis] * inner
                for position in row { positions.append(start + position) }
            }
            inner *= shape[axis]
        }
        return selected(positions, shape: target)
    }
}
