import Glibc
import SGCBase
import SGCTensor

extension OperatorRegistry {
    static let regions: [OperatorDefinition] = [
        OperatorDefinition("RoiAlign", make: roiAlign)
    ]

    /// Regions of x `[N, C, H, W]`, each resampled to one size (He et al. 2017, section 3).
    ///
    /// Means are computed on the device. A maximum is taken over the weighted pixels themselves, as the format's own
    /// evaluator does, in plain memory.
    private static func roiAlign(_ node: NodeReader) throws(SGCError) -> Kernel {
        let sampling = try RegionSampling(node)
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            let regions = try inputs.array(1)
            let images = try inputs.integers(2)
            guard x.rank == 4, x.shape[2] > 0, x.shape[3] > 0, regions.shape.dimensions == [images.count, 4],
                regions.type.isReal, images.allSatisfy({ (0..<x.shape[0]).contains($0) })
            else {
                throw SGCError(
                    .format, "regions \(regions.shape) of images \(images) do not fit the input \(x.shape)")
            }
            let (height, width, channels) = (x.shape[2], x.shape[3], x.shape[1])
            let target = try inputs.shape([images.count, sampling.height, sampling.width, channels])
            let corners = regions.reals
            var rows = MixingWeights(inputs: x.shape[0] * height * width)
            for (index, image) in images.enumerated() {
                try sampling.add(
                    Array(corners[4 * index..<4 * index + 4]), height: height, width: width,
                    start: image * height * width, channels: channels, inputs: inputs, to: &rows)
            }
            let pixels = try x.laid([0, 2, 3, 1]).stored.reshaped(try Shape([rows.inputs, channels]))
            guard sampling.takesMaximum else {
                return [.device(GraphTensor(channelsLast: try pixels.mixed(axis: 0, rows).reshaped(target)))]
            }
            let values = try Value.device(GraphTensor(pixels)).array().reals
            var results = [Double](repeating: 0, count: target.count)
            for row in 0..<rows.outputs {
                let entries = Int(rows.starts[row])..<Int(rows.starts[row + 1])
                for channel in 0..<channels where !entries.isEmpty {
                    results[row * channels + channel] = entries.reduce(-.infinity) { largest, entry in
                        max(
                            largest,
                            Double(rows.weights[entry]) * values[Int(rows.positions[entry]) * channels + channel])
                    }
                }
            }
            let tensor = try Tensor(results.map { Float($0) }, shape: target, on: inputs.device)
            return [.device(GraphTensor(channelsLast: tensor))]
        }
    }
}

/// The attributes of RoiAlign.
private struct RegionSampling: Sendable {
    let height: Int, width: Int
    let takesMaximum: Bool
    /// Samples along each side of an output; 0: as many as it has pixels.
    private let samples: Int
    private let scale: Double
    private let isHalfPixel: Bool

    init(_ node: NodeReader) throws(SGCError) {
        height = try node.integer("output_height", default: 1)
        width = try node.integer("output_width", default: 1)
        samples = try node.integer("sampling_ratio", default: 0)
        scale = try node.real("spatial_scale", default: 1)
        takesMaximum = try node.word("mode", default: "avg", of: ["avg", "max"]) == "max"
        let coordinates = try node.word(
            "coordinate_transformation_mode", default: node.opset < 16 ? "output_half_pixel" : "half_pixel",
            of: ["half_pixel", "output_half_pixel"])
        isHalfPixel = coordinates == "half_pixel"
        guard (1...(1 << 16)).contains(height), (1...(1 << 16)).contains(width), (0...(1 << 10)).contains(samples)
        else {
            throw SGCError(
                .format, "expected an output of at least 1x1, got \(height)x\(width) with \(samples) samples")
        }
    }

    /// Adds a row for each output of one region, given by its left, top, right and bottom.
    func add(
        _ region: [Double], height imageHeight: Int, width imageWidth: Int, start: Int, channels: Int,
        inputs: OperatorInputs, to rows: inout MixingWeights
    ) throws(SGCError) {
        let offset = isHalfPixel ? 0.5 : 0
        let (left, top) = (region[0] * scale - offset, region[1] * scale - offset)
        var across = region[2] * scale - offset - left
        var down = region[3] * scale - offset - top
        if !isHalfPixel { (across, down) = (max(across, 1), max(down, 1)) }
        (across, down) = (across / Double(width), down / Double(height))
        let columns = samples > 0 ? Double(samples) : Glibc.ceil(across)
        let lines = samples > 0 ? Double(samples) : Glibc.ceil(down)
        guard left.isFinite, top.isFinite, columns.isFinite, lines.isFinite, abs(columns) < 1e5, abs(lines) < 1e5 else {
            throw SGCError(.format, "the region \(region) is too large or no region")
        }
        let (m, n) = (max(0, Int(lines)), max(0, Int(columns)))
        let entries = try inputs.limits.hostShape([height, width, m, n, 4]).count + rows.positions.count
        _ = try inputs.limits.hostShape([entries])
        try inputs.announce(elements: Double(height) * Double(width) * Double(m * n * 4) * Double(channels))
        let share = takesMaximum ? 1 : 1 / Double(max(1, m * n))
        for row in 0..<height {
            for column in 0..<width {
                for i in 0..<m {
                    let y = top + down * (Double(row) + (Double(i) + 0.5) / lines)
                    for j in 0..<n {
                        let x = left + across * (Double(column) + (Double(j) + 0.5) / columns)
                        let isInside = y >= -1 && y <= Double(imageHeight) && x >= -1 && x <= Double(imageWidth)
                        // A sample outside counts as 0.
                        guard isInside else {
                            if takesMaximum { try rows.add(start, weight: 0) }
                            continue
                        }
                        for (line, u) in neighbours(y, imageHeight) {
                            for (place, v) in neighbours(x, imageWidth) {
                                try rows.add(start + line * imageWidth + place, weight: u * v * share)
                            }
                        }
                    }
                }
                try rows.finishRow()
            }
        }
    }

    /// The two pixels along one axis next to a position, with their weights.
    private func neighbours(_ position: Double, _ extent: Int) -> [(Int, Double)] {
        let x = max(position, 0)
        let low = Int(x)
        if low >= extent - 1 { return [(extent - 1, 1), (extent - 1, 0)] }
        return [(low, 1 - (x - Double(low))), (low + 1, x - Double(low))]
    }
}
