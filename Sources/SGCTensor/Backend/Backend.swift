package import SGCBase

/// What computes: the operations that every backend provides on plain tensors, without gradients recorded.
///
/// Two backends exist: ``ReferenceBackend`` (plain generic Swift in float32 and float64, the oracle of every test) and
/// ``CPUBackend`` (oneDNN and vector loops, float32 and bfloat16). Shapes and types were checked by the operation in
/// `Ops` that calls; a backend may rely on that. Tensors are contiguous, images `[N, H, W, C]`. Results are new tensors
/// on the device of the first operand unless a function says "in place". All functions throw `.outOfMemory` and
/// `.cancelled`, and `.unsupported` for a data type that the backend does not have.
///
/// bfloat16 operands are computed in float32 inside a function and rounded once on the way out.
package protocol Backend: ElementwiseBackend, ReductionBackend, MovementBackend, MatrixBackend, ConvolutionBackend,
    NormalizationBackend, SoftmaxBackend, AttentionBackend, ResamplingBackend, IndexBackend, CodebookBackend,
    OptimizerBackend
{}

// MARK: - Elementwise

/// A function of one number.
package enum UnaryFunction: Hashable, Sendable {
    case silu, sigmoid, tanh, relu, exp, log, squareRoot, reciprocalSquareRoot, square, absolute, reciprocal
    /// GELU with the error function.
    case gelu
    /// GELU in its tanh form.
    case geluTanh
    /// x for x > 0, `slope`·x otherwise.
    case leakyReLU(slope: Float)
    /// log(1 + eˣ), computed without overflow.
    case softplus
    /// x limited to [`low`, `high`]; the gradient is 0 outside.
    case clamp(low: Float, high: Float)
    /// x · sigmoid(1.702 x), CLIP's GELU.
    case quickGELU
    /// x for x > 0, `alpha`·(eˣ − 1) otherwise.
    case elu(alpha: Float)
    /// x for x > `above`, 0 otherwise.
    case threshold(above: Float)
    /// The error function.
    case erf
    /// To whole numbers: down, up, to nearest (halves to even); and −1, 0 or 1. Their gradient is 0.
    case floor, ceiling, round, sign
    case sine, cosine, tangent, arcSine, arcCosine, arcTangent
    case hyperbolicSine, hyperbolicCosine, areaSine, areaCosine, areaTangent
}

/// A function of two numbers. Comparisons give 1 or 0 in the operands' type.
package enum BinaryFunction: UInt8, Hashable, Sendable, CaseIterable {
    case add, subtract, multiply, divide, maximum, minimum, less, equal
    /// a to the power of b, as C's `pow`.
    case power
}

package protocol ElementwiseBackend: AnyObject, Sendable {
    /// f(x) of every element; floating types.
    func unary(_ function: UnaryFunction, _ x: Tensor) throws(SGCError) -> Tensor
    /// dy · f'(x) of every element. At kinks the derivative is PyTorch's: that of the
    /// branch x <= 0, and 0 for |x|.
    func unaryGradient(_ function: UnaryFunction, _ x: Tensor, _ dy: Tensor) throws(SGCError) -> Tensor
    /// f(a, b) with `a` and `b` broadcast to `shape` (aligned at the last axis); both of one floating type.
    func binary(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor, shape: Shape) throws(SGCError) -> Tensor
    /// a where `mask` is not 0, b elsewhere, each broadcast to `shape`; all of one floating type.
    func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor, shape: Shape) throws(SGCError) -> Tensor
    /// scale · x + shift.
    func affine(_ x: Tensor, scale: Double, shift: Double) throws(SGCError) -> Tensor
    /// x in another type. To int32: rounded to nearest, saturating, NaN becomes 0. To uint8: likewise in 0...255.
    func cast(_ x: Tensor, to dataType: DataType) throws(SGCError) -> Tensor
    /// A tensor of one value.
    func full(_ shape: Shape, _ value: Double, _ dataType: DataType, on device: Device) throws(SGCError) -> Tensor
    /// a += b in place; equal shapes and types.
    func accumulate(into a: Tensor, _ b: Tensor) throws(SGCError)
}

// MARK: - Reductions

package enum ReductionFunction: UInt8, Hashable, Sendable, CaseIterable {
    case sum, mean, maximum, minimum
}

