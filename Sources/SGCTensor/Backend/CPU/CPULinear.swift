import COneDNN
package import SGCBase

// Products with constant weights, which lie as oneDNN likes to read them.

/// What identifies a compiled product with a packed weight.
private struct LinearKey: Hashable {
    let rows: Int, n: Int, k: Int
    let dataType: DataType
    let layout: LayoutKey
    let hasBias: Bool
    let activation: UnaryFunction?
    let threads: Int
}

/// What identifies a packed weight among those derived from the same bytes.
private struct PackingKey: Hashable {
    let isTransposed: Bool
    let dataType: DataType
}

/// What oneDNN is asked for when a layout is chosen.
private struct LayoutChoiceKey: Hashable {
    let n: Int, k: Int
    let dataType: DataType
    let threads: Int
}

/// The layout of a packed weight.
private struct LinearLayout: Sendable {
    let layout: DNNLayout
    let key: LayoutKey

    init(_ layout: DNNLayout) {
        self.layout = layout
        key = LayoutKey(layout)
    }

    /// Of the float32 master.
    static func plain(_ shape: Shape, isTransposed: Bool) throws(SGCError) -> DNNLayout {
        let (k, n) = isTransposed ? (shape[1], shape[0]) : (shape[0], shape[1])
        return try DNNLayout([k, n], dnnl_f32, strides: isTransposed ? [1, k] : [n, 1])
    }
}

extension CPUBackend {
    /// Rows of the product for which layouts are chosen: one layout has to do for all of them.
    private static let usualRows = 256

    package func packed(_ weight: Tensor, isTransposed: Bool, dataType: DataType) throws(SGCError) -> PackedMatrix {
        try require(.float32, "pack", weight)
        let type = try dataType.dnn("pack")
        let plain = try LinearLayout.plain(weight.shape, isTransposed: isTransposed)
        let (k, n) = isTransposed ? (weight.shape[1], weight.shape[0]) : (weight.shape[0], weight.shape[1])
        let key = LayoutChoiceKey(n: n, k: k, dataType: dataType, threads: weight.device.threads)
        let primitive = try primitives.primitive(key) { () throws(SGCError) in
            let free = try DNNLayout([k, n], type, dnnl_format_tag_any)
            return try product(rows: Self.usualRows, k, n, type, weight: free, bias: DNNLayout(), activation: nil)
        }
        let chosen = primitive.layout(dnnl_query_weights_md)
        func matrix(_ storage: Storage) -> PackedMatrix {
            PackedMatrix(
                shape: weight.shape, isTransposed: isTransposed, dataType: dataType, storage: storage,
                layout: LinearLayout(chosen))
        }
        // Not derived from itself: nobody would ever release it.
        if plain.isEqual(chosen) { return matrix(weight.storage) }
        return try weight.storage.derived(PackingKey(isTransposed: isTransposed, dataType: dataType)) {
            () throws(SGCError) in
            matrix(try reorder(weight.storage, from: plain, to: chosen))
        }
    }

    package func unpacked(_ weight: PackedMatrix) throws(SGCError) -> Tensor {
        let plain = try LinearLayout.plain(weight.shape, isTransposed: weight.isTransposed)
        let storage = try reorder(weight.storage, from: try layout(of: weight).layout, to: plain)
        return Tensor(shape: weight.shape, dataType: .float32, storage: storage)
    }

    package func linear(
        _ x: Tensor, weight: PackedMatrix, bias: Tensor?, activation: UnaryFunction?, shape: Shape
    ) throws(SGCError) -> Tensor {
        let type = try x.dataType.dnn("linear")
        let y = try Tensor(uninitialized: shape, x.dataType, on: x.device)
        guard shape.count > 0 else { return y }
        let (k, n) = (weight.inputs, weight.outputs)
        let rows = x.count / k
        let packing = try layout(of: weight)
        let fused = activation.flatMap { $0.isFusible ? $0 : nil }
        let key = LinearKey(
            rows: rows, n: n, k: k, dataType: x.dataType, layout: packing.key, hasBias: bias != nil, activation: fused,
            threads: x.device.threads)
        let shift = bias == nil ? DNNLayout() : try DNNLayout([1, n], dnnl_f32, strides: [n, 1])
        let primitive = try primitives.primitive(key) { () throws(SGCError) in
            do throws(SGCError) {
                return try product(rows: rows, k, n, type, weight: packing.layout, bias: shift, activation: fused)
            } catch {
                // Products of other sizes may want another layout.
                guard error.code == .unsupported else { throw error }
                let free = try DNNLayout([k, n], type, dnnl_format_tag_any)
                return try product(rows: rows, k, n, type, weight: free, bias: shift, activation: fused)
            }
        }
        let wanted = primitive.layout(dnnl_query_weights_md)
        let operand =
            wanted.isEqual(packing.layout)
            ? weight.storage
            : try weight.storage.derived(LayoutKey(wanted)) { () throws(SGCError) in
                try reorder(weight.storage, from: packing.layout, to: wanted)
            }
        var arguments = [
            DNNArgument(DNNL_ARG_SRC, try DNNLayout([rows, k], type, strides: [k, 1]), x.storage),
            DNNArgument(DNNL_ARG_WEIGHTS, wanted, operand),
            DNNArgument(DNNL_ARG_DST, try DNNLayout([rows, n], type, strides: [n, 1]), y.storage),
        ]
        if let bias { arguments.append(DNNArgument(DNNL_ARG_BIAS, shift, bias.storage)) }
        try primitive.execute(arguments, on: x.device)
        return if let activation, fused == nil { try unary(activation, y) } else { y }
    }

    private func product(
        rows: Int, _ k: Int, _ n: Int, _ type: dnnl_data_type_t, weight: DNNLayout, bias: DNNLayout,
        activation: UnaryFunction?
    ) throws(SGCError) -> DNNPrimitive {
        let source = try DNNLayout([rows, k], type, strides: [k, 1])
        let result = try DNNLayout([rows, n], type, strides: [n, 1])
        var operation = dnnl_matmul_desc_t()
        var (from, weights, bias, to) = (source.descriptor, weight.descriptor, bias.descriptor, result.descriptor)
        try check(unsafe dnnl_matmul_desc_init(&operation, &from, &weights, &bias, &to), "linear")
        return try unsafe DNNPrimitive(&operation, name: "linear", activation: activation)
    }

    private func layout(of weight: PackedMatrix) throws(SGCError) -> LinearLayout {
        guard let layout = weight.layout as? LinearLayout else {
            throw SGCError(.internalError, "linear: the weight was packed by another backend")
        }
        return layout
    }
}
