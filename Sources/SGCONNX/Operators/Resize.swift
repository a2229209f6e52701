import SGCBase
import SGCTensor

extension OperatorRegistry {
    static let resize: [OperatorDefinition] = [
        OperatorDefinition("Resize", make: resize)
    ]

    /// Resampling along any axes. Axes are mixed one after another; what the engine's own resizing computes goes there.
    private static func resize(_ node: NodeReader) throws(SGCError) -> Kernel {
        let options = try ResizeOptions(node)
        return { inputs throws(SGCError) in
            let value = try inputs.value(0)
            guard value.type.isReal else { return [.host(try resized(try value.array(), options, inputs))] }
            let x = try value.tensor(on: inputs.device)
            return [.device(try options.applied(options.changes(of: x.shape, inputs), to: x, inputs))]
        }
    }

    /// Whole numbers are taken as they are: nearest only.
    private static func resized(
        _ array: HostArray, _ options: ResizeOptions, _ inputs: OperatorInputs
    ) throws(SGCError) -> HostArray {
        guard options.interpolation.mode == .nearest, options.interpolation.coordinates != .cropAndResize else {
            throw SGCError(.unsupported, "elements of type \(array.type) are resized in mode nearest only")
        }
        var result = array
        for (axis, change) in try options.changes(of: array.shape, inputs) {
            let rows = try options.interpolation.weights(change, inputs).rows
            let shape = result.shape
            let target = try inputs.limits.hostShape(shape.replacing(axis, with: change.output).dimensions)
            let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
            let positions = (0..<target.count).map { index in
                let (outer, rest) = (index / inner / change.output, index / inner % change.output)
                return (outer * change.input + Int(rows.positions[rest])) * inner + index % inner
            }
            result = result.selected(positions, shape: target)
        }
        return result
    }
}

/// The attributes of Resize, and what they make of a shape.
struct ResizeOptions: Sendable {
    enum Policy: String, CaseIterable { case stretch, notLarger = "not_larger", notSmaller = "not_smaller" }

    var interpolation = Interpolation()
    let outsideValue: Double
    let axes: [Int]?
    let policy: Policy

    init(_ node: NodeReader) throws(SGCError) {
        interpolation.coordinates = try Self.choice(
            node, "coordinate_transformation_mode", .halfPixel, node.opset < 13 ? [] : [.halfPixelForNearest])
        interpolation.mode = try Self.choice(node, "mode", .nearest)
        interpolation.rounding = try Self.choice(node, "nearest_mode", .preferFloor)
        interpolation.cubicFactor = try node.real("cubic_coeff_a", default: -0.75)
        interpolation.excludesOutside = try node.flag("exclude_outside")
        interpolation.isAntialiased = try node.flag("antialias")
        outsideValue = try node.real("extrapolation_value", default: 0)
        axes = try node.integers("axes")
        policy = try Self.choice(node, "keep_aspect_ratio_policy", .stretch)
    }

    private static func choice<Choice: RawRepresentable & CaseIterable & Equatable>(
        _ node: NodeReader, _ name: String, _ standard: Choice, _ excluded: [Choice] = []
    ) throws(SGCError) -> Choice where Choice.RawValue == String {
        let allowed = Choice.allCases.filter { !excluded.contains($0) }.map(\.rawValue)
        return Choice(rawValue: try node.word(name, default: standard.rawValue, of: allowed)) ?? standard
    }

    /// The axes that change, ascending.
    ///
    /// - Throws: `.format` for scales that are no positive numbers and sizes below 1, `.limit` for too large a result.
    func changes(of shape: Shape, _ inputs: OperatorInputs) throws(SGCError) -> [(
        axis: Int, change: Interpolation.Axis
    )] {
        var chosen = Array(0..<shape.rank)
        if let axes {
            _ = try shape.axes(axes)
            chosen = []
            for axis in axes { chosen.append(try shape.axis(axis)) }
        }
        let regions = try region(chosen.count, inputs)
        var changes: [(axis: Int, change: Interpolation.Axis)] = []
        for (index, (output, scale)) in try outputs(of: chosen.map { shape[$0] }, inputs).enumerated() {
            let input = shape[chosen[index]]
            guard input > 0 || output == 0 else {
                throw SGCError(.format, "an empty axis of the shape \(shape) cannot be resized")
            }
            changes.append(
                (
                    chosen[index],
                    Interpolation.Axis(input: input, output: output, scale: scale, region: regions[index])
                ))
        }
        var target = shape.dimensions
        for (axis, change) in changes { target[axis] = change.output }
        _ = try inputs.shape(target)
        return changes.filter { !$0.change.isUnchanged }.sorted { $0.axis < $1.axis }
    }

