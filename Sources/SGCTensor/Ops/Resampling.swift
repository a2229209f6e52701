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
    /// - Throws: `.argument` when the window does not fit, or could lie wholly on padding.
    package func pooled(_ geometry: PoolingGeometry) throws(SGCError) -> Tensor {
        let g = geometry
        guard rank == 4, g.kernelHeight > 0, g.kernelWidth > 0, g.strideHeight > 0, g.strideWidth > 0,
            g.dilationHeight > 0, g.dilationWidth > 0, min(g.top, g.left, g.bottom, g.right) >= 0,
            max(g.top, g.bottom) <= g.dilationHeight * (g.kernelHeight - 1),
            max(g.left, g.right) <= g.dilationWidth * (g.kernelWidth - 1)
        else {
            throw SGCError(.argument, "pooling: input \(shape) and \(geometry) do not fit")
        }
        let size = g.outputSize(height: shape[1], width: shape[2])
        guard size.height > 0, size.width > 0 else {
            throw SGCError(.argument, "pooling: the window of \(geometry) does not fit \(shape)")
        }
        let x = stopGradient
        return try backend.pool(x, geometry: g, outputShape: [shape[0], size.height, size.width, shape[3]]).recorded(
            from: [self]
        ) { dy throws(SGCError) in [try dy.backend.poolGradient(x, dy, geometry: g)] }
    }
}
