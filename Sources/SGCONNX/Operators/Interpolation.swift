import Glibc
import SGCBase
import SGCTensor

/// How Resize computes one axis: where an output position lies in the input, and which inputs it mixes.
struct Interpolation: Sendable {
    enum Coordinates: String, Sendable, CaseIterable {
        case halfPixel = "half_pixel", halfPixelSymmetric = "half_pixel_symmetric"
        case pytorchHalfPixel = "pytorch_half_pixel", alignCorners = "align_corners", asymmetric
        case halfPixelForNearest = "tf_half_pixel_for_nn", cropAndResize = "tf_crop_and_resize"
    }

    enum Mode: String, Sendable, CaseIterable { case nearest, linear, cubic }

    enum Rounding: String, Sendable, CaseIterable {
        case preferFloor = "round_prefer_floor", preferCeiling = "round_prefer_ceil", floor, ceiling = "ceil"
    }

    /// One axis to be resized.
    struct Axis {
        let input: Int, output: Int
        /// Output / input as the node states it; the output may have been rounded down.
        let scale: Double
        /// Begin and end of the region that is taken, as fractions of the axis.
        var region = (0.0, 1.0)

        var isWhole: Bool { region.0 == 0 && region.1 == 1 }
        var isUnchanged: Bool { input == output && abs(scale - 1) < 1e-9 && isWhole }
        /// Whether the output length is input · scale without rounding.
        var isExact: Bool { abs(scale * Double(input) - Double(output)) < 1e-4 && isWhole }
    }

    var coordinates = Coordinates.halfPixel
    var mode = Mode.nearest
    var rounding = Rounding.preferFloor
    var cubicFactor = -0.75
    var excludesOutside = false
    var isAntialiased = false

    /// The engine's mode that computes the same, if it has one.
    func fastMode(_ axes: [Axis]) -> ResizeMode? {
        guard axes.allSatisfy({ $0.isExact }) else { return nil }
        switch mode {
        case .nearest:
            return coordinates == .asymmetric && rounding == .floor ? .nearest : nil
        case .linear:
            let isHalfPixel =
                coordinates == .halfPixel || coordinates == .halfPixelSymmetric
                || (coordinates == .pytorchHalfPixel && axes.allSatisfy { $0.output > 1 })
            let isPlain = !isAntialiased || axes.allSatisfy { $0.output >= $0.input }
            return isHalfPixel && isPlain ? .bilinear : nil
        case .cubic: return nil
        }
    }

    /// What each output mixes, and whether it lies outside the input (which only a region can make it do).
    ///
    /// - Throws: `.limit` for too many inputs of all outputs together.
    func weights(_ axis: Axis, _ inputs: OperatorInputs) throws(SGCError) -> (rows: MixingWeights, isOutside: [Bool]) {
        let reach = 2 / (isAntialiased ? min(axis.scale, 1) : 1)
        _ = try inputs.limits.hostShape([axis.output, mode == .nearest ? 1 : 2 * Int(Int64(saturating: reach)) + 2])
        var rows = MixingWeights(inputs: axis.input)
        var isOutside: [Bool] = []
        isOutside.reserveCapacity(axis.output)
        for index in 0..<axis.output {
            let position = position(of: index, axis)
            guard position.isFinite, abs(position) < 1e15 else {
                throw SGCError(.format, "resize: output \(index) lies at \(position) of an axis of \(axis.input)")
            }
            let outside = coordinates == .cropAndResize && (position < 0 || position > Double(axis.input - 1))
            isOutside.append(outside)
            if !outside { try add(position, axis, to: &rows) }
            try rows.finishRow()
        }
        return (rows, isOutside)
    }

    /// Where output `index` lies on the input.
    private func position(of index: Int, _ axis: Axis) -> Double {
        let (x, extent) = (Double(index), Double(axis.input))
        let length = axis.scale * extent
        switch coordinates {
        case .halfPixel: return (x + 0.5) / axis.scale - 0.5
        case .halfPixelForNearest: return (x + 0.5) / axis.scale
        case .halfPixelSymmetric:
            let offset = extent / 2 * (1 - Double(axis.output) / length)
            return offset + (x + 0.5) / axis.scale - 0.5
        case .pytorchHalfPixel: return length == 1 ? -0.5 : (x + 0.5) / axis.scale - 0.5
        case .asymmetric: return x / axis.scale
        case .alignCorners: return length == 1 ? 0 : x * (extent - 1) / (length - 1)
        case .cropAndResize:
            let (begin, end) = axis.region
            let inside =
                length == 1 ? (end - begin) * (extent - 1) / 2 : x * (end - begin) * (extent - 1) / (length - 1)
            return begin * (extent - 1) + inside
        }
    }

    private func add(_ position: Double, _ axis: Axis, to rows: inout MixingWeights) throws(SGCError) {
        let low = Glibc.floor(position)
        let (start, ratio) = (Int(low), position - low)
        let last = axis.input - 1
        let scale = isAntialiased ? min(axis.scale, 1) : 1
        let reach: Double
        switch mode {
        case .nearest:
            return try rows.add(min(max(rounded(start, ratio), 0), last), weight: 1)
        case .linear: reach = 1
        case .cubic: reach = 2
        }
        // Inputs closer than reach / scale; beyond the ends the last pixel repeats, or nothing counts.
        let first = Int(Glibc.floor(-reach / scale)) + 1
        var entries: [(place: Int, weight: Double)] = []
        for offset in first...(1 - first) {
            let weight = kernel(abs(Double(offset) - ratio) * scale)
            let place = start + offset
            guard weight != 0, !excludesOutside || (0...last).contains(place) else { continue }
            entries.append((min(max(place, 0), last), weight))
        }
        let sum = isAntialiased || excludesOutside ? entries.reduce(0) { $0 + $1.weight } : 1
        for entry in entries { try rows.add(entry.place, weight: sum == 0 ? 0 : entry.weight / sum) }
    }

    private func rounded(_ start: Int, _ ratio: Double) -> Int {
        if ratio == 0 { return start }
        return switch rounding {
        case .preferFloor: ratio <= 0.5 ? start : start + 1
        case .preferCeiling: ratio < 0.5 ? start : start + 1
        case .floor: start
        case .ceiling: start + 1
        }
    }

    /// The weight of an input at distance `x`.
    private func kernel(_ x: Double) -> Double {
        mode == .linear ? max(0, 1 - x) : Self.cubicWeight(x, factor: cubicFactor)
    }

    /// Cubic convolution (Keys 1981) with a = `factor` at distance `x`.
    static func cubicWeight(_ x: Double, factor a: Double) -> Double {
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
    }
}
