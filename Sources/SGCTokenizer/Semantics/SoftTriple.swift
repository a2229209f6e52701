package import SGCBase
package import SGCNN
package import SGCTensor

/// SoftTriple: several centres per class, softly chosen, and a term that draws centres of a class together (Qian et al.
/// 2019, Eq. 6 and 8).
package struct SoftTriple: SemanticLoss {
    /// `[C · centres, width]`, the centres of a class one after another.
    private let centers: Parameter
    private let classes: Int, perClass: Int, width: Int
    private let configuration: MarginConfiguration

    init(_ configuration: MarginConfiguration, classes: Int, width: Int, scope: ParameterScope) throws(SGCError) {
        self.configuration = configuration
        self.classes = classes
        self.width = width
        perClass = configuration.centers
        // Kaiming-uniform with a = √5, as the authors' code: ±1/√(fan-in).
        centers = try scope.parameter(
            "centers", [classes * perClass, width], .uniform(bound: 1 / Float(width).squareRoot()))
    }

    package func callAsFunction(
        _ x: Tensor, labels: Tensor, step: Int, _ context: Context
    ) throws(SGCError) -> Tensor {
        let w = try context(centers).normalizedRows()
        let similarity = try Tensor.matrixProduct(x.normalizedRows(), w, transposeB: true)
            .reshaped([x.shape[0], classes, perClass])
        let relaxed = try (similarity.scaled(by: 1 / configuration.softGamma).softmax() * similarity).sum([2])
        let target = try labels.oneHot(classes: classes, x.dataType) * configuration.softMargin
        let loss = try ((relaxed - target) * configuration.softScale).crossEntropy(labels: labels)
        guard perClass > 1, configuration.softRegularization > 0 else { return loss }
        return try loss + spread(w) * configuration.softRegularization
    }

    /// Σ_c Σ_{k<l} √(2 + 1e-5 − 2 w_ck·w_cl) / (C·K·(K − 1)).
    private func spread(_ w: Tensor) throws(SGCError) -> Tensor {
        let grouped = try w.reshaped([classes, perClass, width])
        let products = try Tensor.matrixProduct(grouped, grouped, transposeB: true)
        var upper: [Float] = []
        for k in 0..<perClass { for l in 0..<perClass { upper.append(l > k ? 1 : 0) } }
        let mask = try Tensor(upper, shape: [perClass, perClass], w.dataType, on: w.device)
        // Rounding may carry a product of equal centres beyond 1; the 1e-5 is the authors' guard for the root.
        let distances = try products.scaled(by: -2, plus: 2 + 1e-5).map(.clamp(low: 1e-6, high: 5)).squareRoot()
        return try (distances * mask).sum() * (1 / Double(classes * perClass * (perClass - 1)))
    }

    /// The mean of each class's centres.
    package func classVectors() throws(SGCError) -> Tensor {
        try centers.value.normalizedRows().reshaped([classes, perClass, width]).mean([1])
    }
}