package protocol ReductionBackend: AnyObject, Sendable {
    /// Reduces the middle axis of `x` seen as `[outer, count, inner]`; the result has shape `shape` (outer · inner
    /// elements). The order of summation is fixed and does not depend on the thread count. `count` = 0 gives 0 for
    /// sum and mean, minus and plus infinity for maximum and minimum.
    func reduce(
        _ function: ReductionFunction, _ x: Tensor, outer: Int, count: Int, inner: Int, shape: Shape
    ) throws(SGCError) -> Tensor
    /// The index of the largest element (the first of equals) along the middle axis of `[outer, count, inner]`; int32.
    func argmax(_ x: Tensor, outer: Int, count: Int, inner: Int, shape: Shape) throws(SGCError) -> Tensor
    /// Running sums along the middle axis of `[outer, count, inner]`; from the end when `reversed`.
    func cumulativeSum(_ x: Tensor, outer: Int, count: Int, inner: Int, reversed: Bool) throws(SGCError) -> Tensor
    /// The `k` largest of each row of `[rows, columns]`, largest first, equal values by lower index first.
    ///
    /// - Returns: values `[rows, k]` and int32 indices `[rows, k]`.
    func topK(_ x: Tensor, k: Int) throws(SGCError) -> (values: Tensor, indices: Tensor)
    /// Σ x² in double precision; not finite when any element is not.
    func sumOfSquares(_ x: Tensor) throws(SGCError) -> Double
}

// MARK: - Movement

package protocol MovementBackend: AnyObject, Sendable {
    /// Copies a strided box of `extents` elements from `x` into `y` in place: element (i, j, …) goes from
    /// `x[xOffset + i·xStrides[0] + …]` to `y[yOffset + i·yStrides[0] + …]`. Any type, equal on both sides. Strides in
    /// elements, may be negative, and 0 in `x` (broadcast). All of permute, slice, pad, concat and broadcast are made of this.
    func copyBox(
        from x: Tensor, offset xOffset: Int, strides xStrides: [Int],
        to y: Tensor, offset yOffset: Int, strides yStrides: [Int], extents: [Int]
    ) throws(SGCError)
}

// MARK: - Matrix product

package protocol MatrixBackend: AnyObject, Sendable {
    /// op(a) · op(b) + bias for each batch: a `[batch, m, k]` (or `[batch, k, m]` when `transposeA`), b `[batch, k, n]`
    /// (or `[batch, n, k]` when `transposeB`), bias `[n]`; the result has shape `shape` = `[batch, m, n]`. `b` may have
    /// batch 1 and serve every batch of `a`. k is at least 1. The data type is that of `a` and `b`; bias is a float32
    /// master (float64 in a float64 computation).
    func matrixProduct(
        _ a: Tensor, _ b: Tensor, bias: Tensor?, transposeA: Bool, transposeB: Bool, batch: Int, m: Int, n: Int, k: Int,
        shape: Shape
    ) throws(SGCError) -> Tensor
    /// A float32 weight, converted to `dataType`, as ``linear(_:weight:bias:activation:shape:)`` reads it fastest. Made
    /// once as long as the weight's content does not change. Neither extent is 0.
    func packed(_ weight: Tensor, isTransposed: Bool, dataType: DataType) throws(SGCError) -> PackedMatrix
    /// The inverse of ``packed(_:isTransposed:dataType:)``: float32 values, of the precision that was packed.
    func unpacked(_ weight: PackedMatrix) throws(SGCError) -> Tensor
    /// activation(x · op(weight) + bias): x `[rows, k]` of the weight's type, bias `[n]` a float32 master; the result has
    /// shape `shape`, rows · n elements.
    func linear(
        _ x: Tensor, weight: PackedMatrix, bias: Tensor?, activation: UnaryFunction?, shape: Shape
    ) throws(SGCError) -> Tensor
}

// MARK: - Convolution

/// The geometry of a two-dimensional convolution.
package struct ConvolutionGeometry: Hashable, Sendable {
    /// Steps between neighbouring outputs, in input pixels.
    package var strideHeight = 1, strideWidth = 1
    /// Zeros added on each side, in pixels.
    package var top = 0, left = 0, bottom = 0, right = 0
    /// Distance between kernel taps; 1 is a dense kernel.
    package var dilationHeight = 1, dilationWidth = 1
    /// Channel groups; input and output channels are multiples of it.
    package var groups = 1

    package init(stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1) {
        strideHeight = stride
        strideWidth = stride
        (top, left, bottom, right) = (padding, padding, padding, padding)
        dilationHeight = dilation
        dilationWidth = dilation
        self.groups = groups
    }

    /// Output height and width for an input and a kernel; below 1 when the kernel does not fit.
    package func outputSize(height: Int, width: Int, kernelHeight: Int, kernelWidth: Int) -> (height: Int, width: Int) {
        (
            (height + top + bottom - dilationHeight * (kernelHeight - 1) - 1) / strideHeight + 1,
            (width + left + right - dilationWidth * (kernelWidth - 1) - 1) / strideWidth + 1
        )
    }
}

