import COneDNN
package import SGCBase

/// What identifies a compiled convolution.
private struct ConvolutionKey: Hashable {
    enum Pass: UInt8 { case forward, inputGradient, weightGradient }
    var pass: Pass
    let input: Shape, weight: Shape, output: Shape
    let geometry: ConvolutionGeometry
    let dataType: DataType
    let hasBias: Bool
    var activation: UnaryFunction? = nil
    let threads: Int
}

/// The layouts and steps of one convolution, in oneDNN's terms.
private struct ConvolutionPlan {
    let input: DNNLayout, output: DNNLayout
    /// The weight as the tensor holds it (OIHW, or GOIHW), and free for oneDNN to choose.
    let weight: DNNLayout, freeWeight: DNNLayout
    let bias: DNNLayout
    let strides: [Int64], dilations: [Int64], before: [Int64], after: [Int64]
    let activation: UnaryFunction?

    init(_ key: ConvolutionKey) throws(SGCError) {
        let type = try key.dataType.dnn("convolution")
        let (x, w, y) = (key.input, key.weight, key.output)
        let groups = key.geometry.groups
        input = try DNNLayout([x[0], x[3], x[1], x[2]], type, dnnl_nhwc)
        output = try DNNLayout([y[0], y[3], y[1], y[2]], type, dnnl_nhwc)
        // Master weights and their gradients are float32; packing converts them to the compute type.
        let gradientOfWeight = key.pass == .weightGradient
        if groups == 1 {
            let dimensions = w.dimensions
            weight = try DNNLayout(dimensions, dnnl_f32, dnnl_oihw)
            freeWeight = try DNNLayout(dimensions, gradientOfWeight ? dnnl_f32 : type, dnnl_format_tag_any)
        } else {
            let dimensions = [groups, w[0] / groups, w[1], w[2], w[3]]
            weight = try DNNLayout(dimensions, dnnl_f32, dnnl_goihw)
            freeWeight = try DNNLayout(dimensions, gradientOfWeight ? dnnl_f32 : type, dnnl_format_tag_any)
        }
        bias = key.hasBias ? try DNNLayout([w[0]], dnnl_f32, dnnl_x) : DNNLayout()
        let g = key.geometry
        strides = [Int64(g.strideHeight), Int64(g.strideWidth)]
        dilations = [Int64(g.dilationHeight - 1), Int64(g.dilationWidth - 1)]
        before = [Int64(g.top), Int64(g.left)]
        after = [Int64(g.bottom), Int64(g.right)]
        activation = key.activation
    }

    func forward() throws(SGCError) -> DNNPrimitive {
        var operation = dnnl_convolution_desc_t()
        var (source, weights, shift, target) = (
            input.descriptor, freeWeight.descriptor, bias.descriptor, output.descriptor
        )
        try check(
            unsafe dnnl_dilated_convolution_forward_desc_init(
                &operation, dnnl_forward_training, dnnl_convolution_direct, &source, &weights, &shift, &target,
                strides, dilations, before, after), "convolution")
        return try unsafe DNNPrimitive(&operation, name: "convolution", activation: activation)
    }

    func inputGradient(hint: DNNPrimitive) throws(SGCError) -> DNNPrimitive {
        var operation = dnnl_convolution_desc_t()
        var (source, weights, target) = (input.descriptor, freeWeight.descriptor, output.descriptor)
        try check(
            unsafe dnnl_dilated_convolution_backward_data_desc_init(
                &operation, dnnl_convolution_direct, &source, &weights, &target, strides, dilations, before, after),
            "convolution input gradient")
        return try unsafe DNNPrimitive(&operation, name: "convolution input gradient", hint: hint)
    }

    func weightGradient(hint: DNNPrimitive) throws(SGCError) -> DNNPrimitive {
        var operation = dnnl_convolution_desc_t()
        var (source, weights, shift, target) = (
            input.descriptor, freeWeight.descriptor, bias.descriptor, output.descriptor
        )
        try check(
            unsafe dnnl_dilated_convolution_backward_weights_desc_init(
                &operation, dnnl_convolution_direct, &source, &weights, &shift, &target, strides, dilations, before,
                after), "convolution weight gradient")
        return try unsafe DNNPrimitive(&operation, name: "convolution weight gradient", hint: hint)
    }
}

/// What identifies a packed weight.
private struct PackingKey: Hashable {
    let layout: LayoutKey
    let isMirrored: Bool
}

extension CPUBackend: ConvolutionBackend {
    package func convolution(
        _ x: Tensor, weight: Tensor, bias: Tensor?, geometry: ConvolutionGeometry, fusion: ConvolutionFusion
    ) throws(SGCError) -> Tensor {
        try forward(x, weight: weight, isMirrored: false, bias: bias, geometry: geometry, fusion: fusion)
    }

