import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Parts of tensors, and tensors of parts.
    static let slicing: [OperatorDefinition] = [
        OperatorDefinition("Slice") { _ throws(SGCError) in slice },
        OperatorDefinition("Split", make: split),
        OperatorDefinition("Concat", make: concat),
    ]

    /// Elements `starts` ..< `ends` by `steps` of `axes`, cut to what there is.
    private static let slice: Kernel = { inputs throws(SGCError) in
        let x = try inputs.value(0)
        let (starts, ends) = (try inputs.integers(1), try inputs.integers(2))
        let given = try inputs.optionalIntegers(3) ?? Array(starts.indices)
        let steps = try inputs.optionalIntegers(4) ?? starts.map { _ in 1 }
        guard ends.count == starts.count, given.count == starts.count, steps.count == starts.count else {
            throw SGCError(
                .format, "starts \(starts), ends \(ends), axes \(given) and steps \(steps) differ in length")
        }
        let axes = try x.shape.distinctAxes(given)
        var first = [Int](repeating: 0, count: x.shape.rank)
        var by = [Int](repeating: 1, count: x.shape.rank)
        var counts = x.shape.dimensions
        for (i, axis) in axes.enumerated() {
            guard steps[i] != 0 else { throw SGCError(.format, "a step of 0 along axis \(axis)") }
            (first[axis], counts[axis]) = range(from: starts[i], to: ends[i], by: steps[i], extent: counts[axis])
            by[axis] = steps[i]
        }
        let box = StridedBox(starts: first, steps: by, counts: counts)
        return [
            try x.moved(
                tensor: { x throws(SGCError) in try x.strided(box) }, array: { $0.strided(box) })
        ]
    }

    /// Where a slice starts and how many elements it has; ends may be any numbers, the step any but 0.
    private static func range(from start: Int, to end: Int, by step: Int, extent: Int) -> (first: Int, count: Int) {
        let from = start < 0 ? start + extent : start
        let to = end < 0 ? end + extent : end
        let stride = Int(clamping: step.magnitude)
        let first, distance: Int
        if step > 0 {
            first = min(max(from, 0), extent)
            distance = min(max(to, 0), extent) - first
        } else {
            first = min(max(from, 0), extent - 1)
            distance = first - min(max(to, -1), extent - 1)
        }
        return distance > 0 ? (first, (distance - 1) / stride + 1) : (0, 0)
    }

    /// Parts along `axis`: of the extents `split` (an attribute, an input from opset 13 on), or of equal extents. From
    /// opset 18 on `num_outputs` tells how many, and the last may be smaller.
    private static func split(_ node: NodeReader) throws(SGCError) -> Kernel {
        let axis = try node.integer("axis", default: 0)
        let fixed = node.opset < 13 ? try node.integers("split") : nil
        let outputs = node.node.outputs.count
        let wanted = node.opset < 18 ? nil : try node.integer("num_outputs")
        if let wanted, wanted < max(1, outputs) || wanted > 1 << 31 {
            throw SGCError(
                .format, "attribute num_outputs: expected at least \(max(1, outputs)), at most 2³¹, got \(wanted)")
        }
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            let place = try x.shape.axis(axis)
            let extent = x.shape[place]
            let extents: [Int]
            if let given = fixed == nil ? try inputs.optionalIntegers(1) : fixed {
                var rest = extent
                for part in given {
                    guard (0...rest).contains(part) else { break }
                    rest -= part
                }
                guard rest == 0, given.allSatisfy({ $0 >= 0 }), given.reduce(0, &+) == extent else {
                    throw SGCError(.format, "parts of \(given) elements do not make up axis \(axis) of \(x.shape)")
                }
                extents = given
            } else {
                let parts = wanted ?? outputs
                let share = (extent + parts - 1) / max(1, parts)
                guard wanted != nil || share * parts == extent else {
                    throw SGCError(.format, "axis \(axis) of \(x.shape) does not divide into \(parts) equal parts")
                }
                extents = (0..<outputs).map { max(0, min(share, extent - $0 * share)) }
            }
            guard extents.count >= outputs else {
                throw SGCError(.format, "\(extents.count) parts for \(outputs) outputs")
            }
            var results: [Value] = []
            var start = 0
            for count in extents {
                var starts = [Int](repeating: 0, count: x.shape.rank)
                starts[place] = start
                let box = StridedBox(starts: starts, counts: x.shape.replacing(place, with: count).dimensions)
                results.append(
                    try x.moved(tensor: { x throws(SGCError) in try x.strided(box) }, array: { $0.strided(box) }))
                start += count
            }
            return results
        }
    }

    /// The inputs one after another along `axis`.
    private static func concat(_ node: NodeReader) throws(SGCError) -> Kernel {
        guard let axis = try node.integer("axis") else { throw SGCError(.format, "attribute axis is missing") }
        return { inputs throws(SGCError) in
            var parts: [Value] = []
            for index in 0..<inputs.count { parts.append(try inputs.value(index)) }
            guard let first = parts.first else { throw SGCError(.format, "expected at least one input") }
            let place = try first.shape.axis(axis)
            var total = 0
            for part in parts {
                guard part.shape.rank == first.shape.rank,
                    part.shape.replacing(place, with: 0) == first.shape.replacing(place, with: 0),
                    part.type == first.type || (part.type.isReal && first.type.isReal)
                else {
                    throw SGCError(
                        .format,
                        "\(part.type) \(part.shape) does not fit \(first.type) \(first.shape) along axis \(axis)")
                }
                total += part.shape[place]
            }
            if parts.count == 1 { return [first] }
            let target = first.shape.replacing(place, with: total).dimensions
            if inputs.areHost {
                _ = try inputs.limits.hostShape(target)
                var arrays: [HostArray] = []
                for part in parts { arrays.append(try part.array()) }
                return [.host(try HostArray.concatenated(arrays, axis: place))]
            }
            _ = try inputs.shape(target)
            var tensors: [GraphTensor] = []
            let isMask = first.type == .bool
            for part in parts {
                tensors.append(isMask ? try part.mask(on: inputs.device) : try part.tensor(on: inputs.device))
            }
            let result = try GraphTensor.concatenated(tensors, axis: place)
            return [isMask ? .mask(result) : .device(result)]
        }
    }
}
