import Glibc
package import SGCBase

extension ReferenceBackend: OptimizerBackend {
    package func adam(
        _ update: AdamUpdate, parameter: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor
    ) throws(SGCError) {
        var (p, g) = (try read(parameter, "adam"), try read(gradient, "adam"))
        var (m, v) = (try read(firstMoment, "adam"), try read(secondMoment, "adam"))
        let (beta1, beta2, rate) = (update.beta1, update.beta2, update.learningRate)
        for i in p.indices {
            g[i] *= update.gradientScale
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i]
            let mean = m[i] / (1 - pow(beta1, Double(update.step)))
            let meanSquare = v[i] / (1 - pow(beta2, Double(update.step)))
            p[i] *= 1 - rate * update.weightDecay
            p[i] -= rate * mean / (meanSquare.squareRoot() + update.epsilon)
        }
        try write(p, to: parameter, "adam")
        try write(m, to: firstMoment, "adam")
        try write(v, to: secondMoment, "adam")
    }

    package func interpolate(_ a: Tensor, toward b: Tensor, rate: Double) throws(SGCError) {
        let mixed = zip(try read(a, "interpolate"), try read(b, "interpolate")).map { $0 + rate * ($1 - $0) }
        try write(mixed, to: a, "interpolate")
    }
}
