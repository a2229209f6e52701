package import SGCBase
package import SGCNN
package import SGCTensor

/// A loss that separates features by class: what makes one level of the codes semantic (SGC-VQGAN, Eq. 9).
///
/// A new loss is one file with a conformer and one line in ``makeSemanticLoss(_:width:scope:)``.
package protocol SemanticLoss {
    /// The mean loss of features `[M, width]` with their classes `[M]` (int32, all ≥ 0).
    ///
    /// - Parameter step: updates done so far; the angular losses soften their margin at the beginning.
    func callAsFunction(_ x: Tensor, labels: Tensor, step: Int, _ context: Context) throws(SGCError) -> Tensor

    /// One vector per class, `[C, width]`: W of Eq. 7.
    func classVectors() throws(SGCError) -> Tensor
}

/// The loss that `configuration` names, over features of `width` channels.
package func makeSemanticLoss(
    _ configuration: SemanticConfiguration, width: Int, scope: ParameterScope
) throws(SGCError) -> any SemanticLoss {
    let classes = configuration.classes
    let margin = configuration.margin
    switch configuration.loss {
    case .cosface: return CosFace(margin, table: try classTable(classes, width, scope))
    case .lsoftmax: return AngularMarginLoss(margin, table: try classTable(classes, width, scope), isNormalized: false)
    case .sphereface: return AngularMarginLoss(margin, table: try classTable(classes, width, scope), isNormalized: true)
    case .softtriple: return try SoftTriple(margin, classes: classes, width: width, scope: scope)
    case .proxyNCA: return ProxyNCA(margin, table: try classTable(classes, width, scope))
    }
}

/// Class vectors `[C, width]` of about unit length.
private func classTable(_ classes: Int, _ width: Int, _ scope: ParameterScope) throws(SGCError) -> Parameter {
    try scope.parameter("weight", [classes, width], .normal(mean: 0, deviation: 1 / Float(width).squareRoot()))
}

/// The cosines of features `[M, width]` and class vectors `[C, width]`: `[M, C]`.
func cosines(_ x: Tensor, _ w: Tensor) throws(SGCError) -> Tensor {
    try .matrixProduct(x.normalizedRows(), w.normalizedRows(), transposeB: true)
}
