import Glibc
import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Sampling an image at given points, and the points of an affine map.
    static let gridSampling: [OperatorDefinition] = [
        OperatorDefinition("GridSample", opsets: 16...22, make: gridSample),
        OperatorDefinition("AffineGrid", opsets: 20...22, make: affineGrid),
    ]

    /// x `[N, C, …]` at the points of grid `[N, …, axes]`. The grid gets no gradient: one that is watched is refused.
    private static func gridSample(_ node: NodeReader) throws(SGCError) -> Kernel {
        let sampling = try GridSampling(node)
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            let grid = try inputs.array(1)
            let axes = x.rank - 2
            guard axes >= 1, grid.shape.rank == x.rank, grid.shape[0] == x.shape[0], grid.shape.last == axes,
                grid.type.isReal
            else {
                throw SGCError(.format, "a grid of the shape \(grid.shape) does not fit an input \(x.shape)")
            }
            let extents = Array(x.shape.dimensions.dropFirst(2))
            guard extents.allSatisfy({ $0 > 0 }) else {
                throw SGCError(.format, "an empty image of the shape \(x.shape) cannot be sampled")
            }
            let outputs = Array(grid.shape.dimensions.dropFirst().dropLast())
            let (count, channels) = (x.shape[0], x.shape[1])
            let target = try inputs.shape([count] + outputs + [channels])
            let pixels = extents.reduce(1, *)
            // Each point mixes 1, 2 or 4 pixels along each axis.
            let entries = try inputs.limits.hostShape(
                [grid.shape.count / max(1, axes)] + extents.map { _ in sampling.samplesPerAxis })
            try inputs.announce(elements: Double(entries.count) * Double(channels))
            var rows = MixingWeights(inputs: try inputs.shape([count, pixels]).count)
            let points = grid.reals
            let perImage = outputs.reduce(1, *)
            for index in 0..<count * perImage {
                // The last axis comes first in a point.
                let point = points[index * axes..<(index + 1) * axes].reversed()
                try sampling.add(Array(point), extents, start: index / max(1, perImage) * pixels, to: &rows)
                try rows.finishRow()
            }
            let image = try x.laid([0] + Array(2..<x.rank) + [1]).stored
            let mixed = try image.reshaped(try Shape([count * pixels, channels])).mixed(axis: 0, rows)
            return [.device(GraphTensor(channelsLast: try mixed.reshaped(target)))]
        }
    }

    /// Where each output pixel lies under the affine maps theta `[N, axes, axes + 1]` -> `[N, …, axes]`.
    private static func affineGrid(_ node: NodeReader) throws(SGCError) -> Kernel {
        let alignsCorners = try node.flag("align_corners")
        return { inputs throws(SGCError) in
            let theta = try inputs.tensor(0)
            let size = try inputs.integers(1)
            let axes = size.count - 2
            guard axes == 2 || axes == 3, theta.shape.dimensions == [size[0], axes, axes + 1] else {
                throw SGCError(.format, "theta of the shape \(theta.shape) does not fit the size \(size)")
            }
            let extents = Array(size.dropFirst(2))
            let target = try inputs.shape([size[0]] + extents + [axes])
            let points = try inputs.limits.hostShape(extents + [axes + 1])
            // Each pixel's place in -1...1, the last axis first, then 1.
            var values: [Float] = []
            values.reserveCapacity(points.count)
            let strides = Shape(known: extents).strides
            for index in 0..<extents.reduce(1, *) {
                for axis in (0..<axes).reversed() {
                    let (place, extent) = (Double(index / strides[axis] % extents[axis]), Double(extents[axis]))
                    values.append(
                        Float(
                            alignsCorners
                                ? (extent > 1 ? 2 * place / (extent - 1) - 1 : -1) : (2 * place + 1) / extent - 1))
                }
                values.append(1)
            }
            let flat = extents.reduce(1, *)
            let base = try Tensor(values, shape: try Shape([1, flat, axes + 1]), on: inputs.device)
                .broadcast(to: try Shape([size[0], flat, axes + 1]))
            let grid = try Tensor.matrixProduct(base, try theta.natural().cast(to: .float32), transposeB: true)
            return [.device(GraphTensor(try grid.reshaped(target)))]
        }
    }
}

