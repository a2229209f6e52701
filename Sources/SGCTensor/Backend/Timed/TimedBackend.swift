package import SGCBase

/// A backend that passes every operation on to another one and counts its calls and the time they take.
package final class TimedBackend: Backend {
    private let base: any Backend
    private let times: OperationTimes

    package init(_ base: any Backend, times: OperationTimes) {
        self.base = base
        self.times = times
    }
}

extension TimedBackend {
    package func unary(_ function: UnaryFunction, _ x: Tensor) throws(SGCError) -> Tensor {
        try times.measure("elementwise") { () throws(SGCError) in try base.unary(function, x) }
    }

    package func unaryGradient(_ function: UnaryFunction, _ x: Tensor, _ dy: Tensor) throws(SGCError) -> Tensor {
        try times.measure("elementwise gradient") { () throws(SGCError) in try base.unaryGradient(function, x, dy) }
    }

    package func binary(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor, shape: Shape) throws(SGCError) -> Tensor {
        try times.measure("elementwise") { () throws(SGCError) in try base.binary(function, a, b, shape: shape) }
    }

    package func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor, shape: Shape) throws(SGCError) -> Tensor {
        try times.measure("elementwise") { () throws(SGCError) in try base.select(mask, a, b, shape: shape) }
    }

    package func affine(_ x: Tensor, scale: Double, shift: Double) throws(SGCError) -> Tensor {
        try times.measure("elementwise") { () throws(SGCError) in try base.affine(x, scale: scale, shift: shift) }
    }

    package func cast(_ x: Tensor, to dataType: DataType) throws(SGCError) -> Tensor {
        try times.measure("cast") { () throws(SGCError) in try base.cast(x, to: dataType) }
    }

    package func full(_ shape: Shape, _ value: Double, _ dataType: DataType, on device: Device) throws(SGCError)
        -> Tensor
    {
        try times.measure("fill") { () throws(SGCError) in try base.full(shape, value, dataType, on: device) }
    }

    package func accumulate(into a: Tensor, _ b: Tensor) throws(SGCError) {
        try times.measure("accumulate") { () throws(SGCError) in try base.accumulate(into: a, b) }
    }
}

extension TimedBackend {
    package func reduce(_ function: ReductionFunction, _ x: Tensor, outer: Int, count: Int, inner: Int, shape: Shape)
        throws(SGCError) -> Tensor
    {
        try times.measure("reduction") { () throws(SGCError) in
            try base.reduce(function, x, outer: outer, count: count, inner: inner, shape: shape)
        }
    }

    package func argmax(_ x: Tensor, outer: Int, count: Int, inner: Int, shape: Shape) throws(SGCError) -> Tensor {
        try times.measure("reduction") { () throws(SGCError) in
            try base.argmax(x, outer: outer, count: count, inner: inner, shape: shape)
        }
    }

    package func cumulativeSum(_ x: Tensor, outer: Int, count: Int, inner: Int, reversed: Bool) throws(SGCError)
        -> Tensor
    {
        try times.measure("reduction") { () throws(SGCError) in
            try base.cumulativeSum(x, outer: outer, count: count, inner: inner, reversed: reversed)
        }
    }

    package func topK(_ x: Tensor, k: Int) throws(SGCError) -> (values: Tensor, indices: Tensor) {
        try times.measure("top k") { () throws(SGCError) in try base.topK(x, k: k) }
    }

    package func sumOfSquares(_ x: Tensor) throws(SGCError) -> Double {
        try times.measure("sum of squares") { () throws(SGCError) in try base.sumOfSquares(x) }
    }
}

extension TimedBackend {
    package func copyBox(
        from x: Tensor, offset xOffset: Int, strides xStrides: [Int], to y: Tensor, offset yOffset: Int,
        strides yStrides: [Int], extents: [Int]
    ) throws(SGCError) {
        try times.measure("movement") { () throws(SGCError) in
            try base.copyBox(
                from: x, offset: xOffset, strides: xStrides, to: y, offset: yOffset, strides: yStrides, extents: extents
            )
        }
    }
}

extension TimedBackend {
    package func matrixProduct(
        _ a: Tensor, _ b: Tensor, bias: Tensor?, transposeA: Bool, transposeB: Bool, batch: Int, m: Int, n: Int, k: Int,
        shape: Shape
    ) throws(SGCError) -> Tensor {
        try times.measure("matrix product") { () throws(SGCError) in
            try base.matrixProduct(
                a, b, bias: bias, transposeA: transposeA, transposeB: transposeB, batch: batch, m: m, n: n, k: k,
                shape: shape)
        }
    }

