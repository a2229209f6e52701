import CKernels
import SGCBase

/// What identifies a transformed weight among what is derived from the same bytes.
private struct TransformedKey: Hashable {
    let isMirrored: Bool
}

/// A convolution by Winograd's minimal filtering: inputs are transformed in blocks of tiles, multiplied by the
/// transformed weight, and transformed back (Lavin & Gray 2015).
///
/// A quarter of the multiplications, for four times the bytes of weight and more rounding than in the direct sum, within
/// the 2e-5 that every operation keeps to Reference in the tests. An infinity or NaN spreads over the 4x4 outputs of its tiles.
struct WinogradConvolution {
    let shape: sgc_winograd
    private let images: Int

    /// `nil` where the direct convolution is faster, the weight would take too much memory, or it is another kind.
    ///
    /// - Parameter isEnlarged: whether what is read has half the height and width of `input`, each pixel for four.
    init?(
        input x: Shape, weight w: Shape, output y: Shape, geometry: ConvolutionGeometry, dataType: DataType,
        isEnlarged: Bool = false
    ) {
        var plain = geometry
        (plain.top, plain.left, plain.bottom, plain.right) = (0, 0, 0, 0)
        guard plain == ConvolutionGeometry(), w[2] == 3, w[3] == 3, w[0] % 16 == 0, w[1] % 16 == 0,
            let fewest = Self.fewestChannels(dataType), min(w[0], w[1]) >= fewest, w[0] * w[1] <= Self.largestWeight,
            y[1] * y[2] >= Self.smallestImage
        else { return nil }
        images = x[0]
        shape = sgc_winograd(
            height: x[1], width: x[2], inputs: x[3], out_height: y[1], out_width: y[2], outputs: y[3],
            top: geometry.top, left: geometry.left, shift: isEnlarged ? 1 : 0)
    }

    private static let smallestImage = 256, largestWeight = 1 << 16

    /// With fewer channels the transforms take longer than what they save; `nil` for types that the kernels do not read.
    private static func fewestChannels(_ dataType: DataType) -> Int? {
        switch dataType {
        case .float32: 32
        // The direct convolution multiplies twice as fast.
        case .bfloat16: 64
        default: nil
        }
    }

    /// Bytes of transformed inputs and products that a thread works on at once: they stay in its core's cache.
    private static let blockBytes = 900 << 10
    /// Blocks between looks at the cancellation, for each thread.
    private static let patience = 128
    static let points = Int(SGC_WINOGRAD_POINTS)

    /// Computes y `[N, H', W', O]` from x `[N, H, W, C]`, both float32 or both bfloat16; inside, all is float32.
    ///
    /// - Parameters:
    ///   - isMirrored: whether weight is `[C, O, 3, 3]` with kernels to be turned by 180°, as in a gradient.
    ///   - residual: added to the result; of its shape and type.
    func callAsFunction(
        _ x: Tensor, weight: Tensor, isMirrored: Bool, bias: Tensor?, residual: Tensor? = nil, into y: Tensor
    ) throws(SGCError) {
        let (device, type) = (x.device, x.dataType.kernelCode)
        let transformed = try transformed(weight, isMirrored: isMirrored)
        let (total, block) = tiles(inBlocksOf: Self.blockBytes, atLeast: device.threads)
        let scratchSize = sgc_winograd_scratch(shape, block)
        let threads = min(device.threads, (total + block - 1) / block)
        let scratch = try Storage(byteCount: 4 * scratchSize * threads, device: device)
        let slab = Self.patience * block * threads
        for first in stride(from: 0, to: total, by: slab) {
            try device.checkCancellation()
            parallelBlocks(min(slab, total - first), of: block, threads: threads) { thread, tiles in
                let (begin, end) = (first + tiles.lowerBound, first + tiles.upperBound)
                unsafe sgc_winograd_convolve(
                    type, x.address(), transformed.floats, bias?.pointer(Float.self), y.address(), shape,
                    scratch.floats + thread * scratchSize, begin, end)
                if let residual { unsafe sgc_winograd_add(type, residual.address(), y.address(), shape, begin, end) }
            }
        }
    }

    /// The weight's points, `[36, C, O]`; kept with the weight until that changes.
    private func transformed(_ weight: Tensor, isMirrored: Bool) throws(SGCError) -> Storage {
        try weight.storage.derived(TransformedKey(isMirrored: isMirrored)) { () throws(SGCError) in
            let points = try Storage(byteCount: 4 * Self.points * shape.inputs * shape.outputs, device: weight.device)
            parallelFor(shape.inputs, grain: 4, threads: weight.device.threads) { range in
                unsafe sgc_winograd_weights(
                    weight.pointer(Float.self), points.floats, shape.inputs, shape.outputs, isMirrored ? 1 : 0,
                    range.lowerBound, range.upperBound)
            }
            return points
        }
    }

    /// How many tiles there are, and how many of them are worked on at once in about `bytes` for both sides' points: in
    /// at least `count` blocks where possible.
    func tiles(inBlocksOf bytes: Int, atLeast count: Int = 1) -> (total: Int, block: Int) {
        let side = Int(SGC_WINOGRAD_TILE)
        let total = images * ((shape.out_height + side - 1) / side) * ((shape.out_width + side - 1) / side)
        // Whole steps of the products, which compute full ones in any case.
        let step = Int(SGC_PRODUCT_ROWS)
        let most = max(step, bytes / (4 * Self.points * (shape.inputs + shape.outputs)) / step * step)
        let count = min(count, max(1, total / step))
        let blocks = ((total + most - 1) / most + count - 1) / count * count
        return (total, ((total + blocks - 1) / blocks + step - 1) / step * step)
    }
}

extension Storage {
    var floats: UnsafeMutablePointer<Float> { unsafe address.assumingMemoryBound(to: Float.self) }
}
