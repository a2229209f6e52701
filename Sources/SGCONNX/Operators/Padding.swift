import SGCBase
import SGCTensor

extension OperatorRegistry {
    static let padding: [OperatorDefinition] = [
        OperatorDefinition("Pad", opsets: 11...17) { node throws(SGCError) in
            try pad(node, modes: ["constant", "reflect", "edge"], hasAxes: false)
        },
        OperatorDefinition("Pad", opsets: 18...18) { node throws(SGCError) in
            try pad(node, modes: ["constant", "reflect", "edge"], hasAxes: true)
        },
        OperatorDefinition("Pad", opsets: 19...22) { node throws(SGCError) in
            try pad(node, modes: ["constant", "reflect", "edge", "wrap"], hasAxes: true)
        },
    ]

    /// Elements added before and after each axis; negative widths take elements away, before anything is added.
    private static func pad(_ node: NodeReader, modes: [String], hasAxes: Bool) throws(SGCError) -> Kernel {
        let mode = try node.word("mode", default: "constant", of: modes)
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            let rank = x.shape.rank
            let given = try inputs.integers(1)
            let named = hasAxes ? try inputs.optionalIntegers(3) : nil
            let axes = try x.shape.distinctAxes(named ?? Array(0..<rank))
            guard given.count == 2 * axes.count else {
                throw SGCError(.format, "expected \(2 * axes.count) widths for \(x.shape), got \(given)")
            }
            var widths = [(before: Int, after: Int)](repeating: (0, 0), count: rank)
            for (i, axis) in axes.enumerated() { widths[axis] = (given[i], given[axes.count + i]) }
            var extents: [Int] = []
            for (extent, width) in zip(x.shape.dimensions, widths) {
                let (sum, overflow) = extent.addingReportingOverflow(width.before)
                let (total, overflow2) = sum.addingReportingOverflow(width.after)
                guard !overflow, !overflow2 else { throw SGCError(.limit, "widths \(given) are too large") }
                guard total >= 0, sum >= 0, extent >= -width.after || width.before > 0 else {
                    throw SGCError(.format, "widths \(given) take away more than \(x.shape) has")
                }
                extents.append(total)
            }
            let target = try x.isHost ? inputs.limits.hostShape(extents) : inputs.shape(extents)
            if mode != "constant" { return [try x.extended(widths, mode, inputs)] }

            // What remains of the input after negative widths, and where it lies in the result.
            var (from, counts, to): ([Int], [Int], [Int]) = ([], [], [])
            for (extent, width) in zip(x.shape.dimensions, widths) {
                let start = min(max(0, -width.before), extent)
                let end = max(start, extent + min(0, width.after))
                from.append(start)
                counts.append(end - start)
                to.append(max(0, width.before))
            }
            let filling: HostArray
            if let value = inputs.optional(2) {
                filling = try value.array()
                guard filling.count == 1, filling.type == x.type || (filling.type.isReal && x.type.isReal) else {
                    throw SGCError(.format, "expected one element of \(x.type) to fill with, got \(filling.shape)")
                }
            } else {
                filling = try HostArray(integers: [0], shape: []).cast(to: x.type)
            }
            let (source, place) = (StridedBox(starts: from, counts: counts), StridedBox(starts: to, counts: counts))
            return [
                try x.moved(
                    tensor: { x throws(SGCError) in
                        try x.strided(source).placed(at: place, in: target, value: filling.reals[0])
                    },
                    array: { $0.strided(source).placed(at: place, in: target, filling: filling) })
            ]
        }
    }
}

extension Value {
    /// The value with elements of its own added before and after each axis, one axis after another.
    fileprivate func extended(
        _ widths: [(before: Int, after: Int)], _ mode: String, _ inputs: OperatorInputs
    ) throws(SGCError) -> Value {
        var result = self
        for (axis, width) in widths.enumerated() where width != (0, 0) {
            let extent = result.shape[axis]
            // Negative widths shorten what is repeated.
            let first = min(max(0, -width.before), extent)
            let kept = max(0, extent + min(0, width.after) - first)
            let (before, after) = (max(0, width.before), max(0, width.after))
            guard kept > 0 || before + after == 0 else {
                throw SGCError(.format, "axis \(axis) of \(shape) has nothing to be padded with")
            }
            _ = try inputs.limits.hostShape([before + kept + after])
            let indices = (-before..<kept + after).map { first + Self.source(of: $0, extent: kept, mode) }
            result = try result.gathered(indices, shape: [indices.count], axis: axis, inputs: inputs)
        }
        return result
    }

    /// The element that stands at `position`, which may be outside of 0 ..< `extent`.
    private static func source(of position: Int, extent: Int, _ mode: String) -> Int {
        switch mode {
        case "edge": return min(max(position, 0), extent - 1)
        case "wrap":
            let rest = position % extent
            return rest < 0 ? rest + extent : rest
        default:
            // Reflected at the outermost elements, again and again.
            let period = max(1, 2 * (extent - 1))
            let rest = position % period
            let place = rest < 0 ? rest + period : rest
            return place < extent ? place : period - place
        }
    }
}
