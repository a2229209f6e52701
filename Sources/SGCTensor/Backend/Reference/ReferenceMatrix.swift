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

    /// As it is: the reference takes a master of any type.
    package func packed(_ weight: Tensor, isTransposed: Bool, dataType: DataType) throws(SGCError) -> PackedMatrix {
        PackedMatrix(
            shape: weight.shape, isTransposed: isTransposed, dataType: dataType, storage: weight.storage,
            layout: weight.dataType)
    }

    package func unpacked(_ weight: PackedMatrix) throws(SGCError) -> Tensor {
        guard let type = weight.layout as? DataType else {
            throw SGCError(.internalError, "unpack: the matrix was packed by another backend")
        }
        return Tensor(shape: weight.shape, dataType: type, storage: weight.storage)
    }

    package func linear(
        _ x: Tensor, weight: PackedMatrix, bias: Tensor?, activation: UnaryFunction?, shape: Shape
    ) throws(SGCError) -> Tensor {
        let y = try matrixProduct(
            x, unpacked(weight), bias: bias, transposeA: false, transposeB: weight.isTransposed, batch: 1,
            m: x.count / weight.inputs, n: weight.outputs, k: weight.inputs, shape: shape)
        return if let activation { try unary(activation, y) } else { y }
    }
}
