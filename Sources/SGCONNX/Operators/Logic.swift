import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Functions of booleans and of bits, and the remainder of a division.
    static let logic: [OperatorDefinition] = [
        OperatorDefinition("Not") { _ throws(SGCError) in not },
        OperatorDefinition("And") { _ throws(SGCError) in Logic.and.kernel },
        OperatorDefinition("Or") { _ throws(SGCError) in Logic.or.kernel },
        OperatorDefinition("Xor") { _ throws(SGCError) in Logic.xor.kernel },
        OperatorDefinition("BitwiseNot", opsets: 18...22) { _ throws(SGCError) in bitwiseNot },
        OperatorDefinition("BitwiseAnd", opsets: 18...22) { _ throws(SGCError) in bitwise { $0 & $1 } },
        OperatorDefinition("BitwiseOr", opsets: 18...22) { _ throws(SGCError) in bitwise { $0 | $1 } },
        OperatorDefinition("BitwiseXor", opsets: 18...22) { _ throws(SGCError) in bitwise { $0 ^ $1 } },
        OperatorDefinition("BitShift", make: bitShift),
        OperatorDefinition("Mod", make: mod),
    ]

    private static let not: Kernel = { inputs throws(SGCError) in
        switch try inputs.value(0) {
        case .mask(let mask): return [.mask(mask.withStored(try mask.stored.scaled(by: -1, plus: 1)))]
        case .host(let array) where array.type == .bool:
            return [.host(try HostArray(booleans: array.integers.map { $0 == 0 }, shape: array.shape))]
        case let other: throw SGCError(.format, "expected booleans, got \(other.type)")
        }
    }

    private static let bitwiseNot: Kernel = { inputs throws(SGCError) in
        let array = try inputs.wholeNumbers(0)
        return [.host(try HostArray(integers: array.integers.map { ~$0 }, type: array.type, shape: array.shape))]
    }

    private static func bitwise(_ function: @escaping @Sendable (Int64, Int64) -> Int64) -> Kernel {
        { inputs throws(SGCError) in
            let (a, b) = (try inputs.wholeNumbers(0), try inputs.wholeNumbers(1, like: 0))
            return [
                .host(
                    try a.combined(with: b, limits: inputs.limits, integers: function, reals: { x, _ in x }))
            ]
        }
    }

    /// Unsigned integers shifted by unsigned integers; what is shifted out is lost.
    private static func bitShift(_ node: NodeReader) throws(SGCError) -> Kernel {
        guard let direction = try node.string("direction") else {
            throw SGCError(.format, "attribute direction is missing")
        }
        guard direction == "LEFT" || direction == "RIGHT" else {
            throw SGCError(.format, "attribute direction: expected LEFT or RIGHT, got \"\(direction)\"")
        }
        return { inputs throws(SGCError) in
            let (a, b) = (try inputs.wholeNumbers(0), try inputs.wholeNumbers(1, like: 0))
            guard [.uint8, .uint16, .uint32, .uint64].contains(a.type) else {
                throw SGCError(.format, "expected unsigned integers, got \(a.type)")
            }
            return [
                .host(
                    try a.combined(
                        with: b, limits: inputs.limits,
                        integers: { x, y in
                            // Swift's smart shifts take any count: what lies beyond the width gives 0.
                            let (bits, count) = (UInt64(bitPattern: x), UInt64(bitPattern: y))
                            return Int64(bitPattern: direction == "LEFT" ? bits << count : bits >> count)
                        }, reals: { x, _ in x }))
            ]
        }
    }

    /// The remainder: with the divisor's sign, or with the dividend's (as C's fmod) when `fmod` is set.
    private static func mod(_ node: NodeReader) throws(SGCError) -> Kernel {
        let isC = try node.flag("fmod")
        return { inputs throws(SGCError) in
            let (a, b) = (try inputs.array(0), try inputs.array(1))
            guard isC || !a.type.isReal else {
                throw SGCError(.format, "attribute fmod: real numbers need 1, got 0")
            }
            guard a.type == b.type || (a.type.isReal && b.type.isReal), a.type != .bool else {
                throw SGCError(.format, "expected numbers of one type, got \(a.type) and \(b.type)")
            }
            let isUnsigned = a.type == .uint64
            let result = try a.combined(
                with: b, limits: inputs.limits,
                integers: { x, y throws(SGCError) in
                    guard y != 0 else { throw SGCError(.format, "an integer is divided by zero") }
                    if isUnsigned { return Int64(bitPattern: UInt64(bitPattern: x) % UInt64(bitPattern: y)) }
                    // The smallest integer divided by -1 overflows; its remainder is 0.
                    let rest = x.remainderReportingOverflow(dividingBy: y).partialValue
                    return !isC && rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest
                },
                reals: { $0.truncatingRemainder(dividingBy: $1) })
            return [try .computed(result, on: inputs.device)]
        }
    }
}

/// A function of two booleans.
private enum Logic: Sendable {
    case and, or, xor

    var kernel: Kernel {
        { inputs throws(SGCError) in
            let (a, b) = (try inputs.value(0), try inputs.value(1))
            guard a.type == .bool, b.type == .bool else {
                throw SGCError(.format, "expected booleans, got \(a.type) and \(b.type)")
            }
            if case .host(let x) = a, case .host(let y) = b {
                return [
                    .host(
                        try x.combined(
                            with: y, limits: inputs.limits,
                            integers: { p, q in
                                switch self {
                                case .and: p & q
                                case .or: p | q
                                case .xor: p ^ q
                                }
                            }, reals: { p, _ in p }))
                ]
            }
            let (x, y) = (try a.mask(on: inputs.device), try b.mask(on: inputs.device))
            return [
                .mask(
                    try GraphTensor.combined(x, y, inputs) { p, q throws(SGCError) in
                        switch self {
                        case .and: try p * q
                        case .or: try p.maximum(q)
                        case .xor: try p.equal(to: q).scaled(by: -1, plus: 1)
                        }
                    })
            ]
        }
    }
}

extension OperatorInputs {
    /// Input `index` as integers, booleans not being any.
    ///
    /// - Parameter other: an input whose type it must have.
    /// - Throws: `.format` otherwise.
    func wholeNumbers(_ index: Int, like other: Int? = nil) throws(SGCError) -> HostArray {
        let value = try value(index)
        guard case .host(let array) = value, array.type.isInteger, array.type != .bool else {
            throw SGCError(.format, "input \(index): expected integers, got \(value.type)")
        }
        if let other {
            let type = try self.value(other).type
            guard array.type == type else {
                throw SGCError(.format, "expected operands of one type, got \(type) and \(array.type)")
            }
        }
        return array
    }
}
