import Glibc
import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Pow, Clip, and the functions of any number of operands: Min, Max, Sum, Mean.
    static let powersAndExtremes: [OperatorDefinition] = [
        OperatorDefinition("Pow", leastInputs: 2) { _ throws(SGCError) in pow },
        OperatorDefinition("Clip") { _ throws(SGCError) in clip },
        OperatorDefinition("Min") { _ throws(SGCError) in Folding.minimum.kernel },
        OperatorDefinition("Max") { _ throws(SGCError) in Folding.maximum.kernel },
        OperatorDefinition("Sum") { _ throws(SGCError) in Folding.sum.kernel },
        OperatorDefinition("Mean") { _ throws(SGCError) in Folding.mean.kernel },
    ]

    /// a to the power of b with broadcasting, in the type of a.
    private static let pow: Kernel = { inputs throws(SGCError) in
        let (base, exponent) = (try inputs.value(0), try inputs.value(1))
        if base.isHost, exponent.isHost { return [.host(try power(try base.array(), try exponent.array(), inputs))] }
        guard base.type.isReal else { return [.host(try power(try base.array(), try exponent.array(), inputs))] }
        let x = try base.tensor(on: inputs.device)
        if case .host(let array) = exponent, array.count == 1, array.shape.rank <= x.rank,
            let power = array.reals.first,
            let y = try x.stored.raised(to: power)
        {
            return [.device(x.withStored(y))]
        }
        let y = exponent.type.isReal ? exponent : .host(try exponent.array().cast(to: .float32))
        return [
            .device(
                try GraphTensor.combined(x, try y.tensor(on: inputs.device), inputs) { p, q throws(SGCError) in
                    try p.power(q)
                })
        ]
    }

    private static func power(
        _ base: HostArray, _ exponent: HostArray, _ inputs: OperatorInputs
    ) throws(SGCError) -> HostArray {
        if base.type.isInteger, exponent.type.isInteger {
            return try base.combined(
                with: exponent, limits: inputs.limits, integers: { a, b throws(SGCError) in a.raised(to: b) },
                reals: { Glibc.pow($0, $1) })
        }
        let (a, b) = (try base.cast(to: .float64), try exponent.cast(to: .float64))
        return try a.combined(
            with: b, limits: inputs.limits, integers: { p, _ throws(SGCError) in p }, reals: { Glibc.pow($0, $1) }
        ).cast(to: base.type)
    }

    /// x limited to [min, max], each of them optional; max wins when they cross.
    private static let clip: Kernel = { inputs throws(SGCError) in
        let value = try inputs.value(0)
        for index in 1...2 {
            guard let bound = inputs.optional(index) else { continue }
            guard bound.shape.count == 1 else {
                throw SGCError(.format, "input \(index): expected one number, got the shape \(bound.shape)")
            }
        }
        let (low, high) = (inputs.optional(1), inputs.optional(2))
        if case .host(let array) = value, case .integers(let values) = array.elements {
            let (a, b) = (try low?.array().integers.first, try high?.array().integers.first)
            let clipped = values.map { x in
                let raised = a.map { array.type.less(x, $0) ? $0 : x } ?? x
                return b.map { array.type.less($0, raised) ? $0 : raised } ?? raised
            }
            return [.host(try HostArray(integers: clipped, type: array.type, shape: array.shape))]
        }
        if low?.isWatched == true || high?.isWatched == true {
            var y = try value.tensor(on: inputs.device)
            if let low = try inputs.optionalTensor(1) {
                y = try GraphTensor.combined(y, low, inputs) { p, q throws(SGCError) in try p.maximum(q.reshaped([])) }
            }
            if let high = try inputs.optionalTensor(2) {
                y = try GraphTensor.combined(y, high, inputs) { p, q throws(SGCError) in try p.minimum(q.reshaped([])) }
            }
            return [.device(y)]
        }
        let a = try low?.array().reals.first ?? -.infinity
        let b = try high?.array().reals.first ?? .infinity
        let function = ElementwiseKernel(.clamp(low: Float(a), high: Float(b))) { x in
            let raised = x < a ? a : x
            return raised > b ? b : raised
        }
        return [try function(value)]
    }
}

/// A function of any number of operands, computed from the left.
private enum Folding: Sendable {
    case minimum, maximum, sum, mean

    var kernel: Kernel {
        { inputs throws(SGCError) in
            var result = try inputs.value(0)
            for index in 1..<max(1, inputs.count) {
                let next = try inputs.value(index)
                guard result.type == next.type || (result.type.isReal && next.type.isReal) else {
                    throw SGCError(.format, "expected operands of one type, got \(result.type) and \(next.type)")
                }
                result = try self.combined(result, next, inputs)
            }
            guard self == .mean, inputs.count > 1 else { return [result] }
            let share = 1 / Double(inputs.count)
            let scaled = ElementwiseKernel(reals: { $0 * share }) { x throws(SGCError) in try x.scaled(by: share) }
            return [try scaled(result)]
        }
    }

    private func combined(_ a: Value, _ b: Value, _ inputs: OperatorInputs) throws(SGCError) -> Value {
        guard a.isHost, b.isHost else {
            return .device(
                try GraphTensor.combined(try a.tensor(on: inputs.device), try b.tensor(on: inputs.device), inputs) {
                    x, y throws(SGCError) in
                    switch self {
                    case .minimum: try x.minimum(y)
                    case .maximum: try x.maximum(y)
                    case .sum, .mean: try x + y
                    }
                })
        }
        let (x, y) = (try a.array(), try b.array())
        return .host(
            try x.combined(
                with: y, limits: inputs.limits,
                integers: { p, q throws(SGCError) in
                    switch self {
                    case .minimum: x.type.less(q, p) ? q : p
                    case .maximum: x.type.less(p, q) ? q : p
                    case .sum, .mean: p &+ q
                    }
                },
                reals: { p, q in
                    switch self {
                    case .minimum: p < q || p.isNaN ? p : q
                    case .maximum: p > q || p.isNaN ? p : q
                    case .sum, .mean: p + q
                    }
                }))
    }
}

extension Tensor {
    /// The powers that the engine has faster than by its general function; `nil` for others.
    fileprivate func raised(to exponent: Double) throws(SGCError) -> Tensor? {
        switch exponent {
        case 1: self
        case 2: try square()
        case 3: try square() * self
        case 0.5: try squareRoot()
        case -0.5: try map(.reciprocalSquareRoot)
        case -1: try map(.reciprocal)
        default: nil
        }
    }
}

extension Int64 {
    /// By repeated squaring, wrapping around; a negative exponent gives what is left of the fraction.
    fileprivate func raised(to exponent: Int64) -> Int64 {
        guard exponent >= 0 else { return self == 1 ? 1 : self == -1 ? (exponent & 1 == 0 ? 1 : -1) : 0 }
        var (result, factor, rest): (Int64, Int64, Int64) = (1, self, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result = result &* factor }
            factor = factor &* factor
            rest >>= 1
        }
        return result
    }
}

extension ElementType {
    /// Whether a < b, for integers as ``HostArray`` keeps them.
    func less(_ a: Int64, _ b: Int64) -> Bool {
        self == .uint64 ? UInt64(bitPattern: a) < UInt64(bitPattern: b) : a < b
    }
}
