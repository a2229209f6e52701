import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Add, Sub, Mul, Div, and the other functions of two numbers with broadcasting.
    static let arithmetic: [OperatorDefinition] = [
        OperatorDefinition("Add", leastInputs: 2) { _ throws(SGCError) in Arithmetic.add.kernel },
        OperatorDefinition("Sub", leastInputs: 2) { _ throws(SGCError) in Arithmetic.subtract.kernel },
        OperatorDefinition("Mul", leastInputs: 2) { _ throws(SGCError) in Arithmetic.multiply.kernel },
        OperatorDefinition("Div", leastInputs: 2) { _ throws(SGCError) in Arithmetic.divide.kernel },
    ]
}

/// A function of two numbers.
private enum Arithmetic: Sendable {
    case add, subtract, multiply, divide

    var kernel: Kernel {
        { inputs throws(SGCError) in
            let (a, b) = (try inputs.value(0), try inputs.value(1))
            guard a.type == b.type || (a.type.isReal && b.type.isReal) else {
                throw SGCError(.format, "expected operands of one type, got \(a.type) and \(b.type)")
            }
            guard a.isHost, b.isHost else {
                return [
                    .device(
                        try self.combined(try a.tensor(on: inputs.device), try b.tensor(on: inputs.device), inputs))
                ]
            }
            let (x, y) = (try a.array(), try b.array())
            return [
                .host(
                    try x.combined(
                        with: y, limits: inputs.limits,
                        integers: { p, q throws(SGCError) in try self.apply(p, q, x.type) },
                        reals: { self.apply($0, $1) }))
            ]
        }
    }

    private func combined(
        _ a: GraphTensor, _ b: GraphTensor, _ inputs: OperatorInputs
    ) throws(SGCError) -> GraphTensor {
        try GraphTensor.combined(a, b, inputs) { x, y throws(SGCError) in
            switch self {
            case .add: try x + y
            case .subtract: try x - y
            case .multiply: try x * y
            case .divide: try x / y
            }
        }
    }

    private func apply(_ a: Double, _ b: Double) -> Double {
        switch self {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        }
    }

    /// Integers wrap around, as they do in C, but for products of int64: those are sizes, and one that overflows is wrong.
    private func apply(_ a: Int64, _ b: Int64, _ type: ElementType) throws(SGCError) -> Int64 {
        switch self {
        case .add: return a &+ b
        case .subtract: return a &- b
        case .multiply:
            let (product, overflow) = a.multipliedReportingOverflow(by: b)
            guard !overflow || type != .int64 else {
                throw SGCError(.format, "the product of \(a) and \(b) overflows")
            }
            return product
        case .divide:
            guard b != 0 else { throw SGCError(.format, "an integer is divided by zero") }
            if type == .uint64 { return Int64(bitPattern: UInt64(bitPattern: a) / UInt64(bitPattern: b)) }
            let (quotient, overflow) = a.dividedReportingOverflow(by: b)
            guard !overflow else { throw SGCError(.format, "the quotient of \(a) and \(b) overflows") }
            return quotient
        }
    }
}
