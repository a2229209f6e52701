package import SGCBase
package import SGCNN
package import SGCTensor

/// CosFace: softmax over s·cos θ with the margin m taken from the right class (Wang et al. 2018; SGC-VQGAN Eq. 9).
///
/// s is a constant, as in CosFace; the paper's text calls it the magnitude of the entry, which starts near zero and
/// would make all logits equal.
package struct CosFace: SemanticLoss {
    private let table: Parameter
    private let scale: Double, margin: Double

    init(_ configuration: MarginConfiguration, table: Parameter) {
        self.table = table
        (scale, margin) = (configuration.scale, configuration.margin)
    }

    package func callAsFunction(
        _ x: Tensor, labels: Tensor, step: Int, _ context: Context
    ) throws(SGCError) -> Tensor {
        let target = try labels.oneHot(classes: table.shape[0], x.dataType) * margin
        return try ((cosines(x, context(table)) - target) * scale).crossEntropy(labels: labels)
    }

    package func classVectors() throws(SGCError) -> Tensor { table.value }
}
