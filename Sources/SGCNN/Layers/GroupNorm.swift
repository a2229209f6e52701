package import SGCBase
package import SGCTensor

/// Group normalization, optionally followed by SiLU in the same pass.
package struct GroupNorm {
    package let gain: Parameter
    package let shift: Parameter
    package let groups: Int
    package let epsilon: Double

    package init(
        _ scope: ParameterScope, channels: Int, groups: Int = 32, epsilon: Double = 1e-6
    ) throws(SGCError) {
        guard channels > 0, groups > 0, channels % groups == 0 else {
            throw SGCError(
                .argument,
                "\(scope.prefix): group norm needs channels that its \(groups) groups divide, got \(channels)")
        }
        gain = try scope.parameter("weight", [channels], .constant(1))
        shift = try scope.parameter("bias", [channels], .constant(0))
        self.groups = groups
        self.epsilon = epsilon
    }

    package func callAsFunction(_ x: Tensor, _ context: Context, silu: Bool = false) throws(SGCError) -> Tensor {
        if let tiling = context.tiling { return try tiling.normalized(x, by: self, silu: silu) }
        return try x.groupNorm(groups: groups, gain: context(gain), shift: context(shift), epsilon: epsilon, silu: silu)
    }

    /// Norm, SiLU, `convolution` and the sum with `residual` `[N, H', W', O]` as one operation: in training it keeps x
    /// `[N, H, W, C]` alone.
    package func callAsFunction(
        _ x: Tensor, into convolution: Conv2d, adding residual: Tensor? = nil, _ context: Context
    ) throws(SGCError) -> Tensor {
        guard context.tiling == nil else {
            return try convolution(self(x, context, silu: true), adding: residual, context)
        }
        return try x.normalizedConvolution(
            groups: groups, gain: context(gain), shift: context(shift), epsilon: epsilon,
            weight: context(convolution.weight), bias: convolution.bias.map { context($0) },
            geometry: convolution.geometry, adding: residual)
    }
}
