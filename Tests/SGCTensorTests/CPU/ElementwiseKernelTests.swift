import Glibc
import SGCBase
import SGCTensor
import Testing

@Suite struct ElementwiseKernelTests {
    private func sigmoid(_ x: Double) -> Double { 1 / (1 + Glibc.exp(-x)) }

    private func value(_ function: UnaryFunction, _ x: Double) -> Double {
        switch function {
        case .silu: x * sigmoid(x)
        case .sigmoid: sigmoid(x)
        case .tanh: Glibc.tanh(x)
        case .relu: max(0, x)
        case .exp: Glibc.exp(x)
        case .log: Glibc.log(x)
        case .squareRoot: x.squareRoot()
        case .reciprocalSquareRoot: 1 / x.squareRoot()
        case .square: x * x
        case .absolute: abs(x)
        case .reciprocal: 1 / x
        case .gelu: 0.5 * x * (1 + Glibc.erf(x / 2.0.squareRoot()))
        case .geluTanh: 0.5 * x * (1 + Glibc.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .leakyReLU(let slope): x > 0 ? x : Double(slope) * x
        case .softplus: Glibc.log1p(Glibc.exp(x))
        case .clamp(let low, let high): min(Double(high), max(Double(low), x))
        case .quickGELU: x * sigmoid(1.702 * x)
        case .elu(let alpha): x > 0 ? x : Double(alpha) * Glibc.expm1(x)
        case .threshold(let above): x > Double(above) ? x : 0
        case .erf: Glibc.erf(x)
        case .floor: Glibc.floor(x)
        case .ceiling: Glibc.ceil(x)
        case .round: x.rounded(.toNearestOrEven)
        case .sign: x > 0 ? 1 : x < 0 ? -1 : 0
        case .sine: Glibc.sin(x)
        case .cosine: Glibc.cos(x)
        case .tangent: Glibc.tan(x)
        case .arcSine: Glibc.asin(x)
        case .arcCosine: Glibc.acos(x)
        case .arcTangent: Glibc.atan(x)
        case .hyperbolicSine: Glibc.sinh(x)
        case .hyperbolicCosine: Glibc.cosh(x)
        case .areaSine: Glibc.asinh(x)
        case .areaCosine: Glibc.acosh(x)
        case .areaTangent: Glibc.atanh(x)
        }
    }

    static let functions: [UnaryFunction] = [
        .silu, .sigmoid, .tanh, .relu, .exp, .log, .squareRoot, .reciprocalSquareRoot, .square, .absolute, .reciprocal,
        .gelu, .geluTanh, .leakyReLU(slope: 0.2), .softplus, .clamp(low: -0.7, high: 1.1), .quickGELU, .elu(alpha: 1.5),
        .threshold(above: 0.5), .erf, .floor, .ceiling, .round, .sign, .sine, .cosine, .tangent, .arcSine, .arcCosine,
        .arcTangent, .hyperbolicSine, .hyperbolicCosine, .areaSine, .areaCosine, .areaTangent,
    ]

    @Test("every function and its slope agree with Glibc's in double precision", arguments: functions)
    func unary(_ function: UnaryFunction) throws {
        let device = cpuDevice(threads: 1)
        for type in [DataType.float32, .bfloat16] {
            for count in awkwardCounts {
                // Away from 0, where the square root, the logarithm and the reciprocal end.
                let positive = function == .log || function == .squareRoot || function == .reciprocalSquareRoot
                // Within the domain, and for the tangent away from its pole.
                let isSmall = [.arcSine, .arcCosine, .areaTangent, .tangent].contains(function)
                let x = try tensor(
                    scattered(count, range: isSmall ? 0.8 : 3).map {
                        function == .areaCosine
                            ? abs($0) + 1.125 : positive ? abs($0) + 0.1 : $0 + ($0 < 0 ? -0.1 : 0.1)
                    }, [count], type, on: device)
                let dy = try tensor(scattered(count, seed: 2), [count], type, on: device)
                expectNear(
                    try device.backend.unary(function, x), x.doubles.map { value(function, $0) }, tolerance(type),
                    "\(function) \(type)")
                // Steps may lie within a difference.
                let isStep = [.floor, .ceiling, .round, .sign].contains(function)
                let slopes = zip(x.doubles, dy.doubles).map { x, dy in
                    isStep ? 0 : dy * (value(function, x + 1e-6) - value(function, x - 1e-6)) / 2e-6
                }
                expectNear(
                    try device.backend.unaryGradient(function, x, dy), slopes, max(1e-5, tolerance(type)),
                    "slope of \(function) \(type)")
            }
        }
    }

    @Test("exp, log, tanh and erf keep their stated errors over their whole range, and the right limits")
    func accuracy() throws {
        let device = cpuDevice(threads: 1), count = 200_001
        func worst(_ function: UnaryFunction, _ low: Double, _ high: Double, _ error: (Double, Double) -> Double) throws
            -> Double
        {
            let x = try tensor(
                (0..<count).map { low + (high - low) * Double($0) / Double(count - 1) }, [count], on: device)
            return zip(x.doubles, try device.backend.unary(function, x).doubles).map(error).max() ?? .infinity
        }
        let relative = { (value: Double, wanted: Double) in wanted == 0 ? abs(value) : abs(value / wanted - 1) }
        #expect(try worst(.exp, -87, 88.7) { relative($1, Glibc.exp($0)) } <= 2e-7)
        #expect(try worst(.log, 1e-30, 4) { relative($1, Glibc.log($0)) } <= 2e-7)
        #expect(try worst(.log, 0.9, 1.1) { relative($1, Glibc.log($0)) } <= 2e-7)
        #expect(try worst(.tanh, -10, 10) { relative($1, Glibc.tanh($0)) } <= 3e-7)
        // gelu(x) = x/2 · (1 + erf(x/√2)) with an erf off by 2e-7 is off by at most x · 1e-7, and its own rounding.
        #expect(
            try worst(.gelu, -6, 6) { abs($1 - 0.5 * $0 * (1 + Glibc.erf($0 / 2.0.squareRoot()))) / max(1, abs($0)) }
                <= 2e-7)
        let ends = try tensor([-.infinity, -1000, 0, 1000, .infinity, .nan], [6], on: device)
        expectNear(try device.backend.unary(.exp, ends), [0, 0, 1, .infinity, .infinity, .nan], 0)
        expectNear(try device.backend.unary(.log, ends), [.nan, .nan, -.infinity, 6.907755, .infinity, .nan], 1e-6)
        expectNear(try device.backend.unary(.tanh, ends), [-1, -1, 0, 1, 1, .nan], 0)
        expectNear(try device.backend.unary(.sigmoid, ends), [0, 0, 0.5, 1, 1, .nan], 0)
        expectNear(try device.backend.unary(.softplus, ends), [0, 0, Glibc.log(2), 1000, .infinity, .nan], 1e-7)
        let tiny = try tensor([1e-40, 3e-39], [2], on: device)
        expectNear(try device.backend.unary(.log, tiny), tiny.doubles.map { Glibc.log($0) }, 1e-6)
    }

