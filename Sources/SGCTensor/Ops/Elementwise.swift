package import SGCBase

// Functions of each element, with broadcasting: shapes are aligned at the last axis and extent 1 repeats.

extension Tensor {
    /// f(x) of every element.
    package func map(_ function: UnaryFunction) throws(SGCError) -> Tensor {
        try requireFloating("\(function)")
        let x = stopGradient
        return try backend.unary(function, x).recorded(from: [self]) { dy throws(SGCError) in
            [try x.backend.unaryGradient(function, x, dy)]
        }
    }

    package func silu() throws(SGCError) -> Tensor { try map(.silu) }
    package func sigmoid() throws(SGCError) -> Tensor { try map(.sigmoid) }
    package func tanh() throws(SGCError) -> Tensor { try map(.tanh) }
    package func relu() throws(SGCError) -> Tensor { try map(.relu) }
    package func leakyReLU(slope: Float) throws(SGCError) -> Tensor { try map(.leakyReLU(slope: slope)) }
    package func gelu() throws(SGCError) -> Tensor { try map(.gelu) }
    package func exp() throws(SGCError) -> Tensor { try map(.exp) }
    package func log() throws(SGCError) -> Tensor { try map(.log) }
    package func squareRoot() throws(SGCError) -> Tensor { try map(.squareRoot) }
    package func square() throws(SGCError) -> Tensor { try map(.square) }
    package func absolute() throws(SGCError) -> Tensor { try map(.absolute) }

    /// scale · x + shift.
    package func scaled(by scale: Double, plus shift: Double = 0) throws(SGCError) -> Tensor {
        try requireFloating("scaled")
        return try backend.affine(stopGradient, scale: scale, shift: shift).recorded(from: [self]) {
            dy throws(SGCError) in [try dy.backend.affine(dy, scale: scale, shift: 0)]
        }
    }

    /// The values in another type. Between floating types the gradient passes, in the type of the input.
    package func cast(to dataType: DataType) throws(SGCError) -> Tensor {
        if dataType == self.dataType { return self }
        let from = self.dataType
        let y = try backend.cast(stopGradient, to: dataType)
        guard from.isFloating, dataType.isFloating else { return y }
        return y.recorded(from: [self]) { dy throws(SGCError) in [try dy.backend.cast(dy, to: from)] }
    }

    package static func + (a: Tensor, b: Tensor) throws(SGCError) -> Tensor {
        let (shapeA, shapeB) = (a.shape, b.shape)
        return try combine(.add, a, b).recorded(from: [a, b]) { dy throws(SGCError) in
            [try dy.summed(to: shapeA), try dy.summed(to: shapeB)]
        }
    }

    package static func - (a: Tensor, b: Tensor) throws(SGCError) -> Tensor {
        let (shapeA, shapeB) = (a.shape, b.shape)
        return try combine(.subtract, a, b).recorded(from: [a, b]) { dy throws(SGCError) in
            [try dy.summed(to: shapeA), try dy.summed(to: shapeB).scaled(by: -1)]
        }
    }

    package static func * (a: Tensor, b: Tensor) throws(SGCError) -> Tensor {
        let (x, y) = (a.stopGradient, b.stopGradient)
        let (needsA, needsB) = (a.place != nil, b.place != nil)
        return try combine(.multiply, a, b).recorded(from: [a, b]) { dy throws(SGCError) in
            [
                needsA ? try (dy * y).summed(to: x.shape) : nil,
                needsB ? try (dy * x).summed(to: y.shape) : nil,
            ]
        }
    }

    package static func / (a: Tensor, b: Tensor) throws(SGCError) -> Tensor {
        let (x, y) = (a.stopGradient, b.stopGradient)
        let (needsA, needsB) = (a.place != nil, b.place != nil)
        return try combine(.divide, a, b).recorded(from: [a, b]) { dy throws(SGCError) in
            [
                needsA ? try (dy / y).summed(to: x.shape) : nil,
                needsB ? try (dy * x / y.square()).summed(to: y.shape).scaled(by: -1) : nil,
            ]
        }
    }

    package static func * (a: Tensor, scale: Double) throws(SGCError) -> Tensor { try a.scaled(by: scale) }
    package static func + (a: Tensor, shift: Double) throws(SGCError) -> Tensor { try a.scaled(by: 1, plus: shift) }
    package static func - (a: Tensor, shift: Double) throws(SGCError) -> Tensor { try a.scaled(by: 1, plus: -shift) }

    /// The larger of both; where they are equal the gradient goes to `self`.
    package func maximum(_ other: Tensor) throws(SGCError) -> Tensor {
        try extremum(.maximum, other)
    }

    /// The smaller of both; where they are equal the gradient goes to `self`.
    package func minimum(_ other: Tensor) throws(SGCError) -> Tensor {
        try extremum(.minimum, other)
    }

    private func extremum(_ function: BinaryFunction, _ other: Tensor) throws(SGCError) -> Tensor {
        let (a, b) = (stopGradient, other.stopGradient)
        return try Tensor.combine(function, self, other).recorded(from: [self, other]) { dy throws(SGCError) in
            let losesA = function == .maximum ? try a.less(than: b) : try b.less(than: a)
            let toB = try dy * losesA
            return [try (dy - toB).summed(to: a.shape), try toB.summed(to: b.shape)]
        }
    }

    /// self to the power of `exponent`, as C's `pow`.
    package func power(_ exponent: Tensor) throws(SGCError) -> Tensor {
        let (a, b) = (stopGradient, exponent.stopGradient)
        let (needsA, needsB) = (place != nil, exponent.place != nil)
        let y = try Tensor.combine(.power, a, b)
        return y.recorded(from: [self, exponent]) { dy throws(SGCError) in
            var (gradientA, gradientB): (Tensor?, Tensor?)
            let zero = try Tensor.zeros([], a.dataType, on: a.device)
            if needsA {
                // b · a^(b − 1); where b is 0 the second factor is kept finite, so that the product is 0.
                let lowered = try a.power(try b - 1 + b.equal(to: zero))
                gradientA = try (dy * b * lowered).summed(to: a.shape)
            }
            if needsB {
                // a^b · ln a, which is 0 where a is 0.
                let logarithm = try (a + a.equal(to: zero)).log()
                gradientB = try (dy * y * logarithm).summed(to: b.shape)
            }
            return [gradientA, gradientB]
        }
    }

    /// 1 where self < other, 0 elsewhere; no gradient.
    package func less(than other: Tensor) throws(SGCError) -> Tensor { try Tensor.combine(.less, self, other) }

    /// 1 where both are equal, 0 elsewhere; no gradient.
    package func equal(to other: Tensor) throws(SGCError) -> Tensor { try Tensor.combine(.equal, self, other) }

    private static func combine(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor) throws(SGCError) -> Tensor {
        try a.requireFloating("\(function)")
        guard a.dataType == b.dataType else {
            throw SGCError(.argument, "\(function): expected operands of one type, got \(a.dataType) and \(b.dataType)")
        }
        return try a.backend.binary(
            function, a.stopGradient, b.stopGradient, shape: try a.shape.broadcast(with: b.shape))
    }

    /// - Throws: `.argument` when the elements are not real numbers.
    func requireFloating(_ operation: String) throws(SGCError) {
        guard dataType.isFloating else {
            throw SGCError(.argument, "\(operation): expected a floating type, got \(dataType)")
        }
    }
}
