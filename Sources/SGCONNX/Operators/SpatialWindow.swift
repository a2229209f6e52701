import SGCBase
import SGCTensor

/// Attributes of a window that slides over an image: kernel size, strides, dilations, padding. One or two axes.
struct SpatialWindow: Sendable {
    /// How padding is chosen.
    enum Padding: Sendable {
        /// The stated widths: begin of each axis, then end of each axis.
        case explicit([Int])
        /// Output = input / stride, rounded up; what is odd goes to the end (or the begin).
        case same(oddAtEnd: Bool)
        case none
    }

    /// `nil` when the kernel's size is that of the weights.
    let kernel: [Int]?
    let strides: [Int]?
    let dilations: [Int]?
    let padding: Padding

    /// - Throws: `.format` for sizes below 1 and negative padding.
    init(_ node: NodeReader) throws(SGCError) {
        kernel = try Self.positive(node, "kernel_shape")
        strides = try Self.positive(node, "strides")
        dilations = try Self.positive(node, "dilations")
        let pads = try node.integers("pads")
        switch try node.word(
            "auto_pad", default: "NOTSET", of: ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"])
        {
        case "SAME_UPPER": padding = .same(oddAtEnd: true)
        case "SAME_LOWER": padding = .same(oddAtEnd: false)
        case "VALID": padding = .none
        default:
            if let pads {
                guard pads.count % 2 == 0, pads.allSatisfy({ (0...Self.largest).contains($0) }) else {
                    throw SGCError(.format, "attribute pads: expected widths in 0...\(Self.largest), got \(pads)")
                }
                padding = .explicit(pads)
            } else {
                padding = .none
            }
        }
    }

    /// The largest size of a window, stride, dilation or padding: beyond any image.
    private static let largest = 1 << 20

    private static func positive(_ node: NodeReader, _ name: String) throws(SGCError) -> [Int]? {
        guard let values = try node.integers(name) else { return nil }
        guard (1...2).contains(values.count) else {
            throw SGCError(.unsupported, "attribute \(name): windows of 1 or 2 axes are supported, got \(values)")
        }
        guard values.allSatisfy({ (1...largest).contains($0) }) else {
            throw SGCError(.format, "attribute \(name): expected values in 1...\(largest), got \(values)")
        }
        return values
    }

    /// The geometry for an image and a kernel `[…, kH, kW]`; a window of one axis moves along the width.
    ///
    /// - Throws: `.format` when attributes and image disagree about the number of axes.
    func geometry(height: Int, width: Int, kernel shape: Shape) throws(SGCError) -> ConvolutionGeometry {
        let extents = (shape[shape.rank - 2], shape[shape.rank - 1])
        if let kernel {
            guard kernel == [extents.0, extents.1] || kernel == [extents.1] else {
                throw SGCError(.format, "attribute kernel_shape: \(kernel) is not the size of the weights \(shape)")
            }
        }
        var geometry = ConvolutionGeometry()
        (geometry.strideHeight, geometry.strideWidth) = try Self.pair(strides, "strides")
        (geometry.dilationHeight, geometry.dilationWidth) = try Self.pair(dilations, "dilations")
        switch padding {
        case .none: break
        case .explicit(let pads) where pads.count == 4:
            (geometry.top, geometry.left, geometry.bottom, geometry.right) = (pads[0], pads[1], pads[2], pads[3])
        case .explicit(let pads):
            guard pads.count == 2, height == 1 else {
                throw SGCError(.format, "attribute pads: \(pads) does not fit an image of 2 axes")
            }
            (geometry.left, geometry.right) = (pads[0], pads[1])
        case .same(let oddAtEnd):
            (geometry.top, geometry.bottom) = Self.same(
                height, extents.0, geometry.strideHeight, geometry.dilationHeight, oddAtEnd)
            (geometry.left, geometry.right) = Self.same(
                width, extents.1, geometry.strideWidth, geometry.dilationWidth, oddAtEnd)
        }
        return geometry
    }

    private static func pair(_ values: [Int]?, _ name: String) throws(SGCError) -> (Int, Int) {
        guard let values else { return (1, 1) }
        return values.count == 2 ? (values[0], values[1]) : (1, values[0])
    }

    private static func same(
        _ extent: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ oddAtEnd: Bool
    ) -> (Int, Int) {
        let outputs = (extent + stride - 1) / stride
        let total = max(0, (outputs - 1) * stride + dilation * (kernel - 1) + 1 - extent)
        return oddAtEnd ? (total / 2, total - total / 2) : (total - total / 2, total / 2)
    }
}

/// A graph tensor `[N, C, H, W]` or `[N, C, L]` as an image of the engine; a line is an image of height 1.
struct SpatialImage {
    /// `[N, H, W, C]`.
    let tensor: Tensor
    private let isLine: Bool

    /// - Throws: `.unsupported` for another rank.
    init(_ x: GraphTensor) throws(SGCError) {
        switch x.rank {
        case 4:
            tensor = try x.channelsLast()
            isLine = false
        case 3:
            let line = try x.channelsLast()
            tensor = try line.reshaped([line.shape[0], 1, line.shape[1], line.shape[2]])
            isLine = true
        default:
            throw SGCError(.unsupported, "expected an image [N, C, H, W] or a line [N, C, L], got \(x.shape)")
        }
    }

    var height: Int { tensor.shape[1] }
    var width: Int { tensor.shape[2] }
    var channels: Int { tensor.shape[3] }

    /// Weights `[O, C/group, kH, kW]`; those of a line get a kernel height of 1.
    func kernel(_ weight: GraphTensor) throws(SGCError) -> Tensor {
        let w = try weight.natural()
        guard w.rank == (isLine ? 3 : 4), w.count > 0 else {
            throw SGCError(.format, "expected weights of \(isLine ? 3 : 4) axes, got \(w.shape)")
        }
        return isLine ? try w.reshaped([w.shape[0], w.shape[1], 1, w.shape[2]]) : w
    }

    /// A result `[N, H', W', O]` as the graph thinks of it.
    func restored(_ y: Tensor) throws(SGCError) -> GraphTensor {
        guard isLine else { return GraphTensor(channelsLast: y) }
        return GraphTensor(channelsLast: try y.reshaped([y.shape[0], y.shape[1] * y.shape[2], y.shape[3]]))
    }
}
