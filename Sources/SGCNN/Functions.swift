package import SGCBase
package import SGCTensor

// Functions made of the engine's operations, with their gradients.

extension Tensor {
    /// The Euclidean length of each row of the last axis, kept as extent 1: `[…, D]` -> `[…, 1]`.
    ///
    /// ε stands inside the root, so that the gradient of a zero row is finite.
    package func rowNorms(epsilon: Double = 1e-24) throws(SGCError) -> Tensor {
        try (square().sum([-1], keepsAxes: true) + epsilon).squareRoot()
    }

    /// Rows of the last axis scaled to length 1.
    package func normalizedRows(epsilon: Double = 1e-24) throws(SGCError) -> Tensor {
        try self / rowNorms(epsilon: epsilon)
    }

    /// mean (self − other)².
    package func meanSquaredError(_ other: Tensor) throws(SGCError) -> Tensor {
        try (self - other).square().mean()
    }

    /// mean |self − other|.
    package func meanAbsoluteError(_ other: Tensor) throws(SGCError) -> Tensor {
        try (self - other).absolute().mean()
    }
}
