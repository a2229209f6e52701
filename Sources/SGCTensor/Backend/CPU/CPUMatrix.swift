import COneDNN
package import SGCBase

/// What identifies a compiled matrix product.
private struct MatrixKey: Hashable {
    let transposeA: Bool, transposeB: Bool
    let batch: Int, batchB: Int, m: Int, n: Int, k: Int
    let dataType: DataType
    let hasBias: Bool
    let threads: Int
}

extension CPUBackend: MatrixBackend {
    package func matrixProduct(
        _ a: Tensor, _ b: Tensor, bias: Tensor?, transposeA: Bool, transposeB: Bool, batch: Int, m: Int, n: Int, k: Int,
        shape: Shape
    ) throws(SGCError) -> Tensor {
        let type = try a.dataType.dnn("matrix product")
        guard shape.count > 0 else { return try Tensor(uninitialized: shape, a.dataType, on: a.device) }
        let y = try Tensor(uninitialized: shape, a.dataType, on: a.device)
        let batchB = b.count == batch * k * n ? batch : 1
        let key = MatrixKey(
            transposeA: transposeA, transposeB: transposeB, batch: batch, batchB: batchB, m: m, n: n, k: k,
            dataType: a.dataType, hasBias: bias != nil, threads: a.device.threads)
        let left = try DNNLayout([batch, m, k], type, strides: transposeA ? [m * k, 1, m] : [m * k, k, 1])
        let right = try DNNLayout([batchB, k, n], type, strides: transposeB ? [k * n, 1, k] : [k * n, n, 1])
        let result = try DNNLayout([batch, m, n], type, strides: [m * n, n, 1])
        let shift = bias == nil ? DNNLayout() : try DNNLayout([1, 1, n], dnnl_f32, strides: [n, n, 1])
        let primitive = try primitives.primitive(key) { () throws(SGCError) in
            var operation = dnnl_matmul_desc_t()
            var (from, weights, bias, to) = (left.descriptor, right.descriptor, shift.descriptor, result.descriptor)
            try check(unsafe dnnl_matmul_desc_init(&operation, &from, &weights, &bias, &to), "matrix product")
            return try unsafe DNNPrimitive(&operation, name: "matrix product")
        }
        var arguments = [
            DNNArgument(DNNL_ARG_SRC, left, a.storage), DNNArgument(DNNL_ARG_WEIGHTS, right, b.storage),
            DNNArgument(DNNL_ARG_DST, result, y.storage),
        ]
        if let bias {
            arguments.append(DNNArgument(DNNL_ARG_BIAS, shift, bias.storage))
        }
        try primitive.execute(arguments, on: a.device)
        return y
    }
}
