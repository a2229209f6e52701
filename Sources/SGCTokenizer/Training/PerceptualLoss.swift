package import SGCBase
package import SGCTensor

/// How different two images look to a network: LPIPS and its kin. A teacher provides it.
package protocol PerceptualLoss {
    /// The mean distance of `reconstruction` from `original`, both `[N, H, W, 3]` in −1...1; a scalar with a gradient
    /// for `reconstruction`.
    func callAsFunction(_ reconstruction: Tensor, _ original: Tensor) throws(SGCError) -> Tensor
}