    @Test("binary functions broadcast over any axis", arguments: BinaryFunction.allCases)
    func binary(_ function: BinaryFunction) throws {
        let device = cpuDevice(threads: 2)
        let cases: [(Shape, Shape)] = [
            ([0], [1]), ([17], [17]), ([5, 1], [33]), ([2, 1, 3, 1], [4, 1, 7]), ([3, 5, 7], []), ([1, 6], [4, 6]),
            ([2, 3, 1], [2, 3, 16]),
        ]
        for type in [DataType.float32, .bfloat16] {
            for (aShape, bShape) in cases {
                let shape = try aShape.broadcast(with: bShape)
                let a = try tensor(scattered(aShape.count), aShape, type, on: device)
                let b = try tensor(scattered(bShape.count, seed: 3).map { $0 + 3 }, bShape, type, on: device)
                func operand(_ t: Tensor, _ i: Int) -> Double {
                    var rest = i, at = 0, step = 1
                    for axis in stride(from: shape.rank - 1, through: 0, by: -1) {
                        let own = axis - (shape.rank - t.rank)
                        if own >= 0 {
                            at += (t.shape[own] == 1 ? 0 : rest % shape[axis]) * step
                            step *= t.shape[own]
                        }
                        rest /= shape[axis]
                    }
                    return t.doubles[at]
                }
                let expected = (0..<shape.count).map { i in
                    let (u, v) = (operand(a, i), operand(b, i))
                    return switch function {
                    case .add: u + v
                    case .subtract: u - v
                    case .multiply: u * v
                    case .divide: u / v
                    case .maximum: max(u, v)
                    case .minimum: min(u, v)
                    case .less: u < v ? 1.0 : 0.0
                    case .equal: u == v ? 1.0 : 0.0
                    case .power: Glibc.pow(u, v)
                    }
                }
                expectNear(
                    try device.backend.binary(function, a, b, shape: shape), expected, tolerance(type), "\(shape)")
            }
        }
    }

    @Test("casts round to nearest and saturate")
    func cast() throws {
        let device = cpuDevice(threads: 1)
        let x = try Tensor(
            [0.5, 1.5, -1.5, 2.4999, 255.6, -0.4, 3e9, -3e9, .nan, .infinity, 1.0e7], shape: [11], on: device)
        #expect(
            try device.backend.cast(x, to: .int32).indices
                == [0, 2, -2, 2, 256, 0, .max, .min, 0, .max, 10_000_000])
        #expect(try device.backend.cast(x, to: .uint8).floats == [0, 2, 0, 2, 255, 0, 255, 0, 0, 255, 255])
        let half = try device.backend.cast(x, to: .bfloat16)
        for (value, kept) in zip(x.floats, half.floats) where value.isFinite {
            #expect(kept == Float(bitPattern: UInt32(bfloat16Bits(value)) << 16))
        }
        let whole = try Tensor(indices: [0, 1, -7, 300], shape: [4], on: device)
        #expect(try device.backend.cast(whole, to: .float32).floats == [0, 1, -7, 300])
        #expect(try device.backend.cast(whole, to: .uint8).floats == [0, 1, 0, 255])
        #expect(throws: SGCError.self) { try device.backend.cast(x, to: .float64) }
        #expect(throws: SGCError.self) { try device.backend.unary(.exp, whole) }
    }

    @Test("fill, affine map and accumulation")
    func simple() throws {
        let device = cpuDevice(threads: 2)
        for count in awkwardCounts {
            for type in [DataType.float32, .bfloat16, .int32, .uint8] {
                let y = try device.backend.full([count], 3, type, on: device)
                #expect(y.floats == [Float](repeating: 3, count: count))
            }
            let x = try tensor(scattered(count), [count], on: device)
            expectNear(
                try device.backend.affine(x, scale: 2, shift: -1), x.doubles.map { 2 * $0 - 1 }, 1e-6)
            let sum = try tensor(scattered(count, seed: 5), [count], on: device)
            let expected = zip(sum.doubles, x.doubles).map { $0 + $1 }
            try device.backend.accumulate(into: sum, x)
            expectNear(sum, expected, 1e-6)
        }
    }
}
