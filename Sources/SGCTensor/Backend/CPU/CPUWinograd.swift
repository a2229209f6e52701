import CKernels
import COneDNN
import SGCBase

/// What identifies the compiled products of a block of tiles.
private struct WinogradKey: Hashable {
    let tiles: Int, inputs: Int, outputs: Int
    let steps: WinogradConvolution.Steps
    /// `nil` when oneDNN chooses.
    let weight: LayoutKey?
    let threads: Int
}

/// What identifies a transformed weight among those derived from the same bytes.
private struct PackingKey: Hashable {
    let layout: LayoutKey
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
    init?(input x: Shape, weight w: Shape, output y: Shape, geometry: ConvolutionGeometry, dataType: DataType) {
        var plain = geometry
        (plain.top, plain.left, plain.bottom, plain.right) = (0, 0, 0, 0)
        guard dataType == .float32, plain == ConvolutionGeometry(), w[2] == 3, w[3] == 3, w[0] % 16 == 0,
            w[1] % 16 == 0, w[1] >= Self.fewestChannels, w[0] >= Self.fewestChannels, w[0] * w[1] <= Self.largestWeight,
            y[1] * y[2] >= Self.smallestImage
        else { return nil }
        images = x[0]
        shape = sgc_winograd(
            height: x[1], width: x[2], inputs: x[3], out_height: y[1], out_width: y[2], outputs: y[3],
            top: geometry.top, left: geometry.left)
    }

    private static let fewestChannels = 32, smallestImage = 256, largestWeight = 1 << 16
    /// Bytes of transformed inputs and products that are worked on at once: they stay in the caches.
    private static let blockBytes = 4 << 20
    static let points = Int(SGC_WINOGRAD_POINTS)

    /// Computes y `[N, H', W', O]` from x `[N, H, W, C]`.
    ///
    /// - Parameter isMirrored: whether weight is `[C, O, 3, 3]` with kernels to be turned by 180°, as in a gradient.
    func callAsFunction(
        _ x: Tensor, weight: Tensor, isMirrored: Bool, bias: Tensor?, into y: Tensor, primitives: PrimitiveCache
    ) throws(SGCError) {
        let device = x.device
        let (total, block) = tiles(inBlocksOf: Self.blockBytes)
        let steps = Steps(block: block, shape)
        let usual = try product(tiles: block, steps, weight: nil, device, primitives)
        let packed = try packed(weight, isMirrored: isMirrored, as: usual.layout(dnnl_query_weights_md), primitives)
        let inputs = try Storage(byteCount: 4 * Self.points * steps.inputs, device: device)
        let products = try Storage(byteCount: 4 * Self.points * steps.outputs, device: device)
        for first in stride(from: 0, to: total, by: block) {
            try device.checkCancellation()
            let tiles = min(block, total - first)
            parallelFor(tiles, grain: 1, threads: device.threads) { range in
                unsafe sgc_winograd_inputs(
                    x.pointer(Float.self), inputs.floats, shape, steps.inputs, first, range.lowerBound, range.upperBound
                )
            }
            let product = try product(tiles: tiles, steps, weight: packed.layout, device, primitives)
            try product.execute(
                [
                    DNNArgument(DNNL_ARG_SRC, try layout(tiles, shape.inputs, step: steps.inputs), inputs),
                    DNNArgument(DNNL_ARG_WEIGHTS, packed.layout, packed.storage),
                    DNNArgument(DNNL_ARG_DST, try layout(tiles, shape.outputs, step: steps.outputs), products),
                ], on: device)
            parallelFor(tiles, grain: 1, threads: device.threads) { range in
                unsafe sgc_winograd_outputs(
                    products.floats, bias?.pointer(Float.self), y.pointer(Float.self), shape, steps.outputs, first,
                    range.lowerBound, range.upperBound)
            }
        }
    }

