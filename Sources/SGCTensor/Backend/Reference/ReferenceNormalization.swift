package import SGCBase

// All three normalizations divide the elements into sets, standardize each set, and apply a gain and a shift per
// channel: x̂ = (x − mean)/√(variance + ε), y = gain·x̂ + shift. They differ only in which set an element belongs to.

extension ReferenceBackend: NormalizationBackend {
    package func groupNorm(
        _ x: Tensor, groups: Int, gain: Tensor, shift: Tensor, epsilon: Double, silu: Bool
    ) throws(SGCError) -> (y: Tensor, statistics: NormalizationStatistics) {
        let sets = groupSets(x.shape, groups)
        let statistics = try statistics(x, sets, [x.shape[0], groups], epsilon, "group norm")
        let y = try normalized(x, sets, statistics, gain, shift, silu: silu, "group norm")
        return (y, statistics)
    }

    package func groupNormGradient(
        _ x: Tensor, _ dy: Tensor, groups: Int, gain: Tensor, shift: Tensor, statistics: NormalizationStatistics,
        silu: Bool
    ) throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor) {
        try gradients(
            x, dy, groupSets(x.shape, groups), statistics, gain, siluShift: silu ? shift : nil, "group norm")
    }

    package func layerNorm(
        _ x: Tensor, gain: Tensor, shift: Tensor, epsilon: Double
    ) throws(SGCError) -> (y: Tensor, statistics: NormalizationStatistics) {
        let sets = rowSets(x.shape)
        let statistics = try statistics(x, sets, [x.shape.rows], epsilon, "layer norm")
        return (try normalized(x, sets, statistics, gain, shift, silu: false, "layer norm"), statistics)
    }

    package func layerNormGradient(
        _ x: Tensor, _ dy: Tensor, gain: Tensor, statistics: NormalizationStatistics
    ) throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor) {
        try gradients(x, dy, rowSets(x.shape), statistics, gain, siluShift: nil, "layer norm")
    }

    package func channelMoments(_ x: Tensor) throws(SGCError) -> (mean: Tensor, variance: Tensor) {
        let input = try read(x, "channel moments")
        let (mean, variance) = moments(input, channelSets(x.shape), count: x.shape.last)
        return (
            try make(mean, like: x, shape: [x.shape.last], "channel moments"),
            try make(variance, like: x, shape: [x.shape.last], "channel moments")
        )
    }

    package func channelNormalize(
        _ x: Tensor, statistics: NormalizationStatistics, gain: Tensor, shift: Tensor
    ) throws(SGCError) -> Tensor {
        try normalized(x, channelSets(x.shape), statistics, gain, shift, silu: false, "batch norm")
    }

    package func batchNormGradient(
        _ x: Tensor, _ dy: Tensor, gain: Tensor, statistics: NormalizationStatistics
    ) throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor) {
        try gradients(x, dy, channelSets(x.shape), statistics, gain, siluShift: nil, "batch norm")
    }

    private func statistics(
        _ x: Tensor, _ sets: [Int], _ shape: Shape, _ epsilon: Double, _ function: String
    ) throws(SGCError) -> NormalizationStatistics {
        let (mean, variance) = moments(try read(x, function), sets, count: shape.count)
        return NormalizationStatistics(
            mean: try make(mean, like: x, shape: shape, function),
            inverseDeviation: try make(
                variance.map { 1 / ($0 + epsilon).squareRoot() }, like: x, shape: shape, function))
    }

    private func normalized(
        _ x: Tensor, _ sets: [Int], _ statistics: NormalizationStatistics, _ gain: Tensor, _ shift: Tensor, silu: Bool,
        _ function: String
    ) throws(SGCError) -> Tensor {
        var values = try read(x, function)
        let mean = try read(statistics.mean, function)
        let inverse = try read(statistics.inverseDeviation, function)
        let (gains, shifts) = (try read(gain, function), try read(shift, function))
        for i in values.indices {
            let c = i % gains.count
            let z = (values[i] - mean[sets[i]]) * inverse[sets[i]] * gains[c] + shifts[c]
            values[i] = silu ? z * sigmoid(z) : z
        }
        return try make(values, like: x, function)
    }

    /// With d = dy·gain and means over each set: dx = (d − mean(d) − x̂·mean(d·x̂))/√(variance + ε).
    ///
    /// - Parameter siluShift: the shift, when a SiLU followed whose derivative comes first.
    private func gradients(
        _ x: Tensor, _ dy: Tensor, _ sets: [Int], _ statistics: NormalizationStatistics, _ gain: Tensor,
        siluShift: Tensor?, _ function: String
    ) throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor) {
        var standardized = try read(x, function)
        var upstream = try read(dy, function)
        let mean = try read(statistics.mean, function)
        let inverse = try read(statistics.inverseDeviation, function)
        let gains = try read(gain, function)
        for i in standardized.indices { standardized[i] = (standardized[i] - mean[sets[i]]) * inverse[sets[i]] }
        if let siluShift {
            let shifts = try read(siluShift, function)
            for i in upstream.indices {
                let c = i % gains.count
                upstream[i] *= siluDerivative(standardized[i] * gains[c] + shifts[c])
            }
        }

        var gainGradient = [Double](repeating: 0, count: gains.count)
        var shiftGradient = gainGradient
        var sum = [Double](repeating: 0, count: mean.count)
        var (productSum, size) = (sum, sum)
        for i in upstream.indices {
            let c = i % gains.count
            gainGradient[c] += upstream[i] * standardized[i]
            shiftGradient[c] += upstream[i]
            sum[sets[i]] += upstream[i] * gains[c]
            productSum[sets[i]] += upstream[i] * gains[c] * standardized[i]
            size[sets[i]] += 1
        }
        let dx = upstream.indices.map { i in
            let set = sets[i]
            let centered = sum[set] / size[set] + standardized[i] * productSum[set] / size[set]
            return (upstream[i] * gains[i % gains.count] - centered) * inverse[set]
        }
        return (
            try make(dx, like: x, function), try make(gainGradient, like: gain, function),
            try make(shiftGradient, like: gain, function)
        )
    }
}

/// The set of each element of `[N, S, C]`: its image and channel group, as a position in `[N, groups]`.
private func groupSets(_ shape: Shape, _ groups: Int) -> [Int] {
    let (spatial, channels) = (shape[1], shape[2])
    return (0..<shape.count).map { i in
        i / (spatial * channels) * groups + i % channels / (channels / groups)
    }
}

/// The set of each element of `[rows, C]`: its row.
private func rowSets(_ shape: Shape) -> [Int] { (0..<shape.count).map { $0 / shape.last } }

/// The set of each element of `[rows, C]`: its channel.
private func channelSets(_ shape: Shape) -> [Int] { (0..<shape.count).map { $0 % shape.last } }

/// Mean and population variance of each set, in two passes; 0 for a set without elements.
private func moments(_ values: [Double], _ sets: [Int], count: Int) -> (mean: [Double], variance: [Double]) {
    var mean = [Double](repeating: 0, count: count)
    var (variance, size) = (mean, mean)
    for (value, set) in zip(values, sets) {
        mean[set] += value
        size[set] += 1
    }
    for set in mean.indices { mean[set] /= max(1, size[set]) }
    for (value, set) in zip(values, sets) { variance[set] += (value - mean[set]) * (value - mean[set]) }
    for set in variance.indices { variance[set] /= max(1, size[set]) }
    return (mean, variance)
}
