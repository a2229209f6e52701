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

    package func linear(
        _ x: Tensor, weight: Tensor, isTransposed: Bool, bias: Tensor?, activation: UnaryFunction?, shape: Shape
    ) throws(SGCError) -> Tensor {
        let type = try x.dataType.dnn("linear")
        try require(.float32, "linear", weight)
        let y = try Tensor(uninitialized: shape, x.dataType, on: x.device)
        guard shape.count > 0 else { return y }
        let w = weight.shape
        let (k, n) = isTransposed ? (w[1], w[0]) : (w[0], w[1])
        let rows = x.count / k
        let fused = activation.flatMap { $0.isFusible ? $0 : nil }
        let key = LinearKey(
            rows: rows, n: n, k: k, dataType: x.dataType, hasBias: bias != nil, activation: fused,
            threads: x.device.threads)
        let source = try DNNLayout([rows, k], type, strides: [k, 1])
        let result = try DNNLayout([rows, n], type, strides: [n, 1])
        let shift = bias == nil ? DNNLayout() : try DNNLayout([1, n], dnnl_f32, strides: [n, 1])
        let primitive = try primitives.primitive(key) { () throws(SGCError) in
            var operation = dnnl_matmul_desc_t()
            let free = try DNNLayout([k, n], type, dnnl_format_tag_any)
            var (from, weights, bias, to) = (source.descriptor, free.descriptor, shift.descriptor, result.descriptor)
            try check(unsafe dnnl_matmul_desc_init(&operation, &from, &weights, &bias, &to), "linear")
            return try unsafe DNNPrimitive(&operation, name: "linear", activation: fused)
        }
        let plain = try DNNLayout([k, n], dnnl_f32, strides: isTransposed ? [1, k] : [n, 1])
        let chosen = primitive.layout(dnnl_query_weights_md)
        let packed =
            plain.isEqual(chosen)
            ? weight.storage
            : try weight.storage.derived(LinearPackingKey(layout: LayoutKey(chosen), isTransposed: isTransposed)) {
                () throws(SGCError) in
                try reorder(weight.storage, from: plain, to: chosen)
            }
        var arguments = [
            DNNArgument(DNNL_ARG_SRC, source, x.storage), DNNArgument(DNNL_ARG_WEIGHTS, chosen, packed),
            DNNArgument(DNNL_ARG_DST, result, y.storage),
        ]
        if let bias { arguments.append(DNNArgument(DNNL_ARG_BIAS, shift, bias.storage)) }
        try primitive.execute(arguments, on: x.device)
        return if let activation, fused == nil { try unary(activation, y) } else { y }
    }
}

/// What identifies a compiled product with a packed weight.
private struct LinearKey: Hashable {
    let rows: Int, n: Int, k: Int
    let dataType: DataType
    let hasBias: Bool
    let activation: UnaryFunction?
    let threads: Int
}

/// What identifies a packed weight.
private struct LinearPackingKey: Hashable {
    let layout: LayoutKey
    let isTransposed: Bool
}
