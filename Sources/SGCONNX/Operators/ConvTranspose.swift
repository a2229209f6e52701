import SGCBase
import SGCTensor

extension OperatorRegistry {
    static let convTranspose: [OperatorDefinition] = [
        OperatorDefinition("ConvTranspose", make: convTranspose)
    ]

    /// The adjoint of a convolution of `[N, C, H, W]` (or `[N, C, L]`) with weights `[C, O/group, kH, kW]`.
    private static func convTranspose(_ node: NodeReader) throws(SGCError) -> Kernel {
        let window = try SpatialWindow(node)
        let groups = try node.integer("group", default: 1)
        guard groups > 0 else { throw SGCError(.format, "attribute group: expected at least 1, got \(groups)") }
        let outputPadding = try sizes(node, "output_padding")
        let outputShape = try sizes(node, "output_shape")
        return { inputs throws(SGCError) in
            let (x, weight) = (try inputs.tensor(0), try inputs.tensor(1))
            let image = try SpatialImage(x)
            let w = try image.kernel(weight)
            guard w.shape[0] == image.channels, w.shape[0] % groups == 0 else {
                throw SGCError(
                    .format, "input \(x.shape) and weight \(weight.shape) do not fit with \(groups) groups")
            }
            var geometry = try window.geometry(height: image.height, width: image.width, kernel: w.shape)
            geometry.groups = groups
            let axisCount = x.rank - 2
            let padding = outputPadding ?? [Int](repeating: 0, count: axisCount)
            guard padding.count == axisCount, (outputShape ?? padding).count == axisCount else {
                throw SGCError(.format, "output_padding or output_shape does not fit the input \(x.shape)")
            }
            let rows = Extent(
                input: image.height, kernel: w.shape[2], stride: geometry.strideHeight,
                dilation: geometry.dilationHeight, before: geometry.top, after: geometry.bottom,
                added: axisCount == 2 ? padding[0] : 0
            ).fitted(to: axisCount == 2 ? outputShape?[0] : nil, window.padding)
            let columns = Extent(
                input: image.width, kernel: w.shape[3], stride: geometry.strideWidth,
                dilation: geometry.dilationWidth, before: geometry.left, after: geometry.right,
                added: padding[axisCount - 1]
            ).fitted(to: outputShape?[axisCount - 1], window.padding)
            guard rows.output > 0, columns.output > 0 else {
                throw SGCError(.format, "the padding leaves nothing of the output for input \(x.shape)")
            }
            let channels = w.shape[1] * groups
            _ = try inputs.shape([x.shape[0], rows.output, columns.output, channels])
            try inputs.announce(products: Double(x.stored.count) * Double(w.count / w.shape[0]))
            (geometry.top, geometry.bottom) = (rows.before, rows.after)
            (geometry.left, geometry.right) = (columns.before, columns.after)

            let bias = try inputs.optional(2) == nil ? nil : inputs.channels(2, channels)
            let (down, right) = (rows.beyond, columns.beyond)
            let source = try image.tensor.cast(to: inputs.precision)
            let inner = (height: rows.added - down, width: columns.added - right)
            if down == 0, right == 0 {
                let y = try source.transposedConvolution(
                    weight: w, bias: bias, geometry: geometry, outputPadding: inner)
                return [.device(try image.restored(y))]
            }
            // Rows and columns that no input reaches hold the bias alone.
            var y = try source.transposedConvolution(weight: w, bias: nil, geometry: geometry, outputPadding: inner)
            y = try y.padded(axis: 1, before: 0, after: down).padded(axis: 2, before: 0, after: right)
            if let bias { y = try y + bias.cast(to: y.dataType) }
            return [.device(try image.restored(y))]
        }
    }

    private static func sizes(_ node: NodeReader, _ name: String) throws(SGCError) -> [Int]? {
        guard let values = try node.integers(name) else { return nil }
        guard values.allSatisfy({ (0...(1 << 31)).contains($0) }) else {
            throw SGCError(.format, "attribute \(name): expected sizes of at least 0, got \(values)")
        }
        return values
    }
}

/// One axis of a transposed convolution.
private struct Extent {
    let input: Int, kernel: Int, stride: Int, dilation: Int
    /// What is cut off the full output at its begin and end.
    var before: Int, after: Int
    /// What is added to the end.
    var added: Int

    private var full: Int { (input - 1) * stride + dilation * (kernel - 1) + 1 }
    var output: Int { full - before - after + added }
    /// How much of ``added`` no input reaches, because a window would start there.
    var beyond: Int { max(0, added - (stride - 1)) }

    /// With widths chosen so that the output has `size`, or input · stride when padding is to keep the size.
    func fitted(to size: Int?, _ padding: SpatialWindow.Padding) -> Extent {
        var result = self
        var oddAtEnd = false
        var wanted = size
        if case .same(let atEnd) = padding {
            oddAtEnd = atEnd
            wanted = size ?? input * stride
        }
        guard let wanted else { return self }
        let total = full + added - wanted
        guard total >= 0 else {
            (result.before, result.after) = (0, 0)
            result.added = added - total
            return result
        }
        result.before = oddAtEnd ? total / 2 : total - total / 2
        result.after = total - result.before
        return result
    }
}
