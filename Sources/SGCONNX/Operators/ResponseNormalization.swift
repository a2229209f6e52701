import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Normalizations without parameters: LpNormalization, LRN, MeanVarianceNormalization.
    static let responseNormalization: [OperatorDefinition] = [
        OperatorDefinition("LpNormalization", make: lpNormalization),
        OperatorDefinition("LRN", make: localResponse),
        OperatorDefinition("MeanVarianceNormalization", make: meanVariance),
    ]

    /// x divided by its 1- or 2-norm along an axis; 0 where the norm is 0.
    private static func lpNormalization(_ node: NodeReader) throws(SGCError) -> Kernel {
        let axis = try node.integer("axis", default: -1)
        let p = try node.integer("p", default: 2)
        guard p == 1 || p == 2 else { throw SGCError(.unsupported, "attribute p: expected 1 or 2, got \(p)") }
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            let place = x.order[try x.shape.axis(axis)]
            return [
                .device(
                    try x.map { y throws(SGCError) in
                        let norm =
                            p == 1
                            ? try y.absolute().sum([place], keepsAxes: true)
                            : try y.square().sum([place], keepsAxes: true).rootOfSquares()
                        // Where all elements are 0 any divisor gives 0.
                        return try y
                            / norm.maximum(
                                .full([], Double(Float.leastNormalMagnitude), y.dataType, on: y.device))
                    })
            ]
        }
    }

    /// x / (bias + alpha / size · Σ x²)^beta, the sum over `size` neighbouring channels (Krizhevsky et al. 2012).
    private static func localResponse(_ node: NodeReader) throws(SGCError) -> Kernel {
        let alpha = try node.real("alpha", default: 1e-4)
        let beta = try node.real("beta", default: 0.75)
        let bias = try node.real("bias", default: 1)
        guard let size = try node.integer("size"), (1...(1 << 20)).contains(size) else {
            throw SGCError(.format, "attribute size: expected a number in 1...2²⁰")
        }
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            guard x.rank >= 3 else { throw SGCError(.format, "expected an image [N, C, …], got the shape \(x.shape)") }
            let channels = x.shape[1]
            let entries = try inputs.limits.hostShape([channels, min(size, channels)])
            try inputs.announce(elements: Double(entries.count) * Double(x.shape.replacing(1, with: 1).count))
            var neighbours = MixingWeights(inputs: channels)
            for channel in 0..<channels {
                let first = max(0, channel - (size - 1) / 2)
                let last = min(channels - 1, channel + size / 2)
                for neighbour in first...last { try neighbours.add(neighbour, weight: 1) }
                try neighbours.finishRow()
            }
            let rows = neighbours
            let place = x.order[1]
            return [
                .device(
                    try x.map { y throws(SGCError) in
                        let sums = try y.square().mixed(axis: place, rows)
                        let exponent = try Tensor.full([], -beta, y.dataType, on: y.device)
                        return try y * sums.scaled(by: alpha / Double(size), plus: bias).power(exponent)
                    })
            ]
        }
    }

    /// (x − mean) / (deviation + 10⁻⁹) over the given axes.
    private static func meanVariance(_ node: NodeReader) throws(SGCError) -> Kernel {
        let axes = try node.integers("axes") ?? [0, 2, 3]
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            let places = try x.shape.axes(axes).map { x.order[$0] }
            return [
                .device(
                    try x.map { y throws(SGCError) in
                        let centred = try y - y.mean(places, keepsAxes: true)
                        let variance = try centred.square().mean(places, keepsAxes: true)
                        return try centred / variance.rootOfSquares().scaled(by: 1, plus: 1e-9)
                    })
            ]
        }
    }
}