    /// The forward pass with the weight as it is or mirrored: input and output channels exchanged, the kernel turned by 180°.
    private func forward(
        _ x: Tensor, weight: Tensor, isMirrored: Bool, bias: Tensor?, geometry: ConvolutionGeometry,
        fusion: ConvolutionFusion = ConvolutionFusion()
    ) throws(SGCError) -> Tensor {
        let w = weight.shape
        let input = try fusion.input(x.shape)
        let weightShape: Shape = isMirrored ? [w[1], w[0], w[2], w[3]] : w
        let size = geometry.outputSize(
            height: input[1], width: input[2], kernelHeight: w[2], kernelWidth: w[3])
        let outputShape = try Shape([x.shape[0], size.height, size.width, weightShape[0]])
        var y = try Tensor(uninitialized: outputShape, x.dataType, on: x.device)
        guard y.count > 0 else { return y }
        let winograd = WinogradConvolution(
            input: input, weight: weightShape, output: outputShape, geometry: geometry, dataType: x.dataType,
            isEnlarged: fusion.isEnlarged)
        if let winograd {
            try checkMaster(weight)
            let residual = fusion.activation == nil ? fusion.residual : nil
            try winograd(x, weight: weight, isMirrored: isMirrored, bias: bias, residual: residual, into: y)
            guard let activation = fusion.activation else { return y }
            y = try unary(activation, y)
            if let residual = fusion.residual { try accumulate(into: y, residual) }
            return y
        }
        let x = fusion.isEnlarged ? try resize(x, height: input[1], width: input[2], mode: .nearest) : x
        let fused = fusion.activation.flatMap { $0.isFusible ? $0 : nil }
        let key = ConvolutionKey(
            pass: .forward, input: input, weight: weightShape, output: outputShape, geometry: geometry,
            dataType: x.dataType, hasBias: bias != nil, activation: fused, threads: x.device.threads)
        let plan = try ConvolutionPlan(key)
        let primitive = try primitives.primitive(key) { () throws(SGCError) in try plan.forward() }
        let chosen = primitive.layout(dnnl_query_weights_md)
        let packed = try pack(weight, isMirrored: isMirrored, from: plan.weight, to: chosen)
        var arguments = [
            DNNArgument(DNNL_ARG_SRC, plan.input, x.storage),
            DNNArgument(DNNL_ARG_WEIGHTS, chosen, packed),
            DNNArgument(DNNL_ARG_DST, plan.output, y.storage),
        ]
        if let bias { arguments.append(DNNArgument(DNNL_ARG_BIAS, plan.bias, bias.storage)) }
        try primitive.execute(arguments, on: x.device)
        if let activation = fusion.activation, fused == nil { y = try unary(activation, y) }
        if let residual = fusion.residual { try accumulate(into: y, residual) }
        return y
    }

    package func convolutionInputGradient(
        _ dy: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) throws(SGCError) -> Tensor {
        guard dy.count > 0, inputShape.count > 0 else { return try .zeros(inputShape, dy.dataType, on: dy.device) }
        // oneDNN's forward kernels are faster than its backward ones, and with strides of 1 the gradient is a forward pass.
        if let mirrored = geometry.mirrored(kernelHeight: weight.shape[2], kernelWidth: weight.shape[3]) {
            return try forward(dy, weight: weight, isMirrored: true, bias: nil, geometry: mirrored)
        }
        let dx = try Tensor(uninitialized: inputShape, dy.dataType, on: dy.device)
        let key = ConvolutionKey(
            pass: .inputGradient, input: inputShape, weight: weight.shape, output: dy.shape, geometry: geometry,
            dataType: dy.dataType, hasBias: false, threads: dy.device.threads)
        let plan = try ConvolutionPlan(key)
        let primitive = try primitives.primitive(key) { () throws(SGCError) in
            try plan.inputGradient(hint: plan.forward())
        }
        let packed = try pack(
            weight, isMirrored: false, from: plan.weight, to: primitive.layout(dnnl_query_weights_md))
        try primitive.execute(
            [
                DNNArgument(DNNL_ARG_DIFF_DST, plan.output, dy.storage),
                DNNArgument(DNNL_ARG_WEIGHTS, primitive.layout(dnnl_query_weights_md), packed),
                DNNArgument(DNNL_ARG_DIFF_SRC, plan.input, dx.storage),
            ], on: dy.device)
        return dx
    }

