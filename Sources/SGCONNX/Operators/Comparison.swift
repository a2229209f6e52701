import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Questions about numbers; the answers are booleans.
    static let comparison: [OperatorDefinition] = [
        OperatorDefinition("Equal") { _ throws(SGCError) in Comparison.equal.kernel },
        OperatorDefinition("Less") { _ throws(SGCError) in Comparison.less.kernel },
        OperatorDefinition("LessOrEqual", opsets: 12...22) { _ throws(SGCError) in Comparison.lessOrEqual.kernel },
        OperatorDefinition("Greater") { _ throws(SGCError) in Comparison.greater.kernel },
        OperatorDefinition("GreaterOrEqual", opsets: 12...22) { _ throws(SGCError) in
            Comparison.greaterOrEqual.kernel
        },
        OperatorDefinition("IsNaN") { _ throws(SGCError) in isNaN },
        OperatorDefinition("IsInf", make: isInf),
    ]

    private static let isNaN: Kernel = { inputs throws(SGCError) in
        [
            try inputs.question(
                tensor: { x throws(SGCError) in try x.equal(to: x).scaled(by: -1, plus: 1) }, real: { $0.isNaN })
        ]
    }

    private static func isInf(_ node: NodeReader) throws(SGCError) -> Kernel {
        let negative = try node.flag("detect_negative", default: true)
        let positive = try node.flag("detect_positive", default: true)
        return { inputs throws(SGCError) in
            [
                try inputs.question(
                    tensor: { x throws(SGCError) in
                        // Neither is asked for: infinity minus itself is no number, and equals nothing.
                        let y = negative && positive ? try x.absolute() : negative ? try x.scaled(by: -1) : x
                        let bound = negative || positive ? Double.infinity : .nan
                        return try y.equal(to: .full([], bound, y.dataType, on: y.device))
                    },
                    real: { $0.isInfinite && ($0 < 0 ? negative : positive) })
            ]
        }
    }
}

extension OperatorInputs {
    /// The answer to a question about each real number of the only input; its gradient is zero.
    fileprivate func question(
        tensor: (Tensor) throws(SGCError) -> Tensor, real: (Double) -> Bool
    ) throws(SGCError) -> Value {
        switch try value(0) {
        case .device(let x): return .mask(x.withStored(try tensor(x.stored.stopGradient)))
        case .host(let array):
            guard case .reals(let values) = array.elements else { break }
            return .host(try HostArray(booleans: values.map(real), shape: array.shape))
        case .mask: break
        }
        throw SGCError(.format, "expected real numbers, got \(try value(0).type)")
    }
}

/// A comparison of two numbers.
private enum Comparison: Sendable {
    case equal, less, lessOrEqual, greater, greaterOrEqual

    var kernel: Kernel {
        { inputs throws(SGCError) in
            let (a, b) = (try inputs.value(0), try inputs.value(1))
            guard a.type == b.type || (a.type.isReal && b.type.isReal) else {
                throw SGCError(.format, "expected operands of one type, got \(a.type) and \(b.type)")
            }
            guard a.type != .bool || self == .equal else {
                throw SGCError(.format, "expected numbers, got booleans")
            }
            if case .host(let x) = a, case .host(let y) = b {
                let isUnsigned = x.type == .uint64
                return [
                    .host(
                        try x.compared(
                            with: y, limits: inputs.limits,
                            integers: {
                                isUnsigned
                                    ? self.holds(UInt64(bitPattern: $0), UInt64(bitPattern: $1)) : self.holds($0, $1)
                            },
                            reals: { self.holds($0, $1) }))
                ]
            }
            let isMask = a.type == .bool
            let x = isMask ? try a.mask(on: inputs.device) : try a.tensor(on: inputs.device).withoutGradient
            let y = isMask ? try b.mask(on: inputs.device) : try b.tensor(on: inputs.device).withoutGradient
            return [.mask(try GraphTensor.combined(x, y, inputs) { p, q throws(SGCError) in try self.mask(p, q) })]
        }
    }

    private func holds<Number: Comparable>(_ a: Number, _ b: Number) -> Bool {
        switch self {
        case .equal: a == b
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        }
    }

    private func mask(_ a: Tensor, _ b: Tensor) throws(SGCError) -> Tensor {
        switch self {
        case .equal: try a.equal(to: b)
        case .less: try a.less(than: b)
        case .greater: try b.less(than: a)
        // Not "not greater": a NaN is neither.
        case .lessOrEqual: try a.less(than: b).maximum(try a.equal(to: b))
        case .greaterOrEqual: try b.less(than: a).maximum(try a.equal(to: b))
        }
    }
}

extension GraphTensor {
    /// The same numbers, cut off from any tape.
    var withoutGradient: GraphTensor { withStored(stored.stopGradient) }
}

extension HostArray {
    /// The answers to a question about two arrays with broadcasting.
    ///
    /// - Throws: `.format` when shapes or types do not fit, `.limit` for too large a result.
    func compared(
        with other: HostArray, limits: RunLimits, integers: (Int64, Int64) -> Bool, reals: (Double, Double) -> Bool
    ) throws(SGCError) -> HostArray {
        let result = try broadcastShape(with: other, limits: limits)
        let (p, q) = (shape.positions(broadcastTo: result), other.shape.positions(broadcastTo: result))
        switch (elements, other.elements) {
        case (.integers(let a), .integers(let b)):
            return try HostArray(booleans: p.indices.map { integers(a[p[$0]], b[q[$0]]) }, shape: result)
        case (.reals(let a), .reals(let b)):
            return try HostArray(booleans: p.indices.map { reals(a[p[$0]], b[q[$0]]) }, shape: result)
        default:
            throw SGCError(.format, "expected operands of one type, got \(type) and \(other.type)")
        }
    }
}
