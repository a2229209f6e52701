import SGCBase
import SGCTensor

extension OperatorRegistry {
    static let runningSum: [OperatorDefinition] = [
        OperatorDefinition("CumSum", make: cumulativeSum)
    ]

    /// Running sums along an axis, from its end when `reverse`, without the element itself when `exclusive`.
    private static func cumulativeSum(_ node: NodeReader) throws(SGCError) -> Kernel {
        let isExclusive = try node.flag("exclusive")
        let isReversed = try node.flag("reverse")
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            guard let axis = try inputs.integers(1).first else { throw SGCError(.format, "axis: expected one number") }
            let index = try x.shape.axis(axis)
            let extent = x.shape[index]
            switch x {
            case .mask: throw SGCError(.format, "expected numbers, got bool \(x.shape)")
            case .device(let tensor):
                return [
                    .device(
                        try tensor.map { y throws(SGCError) in
                            let place = tensor.order[index]
                            guard isExclusive, extent > 0 else {
                                return try y.cumulativeSum(axis: place, reversed: isReversed)
                            }
                            let kept = isReversed ? 1..<extent : 0..<extent - 1
                            return try y.sliced(axis: place, kept).cumulativeSum(axis: place, reversed: isReversed)
                                .padded(axis: place, before: isReversed ? 0 : 1, after: isReversed ? 1 : 0)
                        })
                ]
            case .host(let array):
                let rows = array.rows(along: index).map { isReversed ? $0.reversed() : $0 }
                switch array.elements {
                case .reals(let values):
                    var results = values
                    for row in rows {
                        var sum = 0.0
                        for position in row {
                            results[position] = isExclusive ? sum : sum + values[position]
                            sum += values[position]
                        }
                    }
                    return [.host(try HostArray(reals: results, type: array.type, shape: array.shape))]
                case .integers(let values):
                    var results = values
                    for row in rows {
                        var sum: Int64 = 0
                        for position in row {
                            results[position] = isExclusive ? sum : sum &+ values[position]
                            sum = sum &+ values[position]
                        }
                    }
                    return [.host(try HostArray(integers: results, type: array.type, shape: array.shape))]
                }
            }
        }
    }
}
