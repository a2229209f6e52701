package import SGCBase

extension Tensor {
    /// A convolution of the group-normalized x `[N, H, W, C]` after SiLU, plus the residual, as one operation
    /// -> `[N, H', W', O]`.
    ///
    /// Its gradient normalizes x again instead of keeping the result: half of what a residual network would keep, for one
    /// more pass of the norm.
    /// - Parameters: those of ``groupNorm(groups:gain:shift:epsilon:silu:)`` and
    ///   ``convolution(weight:bias:geometry:isEnlarged:activation:adding:)``.
    /// - Throws: `.argument` when shapes and geometry do not fit.
    package func normalizedConvolution(
        groups: Int, gain: Tensor, shift: Tensor, epsilon: Double = 1e-6, weight: Tensor, bias: Tensor?,
        geometry: ConvolutionGeometry, adding residual: Tensor? = nil
    ) throws(SGCError) -> Tensor {
        let (x, g, b, w) = (stopGradient, gain.stopGradient, shift.stopGradient, weight.stopGradient)
        let y = try x.groupNorm(groups: groups, gain: g, shift: b, epsilon: epsilon, silu: true)
            .convolution(
                weight: w, bias: bias?.stopGradient, geometry: geometry, adding: residual?.stopGradient)
        guard [self, gain, shift, weight, bias, residual].contains(where: { $0?.place != nil }) else { return y }
        let (hasBias, hasResidual, isLearned) = (bias != nil, residual != nil, weight.place != nil)
        if isLearned { w.forgetPacking() }
        let inputs = [self, gain, shift, weight] + [bias, residual].compactMap(\.self)
        return y.recorded(from: inputs) { dy throws(SGCError) in
            let backend = dy.backend
            let view = x.viewed(as: [x.shape[0], x.shape[1] * x.shape[2], x.shape[3]])
            // The normalized x is gone before the gradients by it come.
            func weightGradient() throws(SGCError) -> (
                statistics: NormalizationStatistics, weight: Tensor, bias: Tensor?
            ) {
                let h = try backend.groupNorm(view, groups: groups, gain: g, shift: b, epsilon: epsilon, silu: true)
                let dw = try backend.convolutionWeightGradient(
                    h.y.viewed(as: x.shape), dy, geometry: geometry, weightShape: w.shape, hasBias: hasBias)
                return (h.statistics, dw.weight, dw.bias)
            }
            let dw = try weightGradient()
            let dh = try backend.convolutionInputGradient(dy, weight: w, geometry: geometry, inputShape: x.shape)
            if isLearned { w.forgetPacking() }
            let d = try backend.groupNormGradient(
                view, dh.viewed(as: view.shape), groups: groups, gain: g, shift: b, statistics: dw.statistics,
                silu: true)
            return [d.x.viewed(as: x.shape), d.gain, d.shift, dw.weight] + (hasBias ? [dw.bias] : [])
                + (hasResidual ? [dy] : [])
        }
    }
}
