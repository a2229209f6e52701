package import SGCBase
package import SGCTensor

/// Batch normalization over all axes but the last, with running statistics (momentum 0.1, as PyTorch).
package struct BatchNorm {
    package let gain: Parameter
    package let shift: Parameter
    package let runningMean: Parameter
    package let runningVariance: Parameter
    package let epsilon: Double

    package init(
        _ scope: ParameterScope, channels: Int, epsilon: Double = 1e-5,
        initializer: ParameterScope.Initializer = .constant(1)
    ) throws(SGCError) {
        gain = try scope.parameter("weight", [channels], initializer)
        shift = try scope.parameter("bias", [channels], .constant(0))
        runningMean = try scope.parameter("running_mean", [channels], .constant(0), isTrainable: false)
        runningVariance = try scope.parameter("running_var", [channels], .constant(1), isTrainable: false)
        self.epsilon = epsilon
    }

    package func callAsFunction(_ x: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        guard context.isTraining else {
            return try x.batchNorm(
                mean: runningMean.value, variance: runningVariance.value, gain: context(gain), shift: context(shift),
                epsilon: epsilon)
        }
        let (y, mean, variance) = try x.batchNorm(gain: context(gain), shift: context(shift), epsilon: epsilon)
        // Running variances are of the sample (n − 1), the batch's own is of the population.
        let rows = Double(x.shape.rows)
        let unbiased = try variance.scaled(by: rows / max(1, rows - 1))
        try runningMean.update { value throws(SGCError) in
            try value.backend.interpolate(value, toward: mean, rate: 0.1)
        }
        try runningVariance.update { value throws(SGCError) in
            try value.backend.interpolate(value, toward: unbiased, rate: 0.1)
        }
        return y
    }
}
