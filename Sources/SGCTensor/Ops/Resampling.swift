package import SGCBase

extension Tensor {
    /// The image `[N, H, W, C]` at another size.
    ///
    /// - Throws: `.argument` for a side below 1 or an empty input side.
    package func resized(height: Int, width: Int, mode: ResizeMode) throws(SGCError) -> Tensor {
        guard rank == 4, height > 0, width > 0, shape[1] > 0, shape[2] > 0 else {
            throw SGCError(.argument, "resize: cannot make \(height)x\(width) from \(shape)")
        }
        let from = shape
        return try backend.resize(stopGradient, height: height, width: width, mode: mode).recorded(from: [self]) {
            dy throws(SGCError) in [try dy.backend.resizeGradient(dy, inputShape: from, mode: mode)]
        }
    }

    /// Average or maximum pooling of an image `[N, H, W, C]`.
    ///
    /// - Throws: `.argument` when the window does not fit.
    package func pooled(_ geometry: PoolingGeometry) throws(SGCError) -> Tensor {
        let g = geometry
        guard rank == 4, g.kernelHeight > 0, g.kernelWidth > 0, g.stride > 0, g.padding >= 0,
            2 * g.padding <= min(g.kernelHeight, g.kernelWidth)
        else {
            throw SGCError(.argument, "pooling: input \(shape) and \(geometry) do not fit")
        }
        let height = (shape[1] + 2 * g.padding - g.kernelHeight) / g.stride + 1
        let width = (shape[2] + 2 * g.padding - g.kernelWidth) / g.stride + 1
        guard shape[1] + 2 * g.padding >= g.kernelHeight, shape[2] + 2 * g.padding >= g.kernelWidth else {
            throw SGCError(.argument, "pooling: the window of \(geometry) does not fit \(shape)")
        }
        let x = stopGradient
        return try backend.pool(x, geometry: g, outputShape: [shape[0], height, width, shape[3]]).recorded(
            from: [self]
        ) { dy throws(SGCError) in [try dy.backend.poolGradient(x, dy, geometry: g)] }
    }
}