    package func convolutionWeightGradient(
        _ x: Tensor, _ dy: Tensor, geometry: ConvolutionGeometry, weightShape: Shape, hasBias: Bool
    ) throws(SGCError) -> (weight: Tensor, bias: Tensor?) {
        let biasShape: Shape = [weightShape[0]]
        guard x.count > 0, dy.count > 0 else {
            return (
                try .zeros(weightShape, on: x.device), hasBias ? try Tensor.zeros(biasShape, on: x.device) : nil
            )
        }
        let winograd = WinogradConvolution(
            input: x.shape, weight: weightShape, output: dy.shape, geometry: geometry, dataType: x.dataType)
        if let winograd {
            let weight = try winograd.weightGradient(x, dy, primitives: primitives)
            guard hasBias else { return (weight, nil) }
            let bias = try Tensor(uninitialized: biasShape, on: x.device)
            try sum(dy, into: bias, outer: 1, count: dy.shape.rows, inner: weightShape[0])
            return (weight, bias)
        }
        let key = ConvolutionKey(
            pass: .weightGradient, input: x.shape, weight: weightShape, output: dy.shape, geometry: geometry,
            dataType: x.dataType, hasBias: hasBias, threads: x.device.threads)
        let plan = try ConvolutionPlan(key)
        let primitive = try primitives.primitive(key) { () throws(SGCError) in
            // The hint is a forward pass, whose weights have the compute type and not that of their gradient.
            var forward = key
            forward.pass = .forward
            return try plan.weightGradient(hint: ConvolutionPlan(forward).forward())
        }
        let chosen = primitive.layout(dnnl_query_diff_weights_md)
        let gradient = try Storage(byteCount: chosen.byteCount, device: x.device)
        var arguments = [
            DNNArgument(DNNL_ARG_SRC, plan.input, x.storage),
            DNNArgument(DNNL_ARG_DIFF_DST, plan.output, dy.storage),
            DNNArgument(DNNL_ARG_DIFF_WEIGHTS, chosen, gradient),
        ]
        var biasGradient: Tensor?
        if hasBias {
            let tensor = try Tensor(uninitialized: biasShape, on: x.device)
            arguments.append(DNNArgument(DNNL_ARG_DIFF_BIAS, plan.bias, tensor.storage))
            biasGradient = tensor
        }
        try primitive.execute(arguments, on: x.device)
        let plain = try reorder(gradient, from: chosen, to: plan.weight)
        return (Tensor(shape: weightShape, dataType: .float32, storage: plain), biasGradient)
    }

    private func checkMaster(_ weight: Tensor) throws(SGCError) {
        guard weight.dataType == .float32 else {
            throw SGCError(.unsupported, "convolution: weights are float32, got \(weight.dataType)")
        }
    }

    /// The weight's bytes, mirrored if wanted, in the layout that a primitive chose; kept with the weight until it changes.
    private func pack(
        _ weight: Tensor, isMirrored: Bool, from plain: DNNLayout, to chosen: DNNLayout
    ) throws(SGCError) -> Storage {
        try checkMaster(weight)
        if !isMirrored, plain.isEqual(chosen) { return weight.storage }
        return try weight.storage.derived(PackingKey(layout: LayoutKey(chosen), isMirrored: isMirrored)) {
            () throws(SGCError) in
            try reorder(isMirrored ? mirrored(weight).storage : weight.storage, from: plain, to: chosen)
        }
    }

    /// `[O, C, kH, kW]` -> `[C, O, kH, kW]` with each kernel turned by 180°.
    private func mirrored(_ weight: Tensor) throws(SGCError) -> Tensor {
        let w = weight.shape
        let taps = w[2] * w[3]
        let result = try Tensor(uninitialized: [w[1], w[0], w[2], w[3]], on: weight.device)
        try copyBox(
            from: weight, offset: taps - 1, strides: [taps, w[1] * taps, -1], to: result, offset: 0,
            strides: [w[0] * taps, taps, 1], extents: [w[1], w[0], taps])
        return result
    }
}

extension ConvolutionGeometry {
    /// The geometry by which the gradient goes from outputs back to inputs as a convolution with the mirrored weight; `nil`
    /// where it does not: with strides, groups, or more padding than the kernel reaches over.
    fileprivate func mirrored(kernelHeight: Int, kernelWidth: Int) -> ConvolutionGeometry? {
        let (reachY, reachX) = (dilationHeight * (kernelHeight - 1), dilationWidth * (kernelWidth - 1))
        guard strideHeight == 1, strideWidth == 1, groups == 1, max(top, bottom) <= reachY, max(left, right) <= reachX
        else { return nil }
        var result = self
        (result.top, result.bottom) = (reachY - top, reachY - bottom)
        (result.left, result.right) = (reachX - left, reachX - right)
        return result
    }
}