    /// How many tiles there are, and how many of them are worked on at once in about `bytes` for both sides' points.
    func tiles(inBlocksOf bytes: Int) -> (total: Int, block: Int) {
        let side = Int(SGC_WINOGRAD_TILE)
        let total = images * ((shape.out_height + side - 1) / side) * ((shape.out_width + side - 1) / side)
        let most = max(side, bytes / (4 * Self.points * (shape.inputs + shape.outputs)))
        let blocks = (total + most - 1) / most
        return (total, (total + blocks - 1) / blocks)
    }

    /// How many numbers lie between a point and the next, in inputs and in outputs.
    struct Steps: Hashable {
        let inputs: Int, outputs: Int

        /// One cache line more than needed: points that lay whole pages apart would fall on the same lines of the cache.
        init(block: Int, _ shape: sgc_winograd) {
            inputs = block * shape.inputs + 16
            outputs = block * shape.outputs + 16
        }
    }

    /// `[36, tiles, channels]`, each point `step` numbers behind the one before.
    func layout(_ tiles: Int, _ channels: Int, step: Int) throws(SGCError) -> DNNLayout {
        try DNNLayout([Self.points, tiles, channels], dnnl_f32, strides: [step, channels, 1])
    }

    /// The 36 products of a block of tiles.
    ///
    /// - Parameter weight: the layout of the weight; oneDNN chooses it when `nil`.
    private func product(
        tiles: Int, _ steps: Steps, weight: DNNLayout?, _ device: Device,
        _ primitives: PrimitiveCache
    ) throws(SGCError) -> DNNPrimitive {
        let key = WinogradKey(
            tiles: tiles, inputs: shape.inputs, outputs: shape.outputs, steps: steps,
            weight: weight.map(LayoutKey.init), threads: device.threads)
        return try primitives.primitive(key) { () throws(SGCError) in
            let weight = if let weight { weight } else { try layout(dnnl_format_tag_any) }
            let (source, target) = (
                try layout(tiles, shape.inputs, step: steps.inputs),
                try layout(tiles, shape.outputs, step: steps.outputs)
            )
            var operation = dnnl_matmul_desc_t()
            var (from, weights, bias, to) = (
                source.descriptor, weight.descriptor, dnnl_memory_desc_t(), target.descriptor
            )
            try check(unsafe dnnl_matmul_desc_init(&operation, &from, &weights, &bias, &to), "convolution")
            return try unsafe DNNPrimitive(&operation, name: "convolution")
        }
    }

    /// The transformed weight, `[36, C, O]`.
    private func layout(_ tag: dnnl_format_tag_t) throws(SGCError) -> DNNLayout {
        try DNNLayout([Self.points, shape.inputs, shape.outputs], dnnl_f32, tag)
    }

    /// The weight, transformed and in the layout `chosen`; kept with the weight until that changes.
    private func packed(
        _ weight: Tensor, isMirrored: Bool, as chosen: DNNLayout, _ primitives: PrimitiveCache
    ) throws(SGCError) -> PackedPoints {
        let key = PackingKey(layout: LayoutKey(chosen), isMirrored: isMirrored)
        return try weight.storage.derived(key) { () throws(SGCError) in
            let (inputs, outputs) = (shape.inputs, shape.outputs)
            let plain = try Storage(byteCount: 4 * Self.points * inputs * outputs, device: weight.device)
            parallelFor(inputs, grain: 4, threads: weight.device.threads) { range in
                unsafe sgc_winograd_weights(
                    weight.pointer(Float.self), plain.floats, inputs, outputs, isMirrored ? 1 : 0, range.lowerBound,
                    range.upperBound)
            }
            let storage = try CPUBackend.reorder(plain, from: layout(dnnl_abc), to: chosen, primitives)
            return PackedPoints(layout: chosen, storage: storage)
        }
    }
}

/// A transformed weight as oneDNN reads it.
private struct PackedPoints: Sendable {
    let layout: DNNLayout
    let storage: Storage
}

extension Storage {
    var floats: UnsafeMutablePointer<Float> { unsafe address.assumingMemoryBound(to: Float.self) }
}
