import Glibc
import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// The reductions. Axes are an attribute up to version 17 (ReduceSum: 12), an input from then on.
    static let reductions: [OperatorDefinition] = [
        reduction("ReduceSum", .sum), reduction("ReduceMean", .mean), reduction("ReduceMax", .maximum),
        reduction("ReduceMin", .minimum), reduction("ReduceProd", .product), reduction("ReduceL1", .l1),
        reduction("ReduceL2", .l2), reduction("ReduceSumSquare", .sumSquare), reduction("ReduceLogSum", .logSum),
        reduction("ReduceLogSumExp", .logSumExp),
    ]

    private static func reduction(_ name: String, _ function: Reduction) -> OperatorDefinition {
        OperatorDefinition(name) { node throws(SGCError) in
            let hasAxesInput = node.opset >= (function == .sum ? 13 : 18)
            let fixed = hasAxesInput ? nil : try node.integers("axes")
            let keepsAxes = try node.flag("keepdims", default: true)
            let keepsAllWithoutAxes = try node.flag("noop_with_empty_axes")
            return { inputs throws(SGCError) in
                let x = try inputs.value(0)
                let given = hasAxesInput ? try inputs.optionalIntegers(1) : fixed
                let axes: [Int]
                if let given, !given.isEmpty {
                    axes = try x.shape.axes(given)
                } else {
                    axes = keepsAllWithoutAxes ? [] : Array(0..<x.shape.rank)
                }
                // Of an empty input there is something left where the empty axes go.
                let kept = x.shape.dimensions.enumerated().filter { !axes.contains($0.offset) }.map(\.element)
                _ = try x.isHost ? inputs.limits.hostShape(kept) : inputs.shape(kept)
                switch x {
                case .host(let array): return [.host(try function.reduced(array, axes, keepsAxes: keepsAxes))]
                case .mask:
                    return [.host(try function.reduced(try x.constantArray(), axes, keepsAxes: keepsAxes))]
                case .device(let tensor):
                    return [
                        .device(
                            try tensor.reduced(axes, keepsAxes: keepsAxes) { y, places throws(SGCError) in
                                try function.reduced(y, places)
                            })
                    ]
                }
            }
        }
    }
}

/// What a reduction computes of the elements that it takes together.
private enum Reduction: Sendable {
    case sum, mean, maximum, minimum, product, l1, l2, sumSquare, logSum, logSumExp

    /// Over stored axes, which keep extent 1.
    func reduced(_ x: Tensor, _ axes: [Int]) throws(SGCError) -> Tensor {
        switch self {
        case .sum: return try x.sum(axes, keepsAxes: true)
        case .mean: return try x.mean(axes, keepsAxes: true)
        case .maximum: return try x.maximum(over: axes, keepsAxes: true)
        case .minimum: return try x.minimum(over: axes, keepsAxes: true)
        case .product: return try x.product(axes)
        case .l1: return try x.absolute().sum(axes, keepsAxes: true)
        case .l2: return try x.square().sum(axes, keepsAxes: true).rootOfSquares()
        case .sumSquare: return try x.square().sum(axes, keepsAxes: true)
        case .logSum: return try x.sum(axes, keepsAxes: true).log()
        case .logSumExp:
            // The largest element is taken out, unless it is infinite: ∞ − ∞ is no number.
            let largest = try x.stopGradient.maximum(over: axes, keepsAxes: true)
                .map(.clamp(low: -.greatestFiniteMagnitude, high: .greatestFiniteMagnitude))
            return try (x - largest).exp().sum(axes, keepsAxes: true).log() + largest
        }
    }

    func reduced(_ x: HostArray, _ axes: [Int], keepsAxes: Bool) throws(SGCError) -> HostArray {
        let (first, rest) = x.shape.positions(reducing: axes)
        let dimensions = x.shape.dimensions.enumerated()
        let target =
            keepsAxes
            ? Shape(known: dimensions.map { axes.contains($0.offset) ? 1 : $0.element })
            : Shape(known: dimensions.filter { !axes.contains($0.offset) }.map(\.element))
        switch x.elements {
        case .reals(let values):
            let results = first.map { start in reduced(rest.map { values[start + $0] }) }
            return try HostArray(reals: results, type: x.type, shape: target)
        case .integers(let values):
            let results = first.map { start in reduced(rest.map { values[start + $0] }, x.type) }
            return try HostArray(integers: results, type: x.type, shape: target)
        }
    }

