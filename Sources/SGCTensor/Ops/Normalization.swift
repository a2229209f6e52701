package import SGCBase

extension Tensor {
    /// Group normalization (Wu & He 2018) of x `[N, …, C]`, then SiLU when asked: one pass over memory less.
    ///
    /// - Parameters:
    ///   - groups: divides C.
    ///   - gain: `[C]`; - shift: `[C]`.
    /// - Throws: `.argument` when the shapes do not fit.
    package func groupNorm(
        groups: Int, gain: Tensor, shift: Tensor, epsilon: Double = 1e-6, silu: Bool = false
    ) throws(SGCError) -> Tensor {
        guard rank >= 2, groups > 0, shape.last % groups == 0, gain.shape == [shape.last], shift.shape == gain.shape
        else {
            throw SGCError(
                .argument, "group norm: input \(shape), \(groups) groups and gain \(gain.shape) do not fit")
        }
        let spatial = shape.dimensions.dropFirst().dropLast().reduce(1, *)
        let view: Shape = [shape[0], spatial, shape.last]
        let full = shape
        let (x, g, b) = (viewed(as: view), gain.stopGradient, shift.stopGradient)
        let (y, statistics) = try backend.groupNorm(
            x, groups: groups, gain: g, shift: b, epsilon: epsilon, silu: silu)
        return y.viewed(as: full).recorded(from: [self, gain, shift]) { dy throws(SGCError) in
            let d = try dy.backend.groupNormGradient(
                x, dy.viewed(as: view), groups: groups, gain: g, shift: b, statistics: statistics, silu: silu)
            return [d.x.viewed(as: full), d.gain, d.shift]
        }
    }

    /// Mean and population variance of each channel (the last axis) over all other axes; without gradient.
    package func channelMoments() throws(SGCError) -> (mean: [Float], variance: [Float]) {
        let moments = try backend.channelMoments(stopGradient)
        return (moments.mean.floats, moments.variance.floats)
    }

    /// (x − mean) · inverseDeviation · gain + shift in each channel (the last axis); without gradient.
    ///
    /// - Parameters:
    ///   - mean: `[C]`; - inverseDeviation: `[C]`; - gain: `[C]`; - shift: `[C]`.
    /// - Throws: `.argument` when the shapes do not fit.
    package func channelNormalized(
        mean: [Float], inverseDeviation: [Float], gain: Tensor, shift: Tensor
    ) throws(SGCError) -> Tensor {
        try checkChannels("channel norm", gain, shift)
        let statistics = NormalizationStatistics(
            mean: try Tensor(mean, shape: gain.shape, on: device),
            inverseDeviation: try Tensor(inverseDeviation, shape: gain.shape, on: device))
        return try backend.channelNormalize(
            stopGradient, statistics: statistics, gain: gain.stopGradient, shift: shift.stopGradient)
    }

    /// Layer normalization over the last axis; gain and shift `[last]`.
    package func layerNorm(gain: Tensor, shift: Tensor, epsilon: Double = 1e-5) throws(SGCError) -> Tensor {
        guard rank >= 1, gain.shape == [shape.last], shift.shape == gain.shape else {
            throw SGCError(.argument, "layer norm: input \(shape) and gain \(gain.shape) do not fit")
        }
        let (x, g) = (stopGradient, gain.stopGradient)
        let (y, statistics) = try backend.layerNorm(x, gain: g, shift: shift.stopGradient, epsilon: epsilon)
        return y.recorded(from: [self, gain, shift]) { dy throws(SGCError) in
            let d = try dy.backend.layerNormGradient(x, dy, gain: g, statistics: statistics)
            return [d.x, d.gain, d.shift]
        }
    }

    /// Batch normalization over all axes but the last with the statistics of this batch.
    ///
    /// - Returns: the result, and the batch's mean and population variance `[C]` for the running statistics.
    package func batchNorm(
        gain: Tensor, shift: Tensor, epsilon: Double = 1e-5
    ) throws(SGCError) -> (y: Tensor, mean: Tensor, variance: Tensor) {
        try checkChannels("batch norm", gain, shift)
        let (x, g) = (stopGradient, gain.stopGradient)
        let moments = try backend.channelMoments(x)
        let statistics = NormalizationStatistics(
            mean: moments.mean,
            inverseDeviation: try moments.variance.scaled(by: 1, plus: epsilon).map(.reciprocalSquareRoot))
        let y = try backend.channelNormalize(x, statistics: statistics, gain: g, shift: shift.stopGradient)
            .recorded(from: [self, gain, shift]) { dy throws(SGCError) in
                let d = try dy.backend.batchNormGradient(x, dy, gain: g, statistics: statistics)
                return [d.x, d.gain, d.shift]
            }
        return (y, moments.mean, moments.variance)
    }

    /// Batch normalization with given statistics `[C]`: what inference does. The statistics get no gradient.
    package func batchNorm(
        mean: Tensor, variance: Tensor, gain: Tensor, shift: Tensor, epsilon: Double = 1e-5
    ) throws(SGCError) -> Tensor {
        try checkChannels("batch norm", gain, shift)
        let scale = try gain * variance.stopGradient.scaled(by: 1, plus: epsilon).map(.reciprocalSquareRoot)
        let offset = try shift - mean.stopGradient * scale
        return try self * scale.cast(to: dataType) + offset.cast(to: dataType)
    }

    private func checkChannels(_ name: String, _ gain: Tensor, _ shift: Tensor) throws(SGCError) {
        guard rank >= 2, gain.shape == [shape.last], shift.shape == gain.shape else {
            throw SGCError(.argument, "\(name): input \(shape) and gain \(gain.shape) do not fit")
        }
    }
}
