package import SGCBase

extension Tensor {
    /// The nearest codebook entry of every latent z `[T, D]`, and, when asked, the nearest latent of every entry of
    /// `codebook` `[K, D]`. No gradient passes; distances are always float32.
    ///
    /// - Throws: `.argument` when the widths differ or a channel range of `distance` exceeds them.
    package func nearestCodes(
        codebook: Tensor, distance: CodeDistance, wantsAnchors: Bool = false
    ) throws(SGCError) -> NearestCodes {
        guard rank == 2, codebook.rank == 2, shape[1] == codebook.shape[1], codebook.shape[0] > 0,
            dataType == codebook.dataType, !distance.parts.isEmpty,
            distance.parts.allSatisfy({ $0.channels.lowerBound >= 0 && $0.channels.upperBound <= shape[1] })
        else {
            throw SGCError(.argument, "nearest code: latents \(shape) and codebook \(codebook.shape) do not fit")
        }
        return try backend.nearestCodes(
            stopGradient, codebook: codebook.stopGradient, distance: distance, wantsAnchors: wantsAnchors)
    }

    /// The straight-through estimate: the values of `quantized`, with the gradient passed on to `self` unchanged
    /// (van den Oord et al. 2017, section 3.2).
    package func straightThrough(_ quantized: Tensor) throws(SGCError) -> Tensor {
        guard quantized.shape == shape, quantized.dataType == dataType else {
            throw SGCError(.argument, "straight-through: \(shape) and \(quantized.shape) differ")
        }
        return quantized.stopGradient.recorded(from: [self]) { dy throws(SGCError) in [dy] }
    }
}