/// What a convolution does in its own passes over the images.
package struct ConvolutionFusion {
    /// Whether x is enlarged to twice its height and width first, each pixel four times.
    package var isEnlarged = false
    /// Applied to the sums and the bias.
    package var activation: UnaryFunction?
    /// Added last: of the shape and the type of the result.
    package var residual: Tensor?

    package init(isEnlarged: Bool = false, activation: UnaryFunction? = nil, residual: Tensor? = nil) {
        self.isEnlarged = isEnlarged
        self.activation = activation
        self.residual = residual
    }

    /// The extents of the convolved image: x's, or twice those.
    func input(_ x: Shape) throws(SGCError) -> Shape {
        isEnlarged ? try Shape([x[0], 2 * x[1], 2 * x[2], x[3]]) : x
    }
}

package protocol ConvolutionBackend: AnyObject, Sendable {
    /// activation(x `[N, H, W, C]` * weight `[O, C/groups, kH, kW]` + bias `[O]`) + residual -> `[N, H', W', O]`, of x or
    /// x enlarged. Bias is float32.
    func convolution(
        _ x: Tensor, weight: Tensor, bias: Tensor?, geometry: ConvolutionGeometry, fusion: ConvolutionFusion
    ) throws(SGCError) -> Tensor
    /// The gradient with respect to x (`inputShape` = `[N, H, W, C]`) for upstream dy `[N, H', W', O]`. Also the forward
    /// pass of the transposed convolution.
    func convolutionInputGradient(
        _ dy: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) throws(SGCError) -> Tensor
    /// The gradients with respect to the weight (`weightShape` = `[O, C/groups, kH, kW]`) and, when `hasBias`, the bias.
    func convolutionWeightGradient(
        _ x: Tensor, _ dy: Tensor, geometry: ConvolutionGeometry, weightShape: Shape, hasBias: Bool
    ) throws(SGCError) -> (weight: Tensor, bias: Tensor?)
}

// MARK: - Normalization

/// What a normalization saved for its gradient, float32 (float64 in a float64 computation).
package struct NormalizationStatistics {
    package let mean: Tensor
    /// 1/√(variance + ε).
    package let inverseDeviation: Tensor

    package init(mean: Tensor, inverseDeviation: Tensor) {
        self.mean = mean
        self.inverseDeviation = inverseDeviation
    }
}

package protocol NormalizationBackend: AnyObject, Sendable {
    /// Group normalization over x `[N, S, C]` (S = all spatial positions): statistics per image and group `[N, groups]`,
    /// population variance, then gain `[C]` and shift `[C]` (float32), then SiLU when `silu`. Shape of x is kept.
    func groupNorm(
        _ x: Tensor, groups: Int, gain: Tensor, shift: Tensor, epsilon: Double, silu: Bool
    ) throws(SGCError) -> (y: Tensor, statistics: NormalizationStatistics)
    func groupNormGradient(
        _ x: Tensor, _ dy: Tensor, groups: Int, gain: Tensor, shift: Tensor, statistics: NormalizationStatistics,
        silu: Bool
    ) throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor)

    /// Layer normalization over the last axis: statistics per row `[rows]`, gain and shift `[last]` (float32).
    func layerNorm(
        _ x: Tensor, gain: Tensor, shift: Tensor, epsilon: Double
    ) throws(SGCError) -> (y: Tensor, statistics: NormalizationStatistics)
    func layerNormGradient(
        _ x: Tensor, _ dy: Tensor, gain: Tensor, statistics: NormalizationStatistics
    ) throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor)

    /// Mean and population variance of each channel of x `[rows, C]` (all axes but the last are rows); float32 `[C]`.
    func channelMoments(_ x: Tensor) throws(SGCError) -> (mean: Tensor, variance: Tensor)
    /// (x − mean) · inverseDeviation · gain + shift per channel (the last axis); all `[C]`, float32.
    func channelNormalize(
        _ x: Tensor, statistics: NormalizationStatistics, gain: Tensor, shift: Tensor
    ) throws(SGCError) -> Tensor
    /// Gradients of batch normalization whose statistics were computed from x itself.
    func batchNormGradient(
        _ x: Tensor, _ dy: Tensor, gain: Tensor, statistics: NormalizationStatistics
    ) throws(SGCError) -> (x: Tensor, gain: Tensor, shift: Tensor)
}

// MARK: - Softmax