    package func packed(_ weight: Tensor, isTransposed: Bool, dataType: DataType) throws(SGCError) -> PackedMatrix {
        try times.measure("weight packing") { () throws(SGCError) in
            try base.packed(weight, isTransposed: isTransposed, dataType: dataType)
        }
    }

    package func unpacked(_ weight: PackedMatrix) throws(SGCError) -> Tensor {
        try times.measure("weight packing") { () throws(SGCError) in try base.unpacked(weight) }
    }

    package func linear(_ x: Tensor, weight: PackedMatrix, bias: Tensor?, activation: UnaryFunction?, shape: Shape)
        throws(SGCError) -> Tensor
    {
        try times.measure("linear") { () throws(SGCError) in
            try base.linear(x, weight: weight, bias: bias, activation: activation, shape: shape)
        }
    }
}

extension TimedBackend {
    package func convolution(
        _ x: Tensor, weight: Tensor, bias: Tensor?, geometry: ConvolutionGeometry, fusion: ConvolutionFusion
    ) throws(SGCError) -> Tensor {
        try times.measure("convolution") { () throws(SGCError) in
            try base.convolution(x, weight: weight, bias: bias, geometry: geometry, fusion: fusion)
        }
    }

    package func convolutionInputGradient(
        _ dy: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) throws(SGCError) -> Tensor {
        try times.measure("convolution input gradient") { () throws(SGCError) in
            try base.convolutionInputGradient(dy, weight: weight, geometry: geometry, inputShape: inputShape)
        }
    }

    package func convolutionWeightGradient(
        _ x: Tensor, _ dy: Tensor, geometry: ConvolutionGeometry, weightShape: Shape, hasBias: Bool
    ) throws(SGCError) -> (weight: Tensor, bias: Tensor?) {
        try times.measure("convolution weight gradient") { () throws(SGCError) in
            try base.convolutionWeightGradient(x, dy, geometry: geometry, weightShape: weightShape, hasBias: hasBias)
        }
    }
}

extension TimedBackend {
    package func groupNorm(_ x: Tensor, groups: Int, gain: Tensor, shift: Tensor, epsilon: Double, silu: Bool)
        throws(SGCError) -> (y: Tensor, statistics: NormalizationStatistics)
    {
        try times.measure("group norm") { () throws(SGCError) in
            try base.groupNorm(x, groups: groups, gain: gain, shift: shift, epsilon: epsilon, silu: silu)
        }
    }

    package func groupNormGradient(
        _ x: Tensor, _ dy: Tensor, groups: Int, gain: Tensor, shift: Tensor, statistics: NormalizationStatistics,
        silu: Bool
    ) throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor) {
        try times.measure("group norm gradient") { () throws(SGCError) in
            try base.groupNormGradient(
                x, dy, groups: groups, gain: gain, shift: shift, statistics: statistics, silu: silu)
        }
    }

    package func layerNorm(_ x: Tensor, gain: Tensor, shift: Tensor, epsilon: Double) throws(SGCError) -> (
        y: Tensor, statistics: NormalizationStatistics
    ) {
        try times.measure("layer norm") { () throws(SGCError) in
            try base.layerNorm(x, gain: gain, shift: shift, epsilon: epsilon)
        }
    }

    package func layerNormGradient(_ x: Tensor, _ dy: Tensor, gain: Tensor, statistics: NormalizationStatistics)
        throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor)
    {
        try times.measure("layer norm gradient") { () throws(SGCError) in
            try base.layerNormGradient(x, dy, gain: gain, statistics: statistics)
        }
    }

    package func channelMoments(_ x: Tensor) throws(SGCError) -> (mean: Tensor, variance: Tensor) {
        try times.measure("batch norm") { () throws(SGCError) in try base.channelMoments(x) }
    }

    package func channelNormalize(_ x: Tensor, statistics: NormalizationStatistics, gain: Tensor, shift: Tensor)
        throws(SGCError) -> Tensor
    {
        try times.measure("batch norm") { () throws(SGCError) in
            try base.channelNormalize(x, statistics: statistics, gain: gain, shift: shift)
        }
    }

    package func batchNormGradient(_ x: Tensor, _ dy: Tensor, gain: Tensor, statistics: NormalizationStatistics)
        throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor)
    {
        try times.measure("batch norm gradient") { () throws(SGCError) in
            try base.batchNormGradient(x, dy, gain: gain, statistics: statistics)
        }
    }
}

extension TimedBackend {
    package func softmax(_ x: Tensor, logarithm: Bool) throws(SGCError) -> Tensor {
        try times.measure("softmax") { () throws(SGCError) in try base.softmax(x, logarithm: logarithm) }
    }

