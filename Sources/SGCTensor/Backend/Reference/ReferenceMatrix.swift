package import SGCBase

extension ReferenceBackend: MatrixBackend {
    package func matrixProduct(
        _ a: Tensor, _ b: Tensor, bias: Tensor?, transposeA: Bool, transposeB: Bool, batch: Int, m: Int, n: Int, k: Int,
        shape: Shape
    ) throws(SGCError) -> Tensor {
        let left = try read(a, "matrix product")
        let right = try read(b, "matrix product")
        var shift = [Double](repeating: 0, count: n)
        if let bias { shift = try read(bias, "matrix product") }
        let sharesB = right.count == k * n
        var result: [Double] = []
        for i in 0..<batch {
            let (startA, startB) = (i * m * k, sharesB ? 0 : i * k * n)
            for row in 0..<m {
                for column in 0..<n {
                    var sum = shift[column]
                    for j in 0..<k {
                        sum +=
                            left[startA + (transposeA ? j * m + row : row * k + j)]
                            * right[startB + (transposeB ? column * k + j : j * n + column)]
                    }
                    result.append(sum)
                }
            }
        }
        return try make(result, like: a, shape: shape, "matrix product")
    }
    package func linear(
        _ x: Tensor, weight: Tensor, isTransposed: Bool, bias: Tensor?, activation: UnaryFunction?, shape: Shape
    ) throws(SGCError) -> Tensor {
        let w = weight.shape
        let (k, n) = isTransposed ? (w[1], w[0]) : (w[0], w[1])
        let y = try matrixProduct(
            x, weight, bias: bias, transposeA: false, transposeB: isTransposed, batch: 1, m: x.count / max(1, k), n: n,
            k: k, shape: shape)
        return if let activation { try unary(activation, y) } else { y }
    }
}
