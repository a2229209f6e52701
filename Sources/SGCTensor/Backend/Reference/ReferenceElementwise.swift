import Glibc
package import SGCBase

extension ReferenceBackend: ElementwiseBackend {
    package func unary(_ function: UnaryFunction, _ x: Tensor) throws(SGCError) -> Tensor {
        let input = try read(x, "\(function)")
        return try make(input.map { value(function, $0) }, like: x, "\(function)")
    }

    package func unaryGradient(_ function: UnaryFunction, _ x: Tensor, _ dy: Tensor) throws(SGCError) -> Tensor {
        let input = try read(x, "\(function)")
        let upstream = try read(dy, "\(function)")
        let gradient = zip(input, upstream).map { derivative(function, $0) * $1 }
        return try make(gradient, like: x, "\(function)")
    }

    package func binary(
        _ function: BinaryFunction, _ a: Tensor, _ b: Tensor, shape: Shape
    ) throws(SGCError) -> Tensor {
        let left = try read(a, "\(function)")
        let right = try read(b, "\(function)")
        let (positionsA, positionsB) = (positions(of: a.shape, in: shape), positions(of: b.shape, in: shape))
        let result = zip(positionsA, positionsB).map { value(function, left[$0], right[$1]) }
        return try make(result, like: a, shape: shape, "\(function)")
    }

    package func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor, shape: Shape) throws(SGCError) -> Tensor {
        let (conditions, left, right) = (try read(mask, "select"), try read(a, "select"), try read(b, "select"))
        let places = (
            positions(of: mask.shape, in: shape), positions(of: a.shape, in: shape), positions(of: b.shape, in: shape)
        )
        let result = (0..<shape.count).map {
            conditions[places.0[$0]] != 0 ? left[places.1[$0]] : right[places.2[$0]]
        }
        return try make(result, like: a, shape: shape, "select")
    }

    package func affine(_ x: Tensor, scale: Double, shift: Double) throws(SGCError) -> Tensor {
        try make(try read(x, "affine").map { scale * $0 + shift }, like: x, "affine")
    }

    package func cast(_ x: Tensor, to dataType: DataType) throws(SGCError) -> Tensor {
        try make(try read(x, "cast"), x.shape, dataType, on: x.device, "cast")
    }

    package func full(
        _ shape: Shape, _ value: Double, _ dataType: DataType, on device: Device
    ) throws(SGCError) -> Tensor {
        try make([Double](repeating: value, count: shape.count), shape, dataType, on: device, "full")
    }

    package func accumulate(into a: Tensor, _ b: Tensor) throws(SGCError) {
        let sum = zip(try read(a, "accumulate"), try read(b, "accumulate")).map { $0 + $1 }
        try write(sum, to: a, "accumulate")
    }
}

/// For each element of `target`, the position of the element of `shape` that broadcasting puts there.
private func positions(of shape: Shape, in target: Shape) -> [Int] {
    let (own, strides) = (shape.strides, target.strides)
    let lead = target.rank - shape.rank
    return (0..<target.count).map { index in
        var position = 0
        for axis in 0..<shape.rank where shape[axis] > 1 {
            position += index / strides[axis + lead] % target[axis + lead] * own[axis]
        }
        return position
    }
}

private func value(_ function: BinaryFunction, _ a: Double, _ b: Double) -> Double {
    switch function {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: a > b || a.isNaN ? a : b
    case .minimum: a < b || a.isNaN ? a : b
    case .less: a < b ? 1 : 0
    case .equal: a == b ? 1 : 0
    case .power: pow(a, b)
    }
}

func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// √(2/π), the factor inside GELU's tanh form (Hendrycks & Gimpel 2016, section 2).
private let geluFactor = (2 / Double.pi).squareRoot()

