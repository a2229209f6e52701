import Glibc
package import SGCBase
package import SGCNN
package import SGCTensor

/// L-Softmax (Liu et al. 2016), and with class vectors of length 1 SphereFace (Liu et al. 2017).
///
/// The right class gets ψ(θ) = (−1)ᵏ cos(mθ) − 2k, θ in [kπ/m, (k+1)π/m], in place of cos θ. λ mixes cos θ back in while
/// training starts: (λ cos θ + ψ)/(1 + λ).
package struct AngularMarginLoss: SemanticLoss {
    private let table: Parameter
    private let isNormalized: Bool
    private let configuration: MarginConfiguration

    init(_ configuration: MarginConfiguration, table: Parameter, isNormalized: Bool) {
        self.configuration = configuration
        self.table = table
        self.isNormalized = isNormalized
    }

    package func callAsFunction(
        _ x: Tensor, labels: Tensor, step: Int, _ context: Context
    ) throws(SGCError) -> Tensor {
        let w = context(table)
        let cosine = try cosines(x, w)
        let target = try labels.oneHot(classes: table.shape[0], x.dataType)
        // What the right class's cosine is raised by, in its column only.
        let right = try (cosine * target).sum([1], keepsAxes: true)
        let softened = try (right * annealing(step) + psi(right)) * (1 / (1 + annealing(step)))
        var logits = try (cosine + target * (softened - right)) * x.rowNorms()
        if !isNormalized { logits = try logits * w.rowNorms().reshaped([table.shape[0]]) }
        return try logits.crossEntropy(labels: labels)
    }

    package func classVectors() throws(SGCError) -> Tensor { table.value }

    /// λ = max(minimum, base·(1 + gamma·step)^−power).
    private func annealing(_ step: Int) -> Double {
        let c = configuration
        return max(
            c.annealingMinimum, c.annealingBase * pow(1 + c.annealingGamma * Double(step), -c.annealingPower))
    }

    /// ψ of cosines `[M, 1]`; k is chosen without gradient.
    private func psi(_ cosine: Tensor) throws(SGCError) -> Tensor {
        let c = try cosine.map(.clamp(low: -1, high: 1))
        let m = configuration.angularMargin
        let square = try c.square()
        let multiple =
            switch m {
            case 2: try square.scaled(by: 2, plus: -1)
            case 3: try c * square.scaled(by: 4, plus: -3)
            default: try (square.square() - square).scaled(by: 8, plus: 1)
            }
        var signs: [Float] = []
        var shifts: [Float] = []
        for value in c.floats {
            let k = (Double(m) * acos(Double(value)) / Double.pi).rounded(.down)
            signs.append(k.truncatingRemainder(dividingBy: 2) == 0 ? 1 : -1)
            shifts.append(Float(-2 * k))
        }
        let sign = try Tensor(signs, shape: c.shape, c.dataType, on: c.device)
        let shift = try Tensor(shifts, shape: c.shape, c.dataType, on: c.device)
        return try multiple * sign + shift
    }
}
