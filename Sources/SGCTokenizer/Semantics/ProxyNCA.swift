package import SGCBase
package import SGCNN
package import SGCTensor

/// Proxy-NCA: softmax over −scale·‖x − p‖² of unit vectors (Movshovitz-Attias et al. 2017).
///
/// The paper leaves the positive out of the denominator; popular implementations keep it, and so does the default.
package struct ProxyNCA: SemanticLoss {
    private let table: Parameter
    private let scale: Double
    private let includesPositive: Bool

    init(_ configuration: MarginConfiguration, table: Parameter) {
        self.table = table
        scale = configuration.proxyScale
        includesPositive = configuration.includesPositive
    }

    package func callAsFunction(
        _ x: Tensor, labels: Tensor, step: Int, _ context: Context
    ) throws(SGCError) -> Tensor {
        // ‖x − p‖² = 2 − 2 cos for unit vectors.
        let logits = try cosines(x, context(table)).scaled(by: 2 * scale, plus: -2 * scale)
        if includesPositive { return try logits.crossEntropy(labels: labels) }
        let target = try labels.oneHot(classes: table.shape[0], x.dataType)
        let positive = try (logits * target).sum([1], keepsAxes: true)
        let others = try logits - target * 1e9
        let largest = try others.stopGradient.maximum(axis: 1, keepsAxis: true)
        let sum = try (others - largest).exp().sum([1], keepsAxes: true)
        return try (sum.log() + largest - positive).mean()
    }

    package func classVectors() throws(SGCError) -> Tensor { table.value }
}
