package import SGCBase
package import SGCTensor

/// x · Wᵀ + b over the last axis: `[…, C]` -> `[…, O]`.
package struct Linear {
    package let weight: Parameter
    package let bias: Parameter?

    /// Weight and bias start uniform in ±1/√C, PyTorch's default.
    package init(_ scope: ParameterScope, inputs: Int, outputs: Int, hasBias: Bool = true) throws(SGCError) {
        let bound = 1 / Float(max(1, inputs)).squareRoot()
        weight = try scope.parameter("weight", [outputs, inputs], .uniform(bound: bound))
        bias = hasBias ? try scope.parameter("bias", [outputs], .uniform(bound: bound)) : nil
    }

    package func callAsFunction(_ x: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        try x.linear(weight: context(weight), bias: bias.map { context($0) })
    }
}
