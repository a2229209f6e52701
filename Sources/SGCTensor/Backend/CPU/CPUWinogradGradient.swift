import CKernels
import COneDNN
import SGCBase

/// What identifies the compiled products of a block of tiles for the gradient of a weight.
private struct WinogradGradientKey: Hashable {
    let tiles: Int, block: Int, inputs: Int, outputs: Int
    let threads: Int
}

// The gradient of the weight: the adjoint of the same transforms, with 36 products that sum over all tiles.
extension WinogradConvolution {
    /// Bytes of points of both sides at once: more than forward, since every block is added to the sums once.
    private static let gradientBlockBytes = 16 << 20

    /// The gradient `[O, C, 3, 3]` of the weight, from the input x `[N, H, W, C]` and the output's dy `[N, H', W', O]`.
    func weightGradient(_ x: Tensor, _ dy: Tensor, primitives: PrimitiveCache) throws(SGCError) -> Tensor {
        let device = x.device
        let (inputs, outputs) = (shape.inputs, shape.outputs)
        let (total, block) = tiles(inBlocksOf: Self.gradientBlockBytes)
        // One cache line more than needed: points that lay whole pages apart would fall on the same lines of the cache.
        let (leftStep, rightStep) = (block * inputs + 16, block * outputs + 16)
        let left = try Storage(byteCount: 4 * Self.points * leftStep, device: device)
        let right = try Storage(byteCount: 4 * Self.points * rightStep, device: device)
        let sums = try Tensor.zeros([Self.points, inputs, outputs], on: device)
        for first in stride(from: 0, to: total, by: block) {
            try device.checkCancellation()
            let tiles = min(block, total - first)
            parallelFor(tiles, grain: 1, threads: device.threads) { range in
                let (begin, end) = (first + range.lowerBound, first + range.upperBound)
                unsafe sgc_winograd_inputs(
                    x.dataType.kernelCode, x.address(), left.floats + range.lowerBound * inputs, shape, leftStep, begin,
                    end)
                unsafe sgc_winograd_output_gradients(
                    x.dataType.kernelCode, dy.address(), right.floats + range.lowerBound * outputs, shape, rightStep,
                    begin, end)
            }
            let layouts = (
                left: try DNNLayout([Self.points, inputs, tiles], dnnl_f32, strides: [leftStep, 1, inputs]),
                right: try DNNLayout([Self.points, tiles, outputs], dnnl_f32, strides: [rightStep, outputs, 1]),
                sums: try DNNLayout([Self.points, inputs, outputs], dnnl_f32, dnnl_abc)
            )
            let key = WinogradGradientKey(
                tiles: tiles, block: block, inputs: inputs, outputs: outputs, threads: device.threads)
            let product = try primitives.primitive(key) { () throws(SGCError) in
                var operation = dnnl_matmul_desc_t()
                var (from, weights, bias, to) = (
                    layouts.left.descriptor, layouts.right.descriptor, dnnl_memory_desc_t(), layouts.sums.descriptor
                )
                let name = "convolution weight gradient"
                try check(unsafe dnnl_matmul_desc_init(&operation, &from, &weights, &bias, &to), name)
                return try unsafe DNNPrimitive(&operation, name: name, accumulates: true)
            }
            try product.execute(
                [
                    DNNArgument(DNNL_ARG_SRC, layouts.left, left), DNNArgument(DNNL_ARG_WEIGHTS, layouts.right, right),
                    DNNArgument(DNNL_ARG_DST, layouts.sums, sums.storage),
                ], on: device)
        }
        let gradient = try Tensor(uninitialized: [outputs, inputs, 3, 3], on: device)
        parallelFor(inputs, grain: 4, threads: device.threads) { range in
            unsafe sgc_winograd_weight_gradients(
                sums.pointer(Float.self), gradient.pointer(Float.self), inputs, outputs, range.lowerBound,
                range.upperBound)
        }
        return gradient
    }
}