    package func softmaxGradient(_ y: Tensor, _ dy: Tensor, logarithm: Bool) throws(SGCError) -> Tensor {
        try times.measure("softmax gradient") { () throws(SGCError) in
            try base.softmaxGradient(y, dy, logarithm: logarithm)
        }
    }

    package func crossEntropy(_ logits: Tensor, labels: Tensor, smoothing: Double) throws(SGCError) -> (
        loss: Tensor, gradient: Tensor
    ) {
        try times.measure("cross-entropy") { () throws(SGCError) in
            try base.crossEntropy(logits, labels: labels, smoothing: smoothing)
        }
    }
}

extension TimedBackend {
    package func attention(_ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, scale: Double) throws(SGCError) -> (
        y: Tensor, logSumExp: Tensor
    ) {
        try times.measure("attention") { () throws(SGCError) in try base.attention(q, k, v, heads: heads, scale: scale)
        }
    }

    package func attentionGradient(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, y: Tensor, logSumExp: Tensor, _ dy: Tensor, heads: Int, scale: Double
    ) throws(SGCError) -> (q: Tensor, k: Tensor, v: Tensor) {
        try times.measure("attention gradient") { () throws(SGCError) in
            try base.attentionGradient(q, k, v, y: y, logSumExp: logSumExp, dy, heads: heads, scale: scale)
        }
    }
}

extension TimedBackend {
    package func resize(_ x: Tensor, height: Int, width: Int, mode: ResizeMode) throws(SGCError) -> Tensor {
        try times.measure("resize") { () throws(SGCError) in
            try base.resize(x, height: height, width: width, mode: mode)
        }
    }

    package func resizeGradient(_ dy: Tensor, inputShape: Shape, mode: ResizeMode) throws(SGCError) -> Tensor {
        try times.measure("resize gradient") { () throws(SGCError) in
            try base.resizeGradient(dy, inputShape: inputShape, mode: mode)
        }
    }

    package func pool(_ x: Tensor, geometry: PoolingGeometry, outputShape: Shape) throws(SGCError) -> Tensor {
        try times.measure("pooling") { () throws(SGCError) in
            try base.pool(x, geometry: geometry, outputShape: outputShape)
        }
    }

    package func poolGradient(_ x: Tensor, _ dy: Tensor, geometry: PoolingGeometry) throws(SGCError) -> Tensor {
        try times.measure("pooling gradient") { () throws(SGCError) in try base.poolGradient(x, dy, geometry: geometry)
        }
    }

    package func mix(_ x: Tensor, _ weights: MixingWeights, outer: Int, inner: Int, shape: Shape) throws(SGCError)
        -> Tensor
    {
        try times.measure("mixing") { () throws(SGCError) in
            try base.mix(x, weights, outer: outer, inner: inner, shape: shape)
        }
    }
}

extension TimedBackend {
    package func gather(_ table: Tensor, indices: Tensor, shape: Shape) throws(SGCError) -> Tensor {
        try times.measure("gather") { () throws(SGCError) in try base.gather(table, indices: indices, shape: shape) }
    }

    package func scatterAdd(_ x: Tensor, indices: Tensor, rows: Int) throws(SGCError) -> Tensor {
        try times.measure("scatter") { () throws(SGCError) in try base.scatterAdd(x, indices: indices, rows: rows) }
    }

    package func oneHot(_ indices: Tensor, classes: Int, _ dataType: DataType) throws(SGCError) -> Tensor {
        try times.measure("one-hot") { () throws(SGCError) in try base.oneHot(indices, classes: classes, dataType) }
    }

    package func indexRange(_ indices: Tensor) throws(SGCError) -> (smallest: Int, largest: Int) {
        try times.measure("index range") { () throws(SGCError) in try base.indexRange(indices) }
    }
}

extension TimedBackend {
    package func nearestCodes(_ z: Tensor, codebook: Tensor, distance: CodeDistance, wantsAnchors: Bool)
        throws(SGCError) -> NearestCodes
    {
        try times.measure("nearest code") { () throws(SGCError) in
            try base.nearestCodes(z, codebook: codebook, distance: distance, wantsAnchors: wantsAnchors)
        }
    }
}

extension TimedBackend {
    package func adam(
        _ update: AdamUpdate, parameter: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor
    ) throws(SGCError) {
        try times.measure("optimizer") { () throws(SGCError) in
            try base.adam(
                update, parameter: parameter, gradient: gradient, firstMoment: firstMoment, secondMoment: secondMoment)
        }
    }

    package func interpolate(_ a: Tensor, toward b: Tensor, rate: Double) throws(SGCError) {
        try times.measure("weight average") { () throws(SGCError) in try base.interpolate(a, toward: b, rate: rate) }
    }
}
