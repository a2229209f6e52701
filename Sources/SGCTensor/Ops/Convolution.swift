package import SGCBase

extension Tensor {
    /// Convolution of an image x `[N, H, W, C]` with weight `[O, C/groups, kH, kW]` and bias `[O]` -> `[N, H', W', O]`.
    ///
    /// Weights and bias are the float32 masters also in a bfloat16 computation.
    /// - Parameters:
    ///   - isEnlarged: whether the image is enlarged to twice its height and width first, each pixel four times.
    ///   - activation: applied to the result. Neither it nor the enlargement costs a pass of its own where no gradient is
    ///     recorded.
    ///   - residual: `[N, H', W', O]`, added last.
    /// - Throws: `.argument` when shapes and geometry do not fit.
    package func convolution(
        weight: Tensor, bias: Tensor?, geometry: ConvolutionGeometry, isEnlarged: Bool = false,
        activation: UnaryFunction? = nil, adding residual: Tensor? = nil
    ) throws(SGCError) -> Tensor {
        try Tensor.checkConvolution("convolution", shape, weight, geometry, channels: shape.last)
        try Tensor.checkBias("convolution", bias, count: weight.shape[0])
        var fusion = ConvolutionFusion(isEnlarged: isEnlarged, activation: activation)
        let input = try fusion.input(shape)
        let size = geometry.outputSize(
            height: input[1], width: input[2], kernelHeight: weight.shape[2], kernelWidth: weight.shape[3])
        guard size.height > 0, size.width > 0 else {
            throw SGCError(.argument, "convolution: the kernel of \(weight.shape) does not fit the input \(input)")
        }
        if let residual {
            let shape = try Shape([shape[0], size.height, size.width, weight.shape[0]])
            guard residual.shape == shape, residual.dataType == dataType else {
                throw SGCError(
                    .argument,
                    "convolution: expected a residual of \(dataType) \(shape), got \(residual.dataType) \(residual.shape)"
                )
            }
            fusion.residual = residual.stopGradient
        }
        let isRecorded = [self, weight, bias, residual].contains { $0?.place != nil }
        guard !isRecorded || activation == nil && !isEnlarged else {
            let x = isEnlarged ? try resized(height: input[1], width: input[2], mode: .nearest) : self
            var y = try x.convolution(weight: weight, bias: bias, geometry: geometry)
            if let activation { y = try y.map(activation) }
            return if let residual { try y + residual } else { y }
        }
        let (x, w) = (stopGradient, weight.stopGradient)
        let (needsX, needsW, hasBias, hasResidual) = (place != nil, weight.place != nil, bias != nil, residual != nil)
        let y = try backend.convolution(x, weight: w, bias: bias?.stopGradient, geometry: geometry, fusion: fusion)
        guard isRecorded else { return y }
        if needsW { w.forgetPacking() }
        let inputs = [self, weight] + [bias, residual].compactMap(\.self)
        return y.recorded(from: inputs) { dy throws(SGCError) in
            let dx =
                needsX
                ? try dy.backend.convolutionInputGradient(dy, weight: w, geometry: geometry, inputShape: x.shape) : nil
            if needsW { w.forgetPacking() }
            let dw =
                needsW
                ? try dy.backend.convolutionWeightGradient(
                    x, dy, geometry: geometry, weightShape: w.shape, hasBias: hasBias) : nil
            return [dx, dw?.weight] + (hasBias ? [dw?.bias] : []) + (hasResidual ? [dy] : [])
        }
    }

    /// The adjoint of a convolution: x `[N, H, W, C]` with weight `[C, O/groups, kH, kW]` -> `[N, H', W', O]`, where
    /// H' = (H − 1)·stride − padding + dilation·(kH − 1) + 1 + `outputPadding`, and W' likewise.
    ///
    /// - Throws: `.argument` when shapes and geometry do not fit.
    package func transposedConvolution(
        weight: Tensor, bias: Tensor?, geometry: ConvolutionGeometry, outputPadding: (height: Int, width: Int) = (0, 0)
    ) throws(SGCError) -> Tensor {
        try Tensor.checkConvolution("transposed convolution", shape, weight, geometry, channels: nil)
        let outputs = weight.shape[1] * geometry.groups
        try Tensor.checkBias("transposed convolution", bias, count: outputs)
        let g = geometry
        let height =
            (shape[1] - 1) * g.strideHeight - g.top - g.bottom + g.dilationHeight * (weight.shape[2] - 1) + 1
            + outputPadding.height
        let width =
            (shape[2] - 1) * g.strideWidth - g.left - g.right + g.dilationWidth * (weight.shape[3] - 1) + 1
            + outputPadding.width
        guard weight.shape[0] == shape.last, height > 0, width > 0, outputPadding.height >= 0,
            outputPadding.width >= 0, outputPadding.height < max(g.strideHeight, g.dilationHeight),
            outputPadding.width < max(g.strideWidth, g.dilationWidth)
        else {
            throw SGCError(.argument, "transposed convolution: input \(shape) and weight \(weight.shape) do not fit")
        }
        let (x, w) = (stopGradient, weight.stopGradient)
        let (needsX, needsW) = (place != nil, weight.place != nil)
        let target = try Shape([shape[0], height, width, outputs])
        let y = try backend.convolutionInputGradient(x, weight: w, geometry: g, inputShape: target)
            .recorded(from: [self, weight]) { dy throws(SGCError) in
                [
                    needsX
                        ? try dy.backend.convolution(dy, weight: w, bias: nil, geometry: g, fusion: ConvolutionFusion())
                        : nil,
                    needsW
                        ? try dy.backend.convolutionWeightGradient(
                            dy, x, geometry: g, weightShape: w.shape, hasBias: false
                        ).weight : nil,
                ]
            }
        guard let bias else { return y }
        return try y + bias.cast(to: y.dataType)
    }

    private static func checkConvolution(
        _ name: String, _ input: Shape, _ weight: Tensor, _ g: ConvolutionGeometry, channels: Int?
    ) throws(SGCError) {
        guard input.rank == 4, weight.rank == 4, weight.shape.count > 0 else {
            throw SGCError(
                .argument,
                "\(name): expected input [N, H, W, C] and a weight of rank 4, got \(input) and \(weight.shape)")
        }
        guard g.strideHeight > 0, g.strideWidth > 0, g.dilationHeight > 0, g.dilationWidth > 0, g.groups > 0,
            g.top >= 0, g.left >= 0, g.bottom >= 0, g.right >= 0, weight.shape[0] % g.groups == 0,
            channels == nil || channels == weight.shape[1] * g.groups
        else {
            throw SGCError(.argument, "\(name): input \(input), weight \(weight.shape) and \(g) do not fit")
        }
    }

    private static func checkBias(_ name: String, _ bias: Tensor?, count: Int) throws(SGCError) {
        guard let bias else { return }
        guard bias.shape == [count] else {
            throw SGCError(.argument, "\(name): expected a bias of shape [\(count)], got \(bias.shape)")
        }
    }
}