package protocol SoftmaxBackend: AnyObject, Sendable {
    /// Softmax over the last axis, or its logarithm; computed with the row's maximum subtracted.
    func softmax(_ x: Tensor, logarithm: Bool) throws(SGCError) -> Tensor
    /// The gradient from the *output* y of ``softmax(_:logarithm:)``.
    func softmaxGradient(_ y: Tensor, _ dy: Tensor, logarithm: Bool) throws(SGCError) -> Tensor
    /// Cross-entropy of logits `[rows, classes]` (float32/float64) with int32 labels `[rows]`; a label below 0 is ignored.
    ///
    /// With smoothing ε the target is (1 − ε) on the label plus ε/classes on every class. The loss is the mean over rows
    /// that are not ignored, 0 when there is none.
    ///
    /// - Returns: the scalar loss, and its gradient `[rows, classes]`.
    func crossEntropy(
        _ logits: Tensor, labels: Tensor, smoothing: Double
    ) throws(SGCError) -> (loss: Tensor, gradient: Tensor)
}

// MARK: - Attention

package protocol AttentionBackend: AnyObject, Sendable {
    /// softmax(scale · q kᵀ) v for every batch and head: q `[B, T, heads · D]`, k and v `[B, S, heads · D]` (head h is
    /// channels h·D ..< (h+1)·D), the result `[B, T, heads · D]`. Scores are never held for more than a block of queries.
    /// `logSumExp` `[B, heads, T]` (float32) is what the gradient needs.
    func attention(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, scale: Double
    ) throws(SGCError) -> (y: Tensor, logSumExp: Tensor)
    func attentionGradient(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, y: Tensor, logSumExp: Tensor, _ dy: Tensor, heads: Int, scale: Double
    ) throws(SGCError) -> (q: Tensor, k: Tensor, v: Tensor)
}

// MARK: - Resampling

package enum ResizeMode: UInt8, Hashable, Sendable { case nearest, bilinear }

/// A pooling window. Average pooling divides by the part of the window that lies on image and padding when
/// `countsPadding`, else by the covered pixels.
package struct PoolingGeometry: Hashable, Sendable {
    package enum Function: UInt8, Hashable, Sendable { case average, maximum }
    package var function: Function
    package var kernelHeight: Int, kernelWidth: Int
    package var strideHeight: Int, strideWidth: Int
    /// Padding on each side, in pixels; smaller than the window.
    package var top: Int, left: Int, bottom: Int, right: Int
    /// Distance between the pixels of a window.
    package var dilationHeight = 1, dilationWidth = 1
    package var countsPadding: Bool
    /// Whether a last window that reaches beyond the padding counts, when it starts within image or leading padding.
    package var roundsUp = false

    package init(_ function: Function, kernel: Int, stride: Int, padding: Int = 0, countsPadding: Bool = true) {
        self.function = function
        (kernelHeight, kernelWidth) = (kernel, kernel)
        (strideHeight, strideWidth) = (stride, stride)
        (top, left, bottom, right) = (padding, padding, padding, padding)
        self.countsPadding = countsPadding
    }

    /// Output height and width; below 1 when the window does not fit.
    package func outputSize(height: Int, width: Int) -> (height: Int, width: Int) {
        (
            windows(height, top, bottom, dilationHeight * (kernelHeight - 1) + 1, strideHeight),
            windows(width, left, right, dilationWidth * (kernelWidth - 1) + 1, strideWidth)
        )
    }

    private func windows(_ extent: Int, _ before: Int, _ after: Int, _ window: Int, _ stride: Int) -> Int {
        let free = extent + before + after - window
        guard free >= 0 else { return 0 }
        guard roundsUp else { return free / stride + 1 }
        let count = (free + stride - 1) / stride + 1
        return (count - 1) * stride >= extent + before ? count - 1 : count
    }
}

package protocol ResamplingBackend: AnyObject, Sendable {
    /// x `[N, H, W, C]` -> `[N, height, width, C]`. Nearest takes pixel ⌊i·H/height⌋; bilinear samples at
    /// (i + ½)·H/height − ½ clamped to the image (corners not aligned), as PyTorch's interpolate.
    func resize(_ x: Tensor, height: Int, width: Int, mode: ResizeMode) throws(SGCError) -> Tensor
    func resizeGradient(_ dy: Tensor, inputShape: Shape, mode: ResizeMode) throws(SGCError) -> Tensor
    /// Pooling of x `[N, H, W, C]`. Padding never wins a maximum.
    func pool(_ x: Tensor, geometry: PoolingGeometry, outputShape: Shape) throws(SGCError) -> Tensor
    /// The gradient; a maximum's goes to the first of equal inputs in row-major order.
    func poolGradient(_ x: Tensor, _ dy: Tensor, geometry: PoolingGeometry) throws(SGCError) -> Tensor
    /// Mixes the middle axis of x seen as `[outer, weights.inputs, inner]` -> `shape` = `[outer, weights.outputs, inner]`.
    func mix(_ x: Tensor, _ weights: MixingWeights, outer: Int, inner: Int, shape: Shape) throws(SGCError) -> Tensor
}

