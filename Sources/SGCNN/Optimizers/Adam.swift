package import SGCBase
package import SGCTensor

/// The constants of Adam and AdamW.
package struct AdamConfiguration: Sendable, Equatable {
    package var beta1 = 0.5
    package var beta2 = 0.9
    package var epsilon = 1e-8
    /// Decoupled; applied to weights of rank 2 and more only, not to biases, norms and codebooks.
    package var weightDecay = 0.0

    package init(beta1: Double = 0.5, beta2: Double = 0.9, epsilon: Double = 1e-8, weightDecay: Double = 0) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }
}

/// Adam (Kingma & Ba 2015), and AdamW (Loshchilov & Hutter 2019) when there is weight decay.
package final class Adam {
    package let parameters: [Parameter]
    package let configuration: AdamConfiguration
    /// Updates done so far.
    package var step = 0
    /// `NAME.exp_avg` and `NAME.exp_avg_sq` for each parameter, in order; what a checkpoint keeps.
    package let firstMoments: [Parameter], secondMoments: [Parameter]
    private let isDecayed: [Bool]

    /// - Parameter undecayed: names without weight decay whatever their rank.
    package init(
        _ parameters: [Parameter], configuration: AdamConfiguration, undecayed: Set<String> = []
    ) throws(SGCError) {
        self.parameters = parameters
        self.configuration = configuration
        var (first, second): ([Parameter], [Parameter]) = ([], [])
        for parameter in parameters {
            let zeros = try Tensor.zeros(parameter.shape, on: parameter.value.device)
            first.append(Parameter(name: parameter.name + ".exp_avg", value: zeros, isTrainable: false))
            second.append(Parameter(name: parameter.name + ".exp_avg_sq", value: zeros, isTrainable: false))
        }
        (firstMoments, secondMoments) = (first, second)
        isDecayed = parameters.map { $0.shape.rank > 1 && !undecayed.contains($0.name) }
    }

    /// Takes all memory that the next update needs, so that it cannot fail half-way.
    package func prepare() throws(SGCError) {
        for index in parameters.indices {
            try parameters[index].prepareForUpdate()
            try firstMoments[index].prepareForUpdate()
            try secondMoments[index].prepareForUpdate()
        }
    }

    /// Forgets the moments of some rows of a parameter: they belong to values that are gone.
    package func resetRows(_ rows: [Int], of parameter: Parameter) throws(SGCError) {
        guard let index = parameters.firstIndex(where: { $0 === parameter }) else { return }
        try firstMoments[index].zeroRows(rows)
        try secondMoments[index].zeroRows(rows)
    }

    /// One update with `gradients` (one per parameter, `nil` where there is none), each multiplied with `scale` first.
    package func update(_ gradients: [Tensor?], learningRate: Double, scale: Double = 1) throws(SGCError) {
        step += 1
        for (index, parameter) in parameters.enumerated() {
            guard index < gradients.count, let gradient = gradients[index] else { continue }
            let rule = AdamUpdate(
                learningRate: learningRate, beta1: configuration.beta1, beta2: configuration.beta2,
                epsilon: configuration.epsilon, weightDecay: isDecayed[index] ? configuration.weightDecay : 0,
                step: step, gradientScale: scale)
            let (first, second) = (firstMoments[index], secondMoments[index])
            try first.update { m throws(SGCError) in
                try second.update { v throws(SGCError) in
                    try parameter.update { value throws(SGCError) in
                        try value.backend.adam(
                            rule, parameter: value, gradient: gradient, firstMoment: m, secondMoment: v)
                    }
                }
            }
        }
    }
}

/// √Σ‖g‖² over all gradients, in double precision: not finite when any gradient is not.
package func globalNorm(_ gradients: [Tensor?]) throws(SGCError) -> Double {
    var sum = 0.0
    for gradient in gradients {
        guard let gradient else { continue }
        sum += try gradient.backend.sumOfSquares(gradient)
    }
    return sum.squareRoot()
}