/// The attributes of GridSample.
private struct GridSampling: Sendable {
    enum Padding: Sendable { case zeros, border, reflection }

    let mode: Interpolation.Mode
    let padding: Padding
    let alignsCorners: Bool

    /// The most pixels that a point mixes along one axis.
    var samplesPerAxis: Int {
        switch mode {
        case .nearest: 1
        case .linear: 2
        case .cubic: 4
        }
    }

    init(_ node: NodeReader) throws(SGCError) {
        let names = node.opset < 20 ? ["bilinear", "nearest", "bicubic"] : ["linear", "nearest", "cubic"]
        let name = try node.word("mode", default: names[0], of: names)
        mode = name == "nearest" ? .nearest : name.hasSuffix("linear") ? .linear : .cubic
        padding =
            switch try node.word("padding_mode", default: "zeros", of: ["zeros", "border", "reflection"]) {
            case "border": .border
            case "reflection": .reflection
            default: .zeros
            }
        alignsCorners = try node.flag("align_corners")
    }

    /// Adds what the point, in -1...1 along each axis, mixes of the pixels of an image that begins at `start`.
    func add(
        _ point: [Double], _ extents: [Int], start: Int, to rows: inout MixingWeights
    ) throws(SGCError) {
        var entries: [(position: Int, weight: Double)] = [(0, 1)]
        for (coordinate, extent) in zip(point, extents) {
            let places = samples(coordinate, extent)
            var next: [(position: Int, weight: Double)] = []
            for entry in entries {
                for place in places {
                    next.append((entry.position * extent + place.position, entry.weight * place.weight))
                }
            }
            entries = next
        }
        for entry in entries where entry.weight != 0 { try rows.add(start + entry.position, weight: entry.weight) }
    }

    /// The pixels along one axis that a coordinate mixes; none for one that is no number.
    private func samples(_ coordinate: Double, _ extent: Int) -> [(position: Int, weight: Double)] {
        let length = Double(extent)
        // In float32, as the coordinates of the format are: they decide between neighbours.
        var x = Double(
            Float(alignsCorners ? (coordinate + 1) / 2 * (length - 1) : ((coordinate + 1) * length - 1) / 2))
        if mode == .nearest { x = x.rounded(.toNearestOrEven) }
        guard x.isFinite, abs(x) < 1e15 else { return [] }
        let (low, high) = alignsCorners ? (0, length - 1) : (-0.5, length - 0.5)
        if x < low || x > high {
            switch padding {
            case .zeros: break
            // A cubic filter keeps its place: only the pixels that it reads are repeated.
            case .border: x = mode == .cubic ? x : min(max(x, 0), length - 1)
            case .reflection: x = reflected(x, low, high)
            }
        }
        let below = Glibc.floor(x)
        let (first, ratio) = (Int(below), x - below)
        switch mode {
        case .nearest: return pixel(first, 1, extent)
        case .linear: return pixel(first, 1 - ratio, extent) + pixel(first + 1, ratio, extent)
        case .cubic:
            return (-1...2).flatMap { offset in
                pixel(first + offset, Interpolation.cubicWeight(abs(Double(offset) - ratio), factor: -0.75), extent)
            }
        }
    }

    private func pixel(_ index: Int, _ weight: Double, _ extent: Int) -> [(position: Int, weight: Double)] {
        if (0..<extent).contains(index) { return [(index, weight)] }
        switch padding {
        case .zeros: return []
        case .border: return [(min(max(index, 0), extent - 1), weight)]
        case .reflection:
            let length = Double(extent)
            let (low, high) = alignsCorners ? (0, length - 1) : (-0.5, length - 0.5)
            let place = Int(reflected(Double(index), low, high))
            return [(min(max(place, 0), extent - 1), weight)]
        }
    }

    /// x mirrored at the ends until it lies between them.
    private func reflected(_ x: Double, _ low: Double, _ high: Double) -> Double {
        let range = high - low
        guard range > 0, x < low || x > high else { return min(max(x, low), high) }
        let distance = x < low ? low - x : x - high
        let folds = Glibc.floor(distance / range)
        let rest = distance - folds * range
        let isEven = folds.truncatingRemainder(dividingBy: 2) == 0
        return (x < low) == isEven ? low + rest : high - rest
    }
}
