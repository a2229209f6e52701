import Glibc
import SGCBase
import SGCTensor
import Testing

/// Nothing, one, a prime, more than one vector of any width, and many axes.
let awkwardShapes: [Shape] = [[], [0], [1], [17], [131], [3, 5, 7], [2, 0, 3]]

@Suite struct ElementwiseTests {
    /// Each function with the interval that its test inputs come from.
    static let functions: [(UnaryFunction, Double, Double)] = [
        (.silu, -6, 6), (.sigmoid, -6, 6), (.tanh, -3, 3), (.relu, -2, 2), (.exp, -3, 3), (.log, 0.1, 4),
        (.squareRoot, 0.1, 4), (.reciprocalSquareRoot, 0.1, 4), (.square, -2, 2), (.absolute, -2, 2),
        (.reciprocal, 0.25, 4), (.gelu, -4, 4), (.geluTanh, -4, 4), (.leakyReLU(slope: 0.2), -2, 2),
        (.softplus, -6, 6), (.clamp(low: -0.7, high: 0.9), -2, 2), (.quickGELU, -4, 4), (.elu(alpha: 1.5), -3, 3),
        (.threshold(above: 0.3), -2, 2), (.erf, -3, 3), (.floor, 0.1, 0.9), (.ceiling, 0.1, 0.9), (.round, 0.1, 0.4),
        (.sign, 0.5, 2), (.sine, -6, 6), (.cosine, -6, 6), (.tangent, -1.2, 1.2), (.arcSine, -0.8, 0.8),
        (.arcCosine, -0.8, 0.8), (.arcTangent, -3, 3), (.hyperbolicSine, -3, 3), (.hyperbolicCosine, -3, 3),
        (.areaSine, -3, 3), (.areaCosine, 1.25, 3), (.areaTangent, -0.8, 0.8),
    ]

    @Test("functions of one number", arguments: functions.indices)
    func unary(_ index: Int) throws {
        let (function, low, high) = Self.functions[index]
        for shape in awkwardShapes {
            // No input lies on a kink: zeros are moved off it.
            let input = TestInput(TestInput(shape, low, high).values.map { $0 == 0 ? 0.125 : $0 }, shape)
            try check("\(function)", at: [input]) { try $0[0].map(function) }
        }
    }

    @Test("large arguments neither overflow nor lose their limit")
    func limits() throws {
        let expected: [(UnaryFunction, [Double])] = [
            (.silu, [0, 0, 200]), (.sigmoid, [0, 0.5, 1]), (.tanh, [-1, 0, 1]), (.softplus, [0, Glibc.log(2), 200]),
            (.gelu, [0, 0, 200]), (.geluTanh, [0, 0, 200]),
        ]
        for device in testDevices() {
            for (function, values) in expected {
                let x = try Tensor([-200, 0, 200], shape: [3], on: device)
                expectClose(try x.map(function).doubles, values, tolerance: 1e-6, "\(function)")
                let slopes = try gradients(of: { try $0[0].map(function) }, at: [x], seed: [1, 1, 1]).gradients[0]
                let areFinite = slopes.doubles.allSatisfy { $0.isFinite }
                #expect(areFinite, "slope of \(function): \(slopes.doubles)")
            }
        }
    }

    @Test("not-a-number passes through, so that a broken computation is seen")
    func notANumber() throws {
        for device in testDevices() {
            let x = try Tensor([.nan, 1], shape: [2], on: device)
            for (function, _, _) in Self.functions {
                #expect(try x.map(function).doubles[0].isNaN, "\(function)")
            }
            let one = try Tensor([1, .nan], shape: [2], on: device)
            let extremes = try x.maximum(one).doubles + x.minimum(one).doubles
            #expect(extremes.count { $0.isNaN } == 4)
        }
    }