// MARK: - Indices

package protocol IndexBackend: AnyObject, Sendable {
    /// Rows `table[indices[i]]`: table `[K, D]`, int32 indices of any shape -> shape + `[D]` (= `shape`).
    /// Indices were checked to lie in 0..<K.
    func gather(_ table: Tensor, indices: Tensor, shape: Shape) throws(SGCError) -> Tensor
    /// Σ of rows of x `[T, D]` by index: a `[rows, D]` tensor of zeros with x[i] added to row indices[i], in order of i.
    /// Negative indices are skipped.
    func scatterAdd(_ x: Tensor, indices: Tensor, rows: Int) throws(SGCError) -> Tensor
    /// One-hot rows `[T, classes]` of int32 indices; a negative index gives a row of zeros.
    func oneHot(_ indices: Tensor, classes: Int, _ dataType: DataType) throws(SGCError) -> Tensor
    /// The smallest and the largest of an int32 tensor; (0, -1) when it is empty.
    func indexRange(_ indices: Tensor) throws(SGCError) -> (smallest: Int, largest: Int)
}

// MARK: - Codebook

/// How far a latent lies from a codebook entry: Σ over channel ranges of weight · ‖z − e‖, or of its square.
///
/// One range with `isSquared` is VQGAN's distance; two unsquared ranges are Eq. 6 of the SGC-VQGAN paper. For the
/// cosine distance both sides are normalized beforehand and the squared distance is used: it orders equally.
package struct CodeDistance: Hashable, Sendable {
    package struct Part: Hashable, Sendable {
        package let channels: Range<Int>
        package let weight: Float

        package init(channels: Range<Int>, weight: Float) {
            self.channels = channels
            self.weight = weight
        }
    }
    package let parts: [Part]
    package let isSquared: Bool

    package init(parts: [Part], isSquared: Bool) {
        self.parts = parts
        self.isSquared = isSquared
    }
}

/// The nearest code of every latent, and the nearest latent of every code.
package struct NearestCodes {
    /// int32 `[T]`: the nearest code, the lowest index among equals.
    package let codes: Tensor
    /// float32 `[T]`: its distance, and the distance of the second-best code (infinite when K = 1).
    package let distances: Tensor, secondDistances: Tensor
    /// int32 `[K]`: the latent nearest to each code (lowest index among equals); `nil` unless asked for.
    package let anchors: Tensor?

    package init(codes: Tensor, distances: Tensor, secondDistances: Tensor, anchors: Tensor?) {
        self.codes = codes
        self.distances = distances
        self.secondDistances = secondDistances
        self.anchors = anchors
    }
}

package protocol CodebookBackend: AnyObject, Sendable {
    /// Compares latents z `[T, D]` with the codebook `[K, D]` in blocks, never holding T × K distances. float32
    /// (float64 in Reference). The result for a latent does not depend on the other latents nor on the thread count.
    func nearestCodes(
        _ z: Tensor, codebook: Tensor, distance: CodeDistance, wantsAnchors: Bool
    ) throws(SGCError) -> NearestCodes
}

// MARK: - Optimizers

/// One Adam or AdamW update (Kingma & Ba 2015; Loshchilov & Hutter 2019).
package struct AdamUpdate: Hashable, Sendable {
    package var learningRate: Double
    package var beta1: Double, beta2: Double
    package var epsilon: Double
    /// Decoupled weight decay; 0 is plain Adam.
    package var weightDecay: Double
    /// 1 for the first update.
    package var step: Int
    /// What the gradient is multiplied with first (global-norm clipping, accumulation).
    package var gradientScale: Double

    package init(
        learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double, step: Int,
        gradientScale: Double
    ) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.step = step
        self.gradientScale = gradientScale
    }
}

package protocol OptimizerBackend: AnyObject, Sendable {
    /// In place, one pass: p ← p·(1 − lr·wd) − lr·m̂/(√v̂ + ε) with both moments updated. float32 (float64 in Reference).
    func adam(
        _ update: AdamUpdate, parameter: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor
    ) throws(SGCError)
    /// a ← a + rate · (b − a) in place: the exponential moving average of weights.
    func interpolate(_ a: Tensor, toward b: Tensor, rate: Double) throws(SGCError)
}