    /// Resizes along the axes that change. What the engine's own resizing computes goes there; else axes are mixed one
    /// after another.
    func applied(
        _ changes: [(axis: Int, change: Interpolation.Axis)], to x: GraphTensor, _ inputs: OperatorInputs
    ) throws(SGCError) -> GraphTensor {
        guard !changes.isEmpty else { return x }
        let isImage = x.rank == 4 && changes.allSatisfy { $0.axis >= 2 }
        var result = isImage ? try x.laid([0, 2, 3, 1]) : x
        if isImage, let mode = interpolation.fastMode(changes.map(\.change)) {
            func output(_ axis: Int) -> Int { changes.first { $0.axis == axis }?.change.output ?? x.shape[axis] }
            return try result.map { y throws(SGCError) in
                try y.resized(height: output(2), width: output(3), mode: mode)
            }
        }
        for (axis, change) in changes {
            let (rows, isOutside) = try interpolation.weights(change, inputs)
            try inputs.announce(
                elements: Double(rows.positions.count) * Double(result.shape.replacing(axis, with: 1).count))
            let place = result.order[axis]
            result = try result.map { y throws(SGCError) in
                let mixed = try y.mixed(axis: place, rows)
                guard outsideValue != 0, isOutside.contains(true) else { return mixed }
                var extents = [Int](repeating: 1, count: y.rank)
                extents[place] = change.output
                let values = isOutside.map { $0 ? Float(outsideValue) : 0 }
                return try mixed + Tensor(values, shape: try Shape(extents), y.dataType, on: y.device)
            }
        }
        return result
    }

    /// Output lengths and scales from the third or fourth input.
    private func outputs(of extents: [Int], _ inputs: OperatorInputs) throws(SGCError) -> [(Int, Double)] {
        let scales = try inputs.optional(2)?.array().reals ?? []
        let sizes = try inputs.optionalIntegers(3) ?? []
        guard scales.isEmpty != sizes.isEmpty else {
            throw SGCError(.format, "expected either scales or sizes, got \(scales) and \(sizes)")
        }
        guard scales.count + sizes.count == extents.count else {
            throw SGCError(.format, "expected \(extents.count) scales or sizes, got \(scales.count + sizes.count)")
        }
        var results: [(Int, Double)] = []
        if sizes.isEmpty {
            for (extent, scale) in zip(extents, scales) {
                guard scale.isFinite, scale > 0 else {
                    throw SGCError(.format, "expected scales above 0, got \(scales)")
                }
                let length = Float(extent) * Float(scale)
                guard length < Float(1 << 40) else {
                    throw SGCError(.limit, "an axis of \(extent) times \(scale) is too long")
                }
                guard length >= 1 || extent == 0 else {
                    throw SGCError(.format, "a scale of \(scale) leaves nothing of an axis of \(extent)")
                }
                results.append((Int(length), scale))
            }
            return results
        }
        guard sizes.allSatisfy({ (1...(1 << 40)).contains($0) }) else {
            throw SGCError(
                sizes.contains { $0 > 1 << 40 } ? .limit : .format, "expected sizes of at least 1, got \(sizes)")
        }
        let ratios = zip(extents, sizes).map { Double($1) / Double(max(1, $0)) }
        guard policy != .stretch, let least = ratios.min(), let most = ratios.max() else {
            return Array(zip(sizes, ratios))
        }
        let scale = policy == .notLarger ? least : most
        for extent in extents {
            let length = scale * Double(extent) + 0.5
            guard length < 1e12 else { throw SGCError(.limit, "an axis of \(extent) times \(scale) is too long") }
            results.append((max(1, Int(length)), scale))
        }
        return results
    }

    /// The region that is taken: begins of all axes, then ends.
    private func region(_ count: Int, _ inputs: OperatorInputs) throws(SGCError) -> [(Double, Double)] {
        guard interpolation.coordinates == .cropAndResize else {
            return [(Double, Double)](repeating: (0, 1), count: count)
        }
        let values = try inputs.optional(1)?.array().reals ?? []
        guard values.count == 2 * count, values.allSatisfy({ $0.isFinite }) else {
            throw SGCError(.format, "roi: expected \(2 * count) numbers, got \(values)")
        }
        return (0..<count).map { (values[$0], values[$0 + count]) }
    }
}
