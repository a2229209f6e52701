package import SGCBase

extension ReferenceBackend: ConvolutionBackend {
    package func convolution(
        _ x: Tensor, weight: Tensor, bias: Tensor?, geometry: ConvolutionGeometry, fusion: ConvolutionFusion
    ) throws(SGCError) -> Tensor {
        let shape = try fusion.input(x.shape)
        let x = fusion.isEnlarged ? try resize(x, height: shape[1], width: shape[2], mode: .nearest) : x
        let input = try read(x, "convolution")
        let kernel = try read(weight, "convolution")
        let walk = try ConvolutionWalk(input: x.shape, weight: weight.shape, geometry)
        var result = [Double](repeating: 0, count: walk.output.count)
        walk.forEachProduct { from, tap, to in result[to] += input[from] * kernel[tap] }
        if let bias {
            let shift = try read(bias, "convolution")
            for i in result.indices { result[i] += shift[i % shift.count] }
        }
        var y = try make(result, like: x, shape: walk.output, "convolution")
        if let activation = fusion.activation { y = try unary(activation, y) }
        return if let residual = fusion.residual { try binary(.add, y, residual, shape: y.shape) } else { y }
    }

    package func convolutionInputGradient(
        _ dy: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) throws(SGCError) -> Tensor {
        let upstream = try read(dy, "convolution")
        let kernel = try read(weight, "convolution")
        let walk = try ConvolutionWalk(input: inputShape, weight: weight.shape, geometry)
        var result = [Double](repeating: 0, count: inputShape.count)
        walk.forEachProduct { from, tap, to in result[from] += upstream[to] * kernel[tap] }
        return try make(result, like: dy, shape: inputShape, "convolution")
    }

    package func convolutionWeightGradient(
        _ x: Tensor, _ dy: Tensor, geometry: ConvolutionGeometry, weightShape: Shape, hasBias: Bool
    ) throws(SGCError) -> (weight: Tensor, bias: Tensor?) {
        let input = try read(x, "convolution")
        let upstream = try read(dy, "convolution")
        let walk = try ConvolutionWalk(input: x.shape, weight: weightShape, geometry)
        var result = [Double](repeating: 0, count: weightShape.count)
        walk.forEachProduct { from, tap, to in result[tap] += input[from] * upstream[to] }
        let weight = try make(result, like: x, shape: weightShape, "convolution")
        guard hasBias else { return (weight, nil) }
        var shift = [Double](repeating: 0, count: weightShape[0])
        for i in upstream.indices { shift[i % shift.count] += upstream[i] }
        return (weight, try make(shift, like: x, shape: [weightShape[0]], "convolution"))
    }
}

/// Every product of a convolution: y[to] += x[from] · weight[tap]. Its three adjoints share the same triples.
private struct ConvolutionWalk {
    /// `[N, H, W, C]`
    let input: Shape
    /// `[O, C/groups, kH, kW]`
    let weight: Shape
    /// `[N, H', W', O]`
    let output: Shape
    let geometry: ConvolutionGeometry

    init(input: Shape, weight: Shape, _ geometry: ConvolutionGeometry) throws(SGCError) {
        let size = geometry.outputSize(
            height: input[1], width: input[2], kernelHeight: weight[2], kernelWidth: weight[3])
        self.input = input
        self.weight = weight
        self.output = try Shape([input[0], size.height, size.width, weight[0]])
        self.geometry = geometry
    }

    /// Calls `body` with the positions in x, weight and y of every product that does not fall on padding.
    func forEachProduct(_ body: (_ from: Int, _ tap: Int, _ to: Int) -> Void) {
        let outputsPerGroup = weight[0] / geometry.groups
        for n in 0..<output[0] {
            for h in 0..<output[1] {
                for w in 0..<output[2] {
                    forEachTap(h, w) { row, column, tapRow, tapColumn in
                        for o in 0..<output[3] {
                            for c in 0..<weight[1] {
                                let channel = o / outputsPerGroup * weight[1] + c
                                body(
                                    ((n * input[1] + row) * input[2] + column) * input[3] + channel,
                                    ((o * weight[1] + c) * weight[2] + tapRow) * weight[3] + tapColumn,
                                    ((n * output[1] + h) * output[2] + w) * output[3] + o)
                            }
                        }
                    }
                }
            }
        }
    }

    /// The input pixels under the kernel for output pixel (h, w), each with its kernel tap.
    private func forEachTap(_ h: Int, _ w: Int, _ body: (Int, Int, Int, Int) -> Void) {
        for tapRow in 0..<weight[2] {
            let row = h * geometry.strideHeight + tapRow * geometry.dilationHeight - geometry.top
            guard row >= 0, row < input[1] else { continue }
            for tapColumn in 0..<weight[3] {
                let column = w * geometry.strideWidth + tapColumn * geometry.dilationWidth - geometry.left
                guard column >= 0, column < input[2] else { continue }
                body(row, column, tapRow, tapColumn)
            }
        }
    }
}