    @Test("derivatives at kinks are PyTorch's")
    func kinks() throws {
        let expected: [(UnaryFunction, [Float], [Double])] = [
            (.relu, [0], [0]), (.leakyReLU(slope: 0.25), [0], [0.25]), (.absolute, [0], [0]),
            (.clamp(low: -1, high: 1), [-1, 1, 1.5], [1, 1, 0]),
        ]
        for device in testDevices() {
            for (function, points, slopes) in expected {
                let x = try Tensor(points, shape: [points.count], on: device)
                let seed = [Double](repeating: 1, count: points.count)
                let found = try gradients(of: { try $0[0].map(function) }, at: [x], seed: seed).gradients[0]
                #expect(found.doubles == slopes, "\(function)")
            }
        }
    }

    /// Pairs of shapes that broadcast to each other.
    static let pairs: [(Shape, Shape)] = [
        ([], []), ([17], [17]), ([3, 5, 7], [3, 5, 7]), ([0], [0]), ([3, 5, 7], [7]), ([7], [3, 5, 7]),
        ([3, 5, 7], []), ([3, 1, 7], [1, 5, 1]), ([2, 3, 5, 19], [2, 1, 1, 19]), ([5, 1], [3, 5, 7]), ([2, 0, 3], [3]),
        ([131], [1]),
    ]

    @Test("functions of two numbers broadcast", arguments: pairs.indices)
    func binary(_ index: Int) throws {
        let (a, b) = Self.pairs[index]
        let inputs = [TestInput(a, stream: 1), TestInput(b, stream: 2)]
        // Odd 256ths differ from every number that bfloat16 rounding leaves in the first operand.
        let distinct = [inputs[0], TestInput(inputs[1].values.map { $0 + 1.0 / 256 }, b)]
        let positive = [inputs[0], TestInput(b, 0.5, 2, stream: 3)]
        try check("add", at: inputs) { try $0[0] + $0[1] }
        try check("subtract", at: inputs) { try $0[0] - $0[1] }
        try check("multiply", at: inputs) { try $0[0] * $0[1] }
        try check("divide", at: positive) { try $0[0] / $0[1] }
        try check("maximum", at: distinct, bfloat16: false) { try $0[0].maximum($0[1]) }
        try check("minimum", at: distinct, bfloat16: false) { try $0[0].minimum($0[1]) }
        let bases = [TestInput(a, 0.5, 2, stream: 4), inputs[1]]
        try check("power", at: bases) { try $0[0].power($0[1]) }
        try check("less", at: inputs, hasGradient: false) { try $0[0].less(than: $0[1]) }
        try check("equal", at: inputs, hasGradient: false) { try $0[0].equal(to: $0[1]) }
    }

    @Test("functions to whole numbers, and signs")
    func wholeNumbers() throws {
        for device in testDevices() {
            let x = try Tensor([-1.5, -0.5, -0.25, 0, 0.5, 1.5, 2.5], shape: [7], on: device)
            #expect(try x.map(.floor).doubles == [-2, -1, -1, 0, 0, 1, 2])
            #expect(try x.map(.ceiling).doubles == [-1, 0, 0, 0, 1, 2, 3])
            #expect(try x.map(.round).doubles == [-2, 0, 0, 0, 0, 2, 2])
            #expect(try x.map(.sign).doubles == [-1, -1, -1, 0, 1, 1, 1])
        }
    }

    @Test("powers and their gradients where bases and exponents are 0 or negative")
    func powers() throws {
        for device in testDevices() {
            let base = try Tensor([0, 0, -2, -2, 3, 0], shape: [6], on: device)
            let exponent = try Tensor([0, 2, 3, 0, -1, 1], shape: [6], on: device)
            let seed = [Double](repeating: 1, count: 6)
            let found = try gradients(of: { try $0[0].power($0[1]) }, at: [base, exponent], seed: seed)
            expectClose(found.y.doubles, [1, 0, -8, 1, 1.0 / 3, 0], tolerance: 1e-6)
            // As PyTorch: b a^(b − 1); a^b ln a, 0 where a is 0.
            expectClose(found.gradients[0].doubles, [0, 0, 12, 0, -1.0 / 9, 1], tolerance: 1e-6)
            expectClose(
                found.gradients[1].doubles, [0, 0, .nan, .nan, Glibc.log(3) / 3, 0], tolerance: 1e-6)
        }
    }

