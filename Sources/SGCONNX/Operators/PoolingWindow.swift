import SGCBase
import SGCTensor

/// Attributes of a pooling window, for any number of axes.
struct PoolingWindow: Sendable {
    let kernel: [Int]
    private let strides: [Int]
    private let dilations: [Int]
    /// Begin of each axis, then end of each axis; `nil` when ``isSame``.
    private let pads: [Int]?
    private let isOddAtEnd: Bool
    private let roundsUp: Bool

    /// The window along one axis of an image.
    struct Axis {
        let extent: Int, outputs: Int, kernel: Int, stride: Int, dilation: Int, before: Int, after: Int

        /// The pixels that window `index` covers, and how many of its places lie on image or padding.
        func window(_ index: Int) -> (pixels: [Int], places: Int) {
            let places = (0..<kernel).map { index * stride - before + $0 * dilation }
            return (places.filter { (0..<extent).contains($0) }, places.count { $0 < extent + after })
        }
    }

    /// The largest size of a window, stride, dilation or padding: beyond any image.
    private static let largest = 1 << 20

    /// Pixels that one window covers.
    var size: Double { kernel.reduce(1) { $0 * Double($1) } }

    /// - Throws: `.format` for sizes below 1, negative padding, and lists of different lengths.
    init(_ node: NodeReader) throws(SGCError) {
        guard let kernel = try Self.list(node, "kernel_shape", least: 1), !kernel.isEmpty else {
            throw SGCError(.format, "attribute kernel_shape is missing")
        }
        let ones = [Int](repeating: 1, count: kernel.count)
        self.kernel = kernel
        strides = try Self.list(node, "strides", least: 1) ?? ones
        dilations = try Self.list(node, "dilations", least: 1) ?? ones
        roundsUp = try node.flag("ceil_mode")
        let given = try Self.list(node, "pads", least: 0) ?? [Int](repeating: 0, count: 2 * kernel.count)
        let automatic = try node.word(
            "auto_pad", default: "NOTSET", of: ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"])
        isOddAtEnd = automatic == "SAME_UPPER"
        pads =
            switch automatic {
            case "NOTSET": given
            case "VALID": [Int](repeating: 0, count: 2 * kernel.count)
            default: nil
            }
        guard strides.count == kernel.count, dilations.count == kernel.count, given.count == 2 * kernel.count else {
            throw SGCError(
                .format, "attributes of the window differ in length: kernel_shape \(kernel), \(strides), \(given)")
        }
    }

    private static func list(_ node: NodeReader, _ name: String, least: Int) throws(SGCError) -> [Int]? {
        guard let values = try node.integers(name) else { return nil }
        guard values.allSatisfy({ (least...largest).contains($0) }) else {
            throw SGCError(.format, "attribute \(name): expected values in \(least)...\(largest), got \(values)")
        }
        return values
    }

    /// The windows along each of the axes of an image `[N, C, …]`.
    ///
    /// - Throws: `.format` when the image has another number of axes or is smaller than the window, `.unsupported`
    ///   when a window could lie on padding only.
    func axes(of image: Shape) throws(SGCError) -> [Axis] {
        guard image.rank == kernel.count + 2 else {
            throw SGCError(.format, "a window of \(kernel.count) axes does not fit the input \(image)")
        }
        var axes: [Axis] = []
        for i in kernel.indices {
            let (extent, stride) = (image[i + 2], strides[i])
            let window = dilations[i] * (kernel[i] - 1) + 1
            var (before, after) = (0, 0)
            if let pads {
                (before, after) = (pads[i], pads[i + kernel.count])
            } else {
                let total = max(0, (extent + stride - 1) / stride * stride - stride + window - extent)
                before = isOddAtEnd ? total / 2 : total - total / 2
                after = total - before
            }
            let free = extent + before + after - window
            guard free >= 0, extent > 0 else {
                throw SGCError(.format, "a window of \(kernel) does not fit the padded input \(image)")
            }
            guard max(before, after) < window else {
                throw SGCError(.unsupported, "padding of \(before) and \(after) is as wide as the window of \(window)")
            }
            var outputs = free / stride + 1
            if roundsUp {
                outputs = (free + stride - 1) / stride + 1
                // The last window starts on the image or on the padding before it.
                if (outputs - 1) * stride >= extent + before { outputs -= 1 }
            }
            axes.append(
                Axis(
                    extent: extent, outputs: outputs, kernel: kernel[i], stride: stride, dilation: dilations[i],
                    before: before, after: after))
        }
        return axes
    }

    /// The engine's geometry for one or two axes; a line is an image of height 1.
    func geometry(
        _ function: PoolingGeometry.Function, _ axes: [Axis], countsPadding: Bool
    ) -> PoolingGeometry {
        var geometry = PoolingGeometry(function, kernel: 1, stride: 1, countsPadding: countsPadding)
        geometry.roundsUp = roundsUp
        if let columns = axes.last {
            geometry.kernelWidth = columns.kernel
            geometry.strideWidth = columns.stride
            geometry.dilationWidth = columns.dilation
            (geometry.left, geometry.right) = (columns.before, columns.after)
        }
        if axes.count == 2 {
            geometry.kernelHeight = axes[0].kernel
            geometry.strideHeight = axes[0].stride
            geometry.dilationHeight = axes[0].dilation
            (geometry.top, geometry.bottom) = (axes[0].before, axes[0].after)
        }
        return geometry
    }

    /// Every window as a row over the image's positions, with the weight `weight(covered pixels, places)` each.
    static func rows(
        _ axes: [Axis], limits: RunLimits, weight: (Int, Int) -> Double
    ) throws(SGCError) -> MixingWeights {
        let input = try limits.hostShape(axes.map(\.extent))
        let output = try limits.hostShape(axes.map(\.outputs))
        _ = try limits.hostShape([output.count] + axes.map(\.kernel))
        let steps = input.strides
        let windows = axes.map { axis in (0..<axis.outputs).map { axis.window($0) } }
        var rows = MixingWeights(inputs: input.count)
        var index = [Int](repeating: 0, count: axes.count)
        for _ in 0..<output.count {
            var positions = [0]
            var places = 1
            for (axis, i) in index.enumerated() {
                let window = windows[axis][i]
                places *= window.places
                positions = positions.flatMap { start in window.pixels.map { start + $0 * steps[axis] } }
            }
            let share = weight(positions.count, places)
            for position in positions { try rows.add(position, weight: share) }
            try rows.finishRow()
            for axis in index.indices.reversed() {
                index[axis] += 1
                if index[axis] < output[axis] { break }
                index[axis] = 0
            }
        }
        return rows
    }
}
