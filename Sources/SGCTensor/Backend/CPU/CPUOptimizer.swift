import CKernels
import Glibc
package import SGCBase

extension CPUBackend: OptimizerBackend {
    package func adam(
        _ update: AdamUpdate, parameter: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor
    ) throws(SGCError) {
        try require(.float32, "adam", parameter, gradient, firstMoment, secondMoment)
        let step = Double(update.step)
        let kernel = sgc_adam(
            beta1: Float(update.beta1), one_minus_beta1: Float(1 - update.beta1),
            beta2: Float(update.beta2), one_minus_beta2: Float(1 - update.beta2),
            gradient_scale: Float(update.gradientScale),
            decay: Float(1 - update.learningRate * update.weightDecay),
            rate: Float(update.learningRate / (1 - pow(update.beta1, step))),
            deviation: Float(1 / (1 - pow(update.beta2, step)).squareRoot()),
            epsilon: Float(update.epsilon))
        parallelFor(parameter.count, grain: elementGrain, threads: parameter.device.threads) { range in
            let i = range.lowerBound
            unsafe sgc_adam_update(
                kernel, parameter.pointer(Float.self) + i, gradient.pointer(Float.self) + i,
                firstMoment.pointer(Float.self) + i, secondMoment.pointer(Float.self) + i, range.count)
        }
        for changed in [parameter, firstMoment, secondMoment] { changed.storage.forgetDerivations() }
    }

    package func interpolate(_ a: Tensor, toward b: Tensor, rate: Double) throws(SGCError) {
        let type = try floatingCode("interpolate", a, b)
        parallelFor(a.count, grain: elementGrain, threads: a.device.threads) { range in
            unsafe sgc_interpolate(
                type, a.address(range.lowerBound), b.address(range.lowerBound), range.count, Float(rate))
        }
        a.storage.forgetDerivations()
    }
}
