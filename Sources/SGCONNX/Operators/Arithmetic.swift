import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Add, Sub, Mul, Div, and the other functions of two numbers with broadcasting.
    static let arithmetic: [OperatorDefinition] = [
        OperatorDefinition("Add") { _ throws(SGCError) in Arithmetic.add.kernel },
        OperatorDefinition("Sub") { _ throws(SGCError) in Arithmetic.subtract.kernel },
        OperatorDefinition("Mul") { _ throws(SGCError) in Arithmetic.multiply.kernel },
        OperatorDefinition("Div") { _ throws(SGCError) in Arithmetic.divide.kernel },
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
                return [.device(try self.combined(try a.tensor(on: inputs.device), try b.tensor(on: inputs.device)))]
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

    private func combined(_ a: GraphTensor, _ b: GraphTensor) throws(SGCError) -> GraphTensor {
        try GraphTensor.combined(a, b) { x, y throws(SGCError) in
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

    /// Integers wrap around, as they do in C; only a division can fail.
    private func apply(_ a: Int64, _ b: Int64, _ type: ElementType) throws(SGCError) -> Int64 {
        switch self {
        case .add: return a &+ b
        case .subtract: return a &- b
        case .multiply: return a &* b
        case .divide:
            guard b != 0 else { throw SGCError(.format, "an integer is divided by zero") }
            if type == .uint64 { return Int64(bitPattern: UInt64(bitPattern: a) / UInt64(bitPattern: b)) }
            let (quotient, overflow) = a.dividedReportingOverflow(by: b)
            guard !overflow else { throw SGCError(.format, "the quotient of \(a) and \(b) overflows") }
            return quotient
        }
    }
}
