import CKernels
package import SGCBase

extension CPUBackend: NormalizationBackend {
    package func groupNorm(
        _ x: Tensor, groups: Int, gain: Tensor, shift: Tensor, epsilon: Double, silu: Bool
    ) throws(SGCError) -> (y: Tensor, statistics: NormalizationStatistics) {
        let plan = NormalizationPlan(images: x, groups: groups)
        let (mean, deviation) = try moments(x, plan, inverse: true, epsilon: epsilon)
        let statistics = NormalizationStatistics(mean: mean, inverseDeviation: deviation)
        return (try normalize(x, plan, statistics, gain, shift, silu: silu), statistics)
    }

    package func groupNormGradient(
        _ x: Tensor, _ dy: Tensor, groups: Int, gain: Tensor, shift: Tensor, statistics: NormalizationStatistics,
        silu: Bool
    ) throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor) {
        try normalizeGradient(
            x, dy, NormalizationPlan(images: x, groups: groups), statistics, gain, shift, silu: silu)
    }

    package func channelMoments(_ x: Tensor) throws(SGCError) -> (mean: Tensor, variance: Tensor) {
        let (mean, variance) = try moments(x, NormalizationPlan(channelsOf: x), inverse: false, epsilon: 0)
        return (mean.viewed(as: [x.shape.last]), variance.viewed(as: [x.shape.last]))
    }

    package func channelNormalize(
        _ x: Tensor, statistics: NormalizationStatistics, gain: Tensor, shift: Tensor
    ) throws(SGCError) -> Tensor {
        try normalize(x, NormalizationPlan(channelsOf: x), statistics, gain, shift, silu: false)
    }

    package func batchNormGradient(
        _ x: Tensor, _ dy: Tensor, gain: Tensor, statistics: NormalizationStatistics
    ) throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor) {
        // Without SiLU the shift has no part in the gradient; the gain stands in its place.
        try normalizeGradient(x, dy, NormalizationPlan(channelsOf: x), statistics, gain, gain, silu: false)
    }
}

/// An operand as `[images, rows, channels]` with channels in groups.
private struct NormalizationPlan {
    let images: Int, rows: Int, channels: Int, groups: Int

    init(images x: Tensor, groups: Int) {
        images = x.shape[0]
        channels = x.shape.last
        rows = x.shape.dimensions.dropFirst().dropLast().reduce(1, *)
        self.groups = groups
    }

    /// Every channel a group of its own, all axes before it one image: batch normalization.
    init(channelsOf x: Tensor) {
        images = 1
        channels = x.shape.last
        rows = x.shape.rows
        groups = channels
    }

    /// Blocks of rows that partial sums are taken over.
    var blocks: Int { (rows + SGC_NORM_BLOCK - 1) / SGC_NORM_BLOCK }
    var blockGrain: Int { grain(of: min(rows, SGC_NORM_BLOCK) * channels) }
    /// Doubles of one block's or image's sums.
    var width: Int { 2 * channels }
}

extension CPUBackend {
    /// Mean and spread `[images, groups]`.
    private func moments(
        _ x: Tensor, _ plan: NormalizationPlan, inverse: Bool, epsilon: Double
    ) throws(SGCError) -> (Tensor, Tensor) {
        let type = try floatingCode("normalization", x)
        let mean = try Tensor(uninitialized: [plan.images, plan.groups], on: x.device)
        let spread = try Tensor(uninitialized: [plan.images, plan.groups], on: x.device)
        let totals = try unsafe totals(plan, on: x.device) { partial, range in
            unsafe sgc_channel_sums(
                type, x.address(), partial, plan.rows, plan.channels, range.lowerBound, range.upperBound)
        }
        unsafe sgc_moments(
            totals.doubleAddress, mean.pointer(Float.self), spread.pointer(Float.self), inverse ? 1 : 0, epsilon,
            plan.images, plan.rows, plan.channels, plan.groups)
        return (mean, spread)
    }

