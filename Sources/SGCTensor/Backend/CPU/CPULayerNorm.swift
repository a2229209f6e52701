import CKernels
package import SGCBase

extension CPUBackend {
    package func layerNorm(
        _ x: Tensor, gain: Tensor, shift: Tensor, epsilon: Double
    ) throws(SGCError) -> (y: Tensor, statistics: NormalizationStatistics) {
        let type = try floatingCode("layerNorm", x)
        try require(.float32, "layerNorm", gain, shift)
        let (rows, channels) = (x.shape.rows, x.shape.last)
        let y = try Tensor(uninitialized: x.shape, x.dataType, on: x.device)
        let mean = try Tensor(uninitialized: [rows], on: x.device)
        let deviation = try Tensor(uninitialized: [rows], on: x.device)
        parallelFor(rows, grain: grain(of: channels), threads: x.device.threads) { range in
            unsafe sgc_layer_norm(
                type, x.address(), gain.pointer(Float.self), shift.pointer(Float.self), y.address(),
                mean.pointer(Float.self), deviation.pointer(Float.self), epsilon, channels, range.lowerBound,
                range.upperBound)
        }
        return (y, NormalizationStatistics(mean: mean, inverseDeviation: deviation))
    }

    package func layerNormGradient(
        _ x: Tensor, _ dy: Tensor, gain: Tensor, statistics: NormalizationStatistics
    ) throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor) {
        let type = try floatingCode("layerNormGradient", x, dy)
        try require(.float32, "layerNormGradient", gain, statistics.mean, statistics.inverseDeviation)
        let (rows, channels) = (x.shape.rows, x.shape.last)
        let blocks = (rows + SGC_NORM_BLOCK - 1) / SGC_NORM_BLOCK
        let size = MemoryLayout<Double>.size
        let dx = try Tensor(uninitialized: x.shape, x.dataType, on: x.device)
        let partial = try Storage(byteCount: blocks * 2 * channels * size, device: x.device)
        let totals = try Storage(byteCount: 2 * channels * size, device: x.device)
        // Both scratch blocks hold as many doubles as the loops write, and outlive them.
        parallelFor(
            blocks, grain: grain(of: min(rows, SGC_NORM_BLOCK) * channels), threads: x.device.threads
        ) { range in
            unsafe sgc_layer_norm_gradient(
                type, x.address(), dy.address(), gain.pointer(Float.self), statistics.mean.pointer(Float.self),
                statistics.inverseDeviation.pointer(Float.self), dx.address(), partial.doubleAddress, rows, channels,
                range.lowerBound, range.upperBound)
        }
        unsafe sgc_add_blocks(partial.doubleAddress, totals.doubleAddress, blocks, 2 * channels, 0, 1)
        let dgain = try Tensor(uninitialized: [channels], on: x.device)
        let dshift = try Tensor(uninitialized: [channels], on: x.device)
        for c in 0..<channels {
            unsafe dshift.pointer(Float.self)[c] = Float(totals.doubleAddress[c])
            unsafe dgain.pointer(Float.self)[c] = Float(totals.doubleAddress[channels + c])
        }
        return (dx, dgain, dshift)
    }
}