    private func reduced(_ values: [Double]) -> Double {
        switch self {
        case .sum: return values.reduce(0, +)
        case .mean: return values.reduce(0, +) / Double(values.count)
        case .maximum: return values.reduce(-.infinity) { $0 > $1 || $0.isNaN ? $0 : $1 }
        case .minimum: return values.reduce(.infinity) { $0 < $1 || $0.isNaN ? $0 : $1 }
        case .product: return values.reduce(1, *)
        case .l1: return values.reduce(0) { $0 + abs($1) }
        case .l2: return values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        case .sumSquare: return values.reduce(0) { $0 + $1 * $1 }
        case .logSum: return log(values.reduce(0, +))
        case .logSumExp:
            let largest = values.reduce(-Double.greatestFiniteMagnitude) { $1 > $0 && $1.isFinite ? $1 : $0 }
            return log(values.reduce(0) { $0 + exp($1 - largest) }) + largest
        }
    }

    /// Whole numbers: sums and products wrap around, everything else is cut towards zero.
    private func reduced(_ values: [Int64], _ type: ElementType) -> Int64 {
        switch self {
        case .sum: return values.reduce(0, &+)
        case .product: return values.reduce(1, &*)
        case .sumSquare: return values.reduce(0) { $0 &+ $1 &* $1 }
        case .l1: return values.reduce(0) { $0 &+ ($1 < 0 && type != .uint64 ? 0 &- $1 : $1) }
        case .maximum: return values.reduce(type.smallest) { type.less($0, $1) ? $1 : $0 }
        case .minimum: return values.reduce(type.largest) { type.less($1, $0) ? $1 : $0 }
        case .mean where values.isEmpty: return 0
        case .mean, .l2, .logSum, .logSumExp: return Int64(saturating: reduced(values.map(Double.init)))
        }
    }
}

extension Tensor {
    /// √x for a sum of squares x: its gradient at 0 is 0, as that of a norm in PyTorch.
    func rootOfSquares() throws(SGCError) -> Tensor {
        let y = try stopGradient.squareRoot()
        return y.recorded(from: [self]) { dy throws(SGCError) in
            let floor = try Tensor.full([], Double(Float.leastNormalMagnitude), y.dataType, on: y.device)
            let zero = try Tensor.zeros([], y.dataType, on: y.device)
            return [try dy.scaled(by: 0.5) / y.maximum(floor) * zero.less(than: y)]
        }
    }

    /// The product over `axes`, which keep extent 1: halves are multiplied with each other until one element is left.
    fileprivate func product(_ axes: [Int]) throws(SGCError) -> Tensor {
        let others = (0..<rank).filter { !axes.contains($0) }
        let count = axes.reduce(1) { $0 * shape[$1] }
        let kept = Shape(known: shape.dimensions.enumerated().map { axes.contains($0.offset) ? 1 : $0.element })
        guard count > 0 else { return try .ones(kept, dataType, on: device) }
        var rest = try permuted(others + axes).reshaped([kept.count, count])
        while rest.shape[1] > 1 {
            if rest.shape[1] % 2 == 1 { rest = try rest.padded(axis: 1, before: 0, after: 1, value: 1) }
            let half = rest.shape[1] / 2
            rest = try rest.sliced(axis: 1, 0..<half) * rest.sliced(axis: 1, half..<2 * half)
        }
        return try rest.reshaped(kept)
    }
}

extension Shape {
    /// Positions of the first element of each group that reducing `axes` takes together, and the distances of a
    /// group's elements from it.
    func positions(reducing axes: [Int]) -> (first: [Int], rest: [Int]) {
        let steps = strides
        let kept = (0..<rank).filter { !axes.contains($0) }
        let outer = Shape(known: kept.map { dimensions[$0] })
        let inner = Shape(known: axes.map { dimensions[$0] })
        return (outer.positions(strides: kept.map { steps[$0] }), inner.positions(strides: axes.map { steps[$0] }))
    }
}

extension ElementType {
    /// The least and the greatest integer, as ``HostArray`` keeps them.
    var smallest: Int64 { limits.lowerBound }
    var largest: Int64 { self == .uint64 ? -1 : limits.upperBound }
}