    /// Sums `[images, 2, channels]`: `body` fills blocks of rows, which are added in order.
    private func totals(
        _ plan: NormalizationPlan, on device: Device, body: (UnsafeMutablePointer<Double>, Range<Int>) -> Void
    ) throws(SGCError) -> Storage {
        let size = MemoryLayout<Double>.size
        let partial = try Storage(byteCount: plan.images * plan.blocks * plan.width * size, device: device)
        let totals = try Storage(byteCount: plan.images * plan.width * size, device: device)
        // Both hold as many doubles as the loops below write, and outlive them.
        parallelFor(plan.images * plan.blocks, grain: plan.blockGrain, threads: device.threads) { range in
            unsafe body(partial.doubleAddress, range)
        }
        unsafe sgc_add_blocks(
            partial.doubleAddress, totals.doubleAddress, plan.blocks, plan.width, 0, plan.images)
        return totals
    }

    /// Mean, inverse deviation, gain and shift of every image and channel, float32 `[images, 4, channels]`.
    private func terms(
        _ plan: NormalizationPlan, _ statistics: NormalizationStatistics, _ gain: Tensor, _ shift: Tensor
    ) throws(SGCError) -> Tensor {
        try require(.float32, "normalization", gain, shift, statistics.mean, statistics.inverseDeviation)
        let terms = try Tensor(uninitialized: [plan.images, 4, plan.channels], on: gain.device)
        unsafe sgc_norm_terms(
            statistics.mean.pointer(Float.self), statistics.inverseDeviation.pointer(Float.self),
            gain.pointer(Float.self), shift.pointer(Float.self), terms.pointer(Float.self), plan.images, plan.channels,
            plan.groups)
        return terms
    }

    private func normalize(
        _ x: Tensor, _ plan: NormalizationPlan, _ statistics: NormalizationStatistics, _ gain: Tensor, _ shift: Tensor,
        silu: Bool
    ) throws(SGCError) -> Tensor {
        let type = try floatingCode("normalization", x)
        let terms = try terms(plan, statistics, gain, shift)
        let y = try Tensor(uninitialized: x.shape, x.dataType, on: x.device)
        parallelFor(plan.images * plan.rows, grain: grain(of: plan.channels), threads: x.device.threads) { rows in
            unsafe sgc_normalize(
                type, x.address(), terms.pointer(Float.self), y.address(), silu ? 1 : 0, plan.rows, plan.channels,
                rows.lowerBound, rows.upperBound)
        }
        return y
    }

    private func normalizeGradient(
        _ x: Tensor, _ dy: Tensor, _ plan: NormalizationPlan, _ statistics: NormalizationStatistics, _ gain: Tensor,
        _ shift: Tensor, silu: Bool
    ) throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor) {
        let type = try floatingCode("normalization gradient", x, dy)
        let terms = try terms(plan, statistics, gain, shift)
        // 1. Σ dz and Σ dz·x̂ of every image and channel.
        let totals = try unsafe totals(plan, on: x.device) { partial, range in
            unsafe sgc_normalize_sums(
                type, x.address(), dy.address(), terms.pointer(Float.self), partial, silu ? 1 : 0, plan.rows,
                plan.channels, range.lowerBound, range.upperBound)
        }
        // 2. Their means over groups; the gradients of gain and shift.
        let slopes = try Tensor(uninitialized: [plan.images, 2, plan.channels], on: x.device)
        let dgain = try Tensor(uninitialized: [plan.channels], on: x.device)
        let dshift = try Tensor(uninitialized: [plan.channels], on: x.device)
        unsafe sgc_normalize_slopes(
            totals.doubleAddress, terms.pointer(Float.self), slopes.pointer(Float.self), dgain.pointer(Float.self),
            dshift.pointer(Float.self), plan.images, plan.rows, plan.channels, plan.groups)
        // 3. The gradient of x.
        let dx = try Tensor(uninitialized: x.shape, x.dataType, on: x.device)
        parallelFor(plan.images * plan.rows, grain: grain(of: plan.channels), threads: x.device.threads) { rows in
            unsafe sgc_normalize_gradient(
                type, x.address(), dy.address(), terms.pointer(Float.self), slopes.pointer(Float.self), dx.address(),
                silu ? 1 : 0, plan.rows, plan.channels, rows.lowerBound, rows.upperBound)
        }
        return (dx, dgain, dshift)
    }
}

extension Storage {
    /// The bytes as doubles: scratch space of sums. For backends only.
    var doubleAddress: UnsafeMutablePointer<Double> {
        unsafe address.assumingMemoryBound(to: Double.self)
    }
}