private func value(_ function: UnaryFunction, _ x: Double) -> Double {
    switch function {
    case .silu: x * sigmoid(x)
    case .sigmoid: sigmoid(x)
    case .tanh: tanh(x)
    case .relu: x <= 0 ? 0 : x
    case .exp: exp(x)
    case .log: log(x)
    case .squareRoot: x.squareRoot()
    case .reciprocalSquareRoot: 1 / x.squareRoot()
    case .square: x * x
    case .absolute: abs(x)
    case .reciprocal: 1 / x
    case .gelu: x * 0.5 * (1 + erf(x / 2.squareRoot()))
    case .geluTanh: x * 0.5 * (1 + tanh(geluFactor * (x + 0.044715 * x * x * x)))
    case .leakyReLU(let slope): x > 0 ? x : Double(slope) * x
    case .softplus: max(x, 0) + log1p(exp(-abs(x)))
    case .clamp(let low, let high): x < Double(low) ? Double(low) : x > Double(high) ? Double(high) : x
    case .quickGELU: x * sigmoid(1.702 * x)
    case .elu(let alpha): x > 0 ? x : Double(alpha) * expm1(x)
    case .threshold(let above): x <= Double(above) ? 0 : x
    case .erf: erf(x)
    case .floor: floor(x)
    case .ceiling: ceil(x)
    case .round: x.rounded(.toNearestOrEven)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : x
    case .sine: sin(x)
    case .cosine: cos(x)
    case .tangent: tan(x)
    case .arcSine: asin(x)
    case .arcCosine: acos(x)
    case .arcTangent: atan(x)
    case .hyperbolicSine: sinh(x)
    case .hyperbolicCosine: cosh(x)
    case .areaSine: asinh(x)
    case .areaCosine: acosh(x)
    case .areaTangent: atanh(x)
    }
}

private func derivative(_ function: UnaryFunction, _ x: Double) -> Double {
    switch function {
    case .silu: siluDerivative(x)
    case .sigmoid: sigmoid(x) * (1 - sigmoid(x))
    case .tanh: 1 - tanh(x) * tanh(x)
    case .relu: x > 0 ? 1 : 0
    case .exp: exp(x)
    case .log: 1 / x
    case .squareRoot: 0.5 / x.squareRoot()
    case .reciprocalSquareRoot: -0.5 / (x * x.squareRoot())
    case .square: 2 * x
    // The one kink whose derivative is neither branch's: 0 at 0, as in PyTorch.
    case .absolute: x > 0 ? 1 : x < 0 ? -1 : 0
    case .reciprocal: -1 / (x * x)
    case .gelu: 0.5 * (1 + erf(x / 2.squareRoot())) + x * exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
    case .geluTanh: geluTanhDerivative(x)
    case .leakyReLU(let slope): x > 0 ? 1 : Double(slope)
    case .softplus: sigmoid(x)
    case .clamp(let low, let high): x >= Double(low) && x <= Double(high) ? 1 : 0
    case .quickGELU: siluDerivative(1.702 * x)
    case .elu(let alpha): x > 0 ? 1 : Double(alpha) * exp(x)
    case .threshold(let above): x > Double(above) ? 1 : 0
    case .erf: 2 / Double.pi.squareRoot() * exp(-x * x)
    case .floor, .ceiling, .round, .sign: 0
    case .sine: cos(x)
    case .cosine: -sin(x)
    case .tangent: 1 + tan(x) * tan(x)
    case .arcSine: 1 / (1 - x * x).squareRoot()
    case .arcCosine: -1 / (1 - x * x).squareRoot()
    case .arcTangent: 1 / (1 + x * x)
    case .hyperbolicSine: cosh(x)
    case .hyperbolicCosine: sinh(x)
    case .areaSine: 1 / (x * x + 1).squareRoot()
    case .areaCosine: 1 / (x * x - 1).squareRoot()
    case .areaTangent: 1 / (1 - x * x)
    }
}

func siluDerivative(_ x: Double) -> Double { sigmoid(x) * (1 + x * (1 - sigmoid(x))) }

private func geluTanhDerivative(_ x: Double) -> Double {
    let t = tanh(geluFactor * (x + 0.044715 * x * x * x))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * geluFactor * (1 + 3 * 0.044715 * x * x)
}
