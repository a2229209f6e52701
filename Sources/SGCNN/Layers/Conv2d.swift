package import SGCBase
package import SGCTensor

/// A two-dimensional convolution: x `[N, H, W, C]` -> `[N, H', W', O]`.
package struct Conv2d {
    package let weight: Parameter
    package let bias: Parameter?
    package let geometry: ConvolutionGeometry

    /// - Parameter initializer: of the weight and bias; PyTorch's default, uniform in ±1/√(fan-in), when `nil`.
    package init(
        _ scope: ParameterScope, inputChannels: Int, outputChannels: Int, kernelSize: Int,
        geometry: ConvolutionGeometry = ConvolutionGeometry(), hasBias: Bool = true,
        initializer: ParameterScope.Initializer? = nil
    ) throws(SGCError) {
        let inputs = inputChannels / geometry.groups
        let bound = 1 / Float(max(1, inputs * kernelSize * kernelSize)).squareRoot()
        weight = try scope.parameter(
            "weight", [outputChannels, inputs, kernelSize, kernelSize], initializer ?? .uniform(bound: bound))
        bias =
            hasBias
            ? try scope.parameter("bias", [outputChannels], initializer == nil ? .uniform(bound: bound) : .constant(0))
            : nil
        self.geometry = geometry
    }

    /// - Parameters:
    ///   - isEnlarged: whether x is enlarged to twice its height and width first, each pixel four times.
    ///   - residual: `[N, H', W', O]`, added to the result.
    package func callAsFunction(
        _ x: Tensor, isEnlarged: Bool = false, adding residual: Tensor? = nil, _ context: Context
    ) throws(SGCError) -> Tensor {
        try x.convolution(
            weight: context(weight), bias: bias.map { context($0) }, geometry: geometry, isEnlarged: isEnlarged,
            adding: residual)
    }
}