    @Test("comparisons and ties")
    func comparisons() throws {
        for device in testDevices() {
            let a = try Tensor([1, 2, 3, .nan], shape: [4], on: device)
            let b = try Tensor([2, 2, 2, 2], shape: [4], on: device)
            #expect(try a.less(than: b).doubles == [1, 0, 0, 0])
            #expect(try a.equal(to: b).doubles == [0, 1, 0, 0])
            let tie = try Tensor([2], shape: [1], on: device)
            let found = try gradients(of: { try $0[0].maximum($0[1]) }, at: [tie, tie], seed: [3]).gradients
            #expect(found.map(\.item) == [3, 0], "where both are equal the gradient goes to the first")
        }
    }

    @Test("scale and shift")
    func affine() throws {
        for shape in awkwardShapes {
            try check("affine", at: [TestInput(shape)]) { try $0[0].scaled(by: -1.5, plus: 0.25) }
        }
    }

    @Test("a tensor used several times receives the sum of its gradients")
    func accumulation() throws {
        for shape in awkwardShapes {
            try check("x³ + 2x", at: [TestInput(shape)]) { x in
                let square = try x[0] * x[0]
                return try square * x[0] + x[0] * 2
            }
        }
    }

    @Test("conversion to integers rounds to nearest and saturates")
    func conversion() throws {
        let values: [Float] = [0.4, 0.6, -0.6, 254.7, 300, -7, .nan, .infinity, -.infinity, 3e9, 5]
        for device in testDevices() {
            let x = try Tensor(values, shape: [values.count], on: device)
            #expect(try x.cast(to: .uint8).doubles == [0, 1, 0, 255, 255, 0, 0, 255, 0, 255, 5])
            let (top, bottom) = (Int32.max, Int32.min)
            #expect(try x.cast(to: .int32).indices == [0, 1, -1, 255, 300, -7, 0, top, bottom, top, 5])
            let bytes = try x.cast(to: .uint8)
            #expect(try bytes.cast(to: .float32).doubles == bytes.doubles)
            #expect(try x.cast(to: .int32).cast(to: .float32).doubles.last == 5)
        }
    }

    @Test("bfloat16 keeps the upper half of a float, rounded to nearest even")
    func bfloat16Conversion() throws {
        let device = cpuDevice()
        let x = TestInput([131], -300, 300).values.map { Float($0) + 0.001 } + [.infinity, -.infinity, 0]
        let y = try Tensor(x, shape: [x.count], on: device).cast(to: .bfloat16)
        let expected = x.map { Float(bitPattern: UInt32(bfloat16Bits($0)) << 16) }
        #expect(y.floats == expected)
        #expect(try y.cast(to: .float32).floats == expected)
    }

    @Test("tensors of one value")
    func full() throws {
        for device in testDevices() {
            #expect(try Tensor.full([2, 3], 1.5, on: device).doubles == [Double](repeating: 1.5, count: 6))
            #expect(try Tensor.full([3], 7, .int32, on: device).indices == [7, 7, 7])
            #expect(try Tensor.full([0], 7, on: device).doubles == [])
            #expect(try Tensor.ones([], .uint8, on: device).doubles == [1])
        }
    }

    @Test("operands of different types are refused")
    func mixedTypes() throws {
        let device = referenceDevice()
        let x = try Tensor.ones([2], on: device)
        #expect(throws: SGCError.self) { try x + Tensor.ones([2], .float64, on: device) }
        #expect(throws: SGCError.self) { try Tensor.ones([2], .int32, on: device).exp() }
        #expect(throws: SGCError.self) { try x + Tensor.ones([3], on: device) }
    }
}
