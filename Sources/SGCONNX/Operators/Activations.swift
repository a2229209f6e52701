import Glibc
import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Activations with attributes, and PRelu.
    static let activations: [OperatorDefinition] = [
        OperatorDefinition("LeakyRelu") { node throws(SGCError) in
            let slope = try node.real("alpha", default: 0.01)
            return ElementwiseKernel(.leakyReLU(slope: Float(slope)), { $0 > 0 ? $0 : slope * $0 }).kernel
        },
        OperatorDefinition("Elu") { node throws(SGCError) in
            let alpha = try node.real("alpha", default: 1)
            return ElementwiseKernel(.elu(alpha: Float(alpha)), { $0 > 0 ? $0 : alpha * expm1($0) }).kernel
        },
        OperatorDefinition("Selu") { node throws(SGCError) in
            let alpha = try node.real("alpha", default: 1.67326319217681884765625)
            let gamma = try node.real("gamma", default: 1.05070102214813232421875)
            return ElementwiseKernel(reals: { gamma * ($0 > 0 ? $0 : alpha * expm1($0)) }) { x throws(SGCError) in
                try x.map(.elu(alpha: Float(alpha))).scaled(by: gamma)
            }.kernel
        },
        OperatorDefinition("Celu", opsets: 12...22) { node throws(SGCError) in
            // max(0, x) + min(0, α (exp(x / α) − 1)) = α · ELU(x / α) for α > 0.
            let alpha = try node.real("alpha", default: 1)
            guard alpha > 0 else { throw SGCError(.unsupported, "attribute alpha: expected above 0, got \(alpha)") }
            return ElementwiseKernel(reals: { $0 > 0 ? $0 : alpha * expm1($0 / alpha) }) { x throws(SGCError) in
                try x.scaled(by: 1 / alpha).map(.elu(alpha: 1)).scaled(by: alpha)
            }.kernel
        },
        OperatorDefinition("HardSigmoid") { node throws(SGCError) in
            let alpha = try node.real("alpha", default: 0.2)
            let beta = try node.real("beta", default: 0.5)
            return ElementwiseKernel(reals: { min(max(alpha * $0 + beta, 0), 1) }) { x throws(SGCError) in
                try x.scaled(by: alpha, plus: beta).map(.clamp(low: 0, high: 1))
            }.kernel
        },
        OperatorDefinition("ThresholdedRelu") { node throws(SGCError) in
            let alpha = try node.real("alpha", default: 1)
            return ElementwiseKernel(.threshold(above: Float(alpha)), { $0 <= alpha ? 0 : $0 }).kernel
        },
        OperatorDefinition("Gelu", opsets: 20...22) { node throws(SGCError) in
            let isTanh = try node.word("approximate", default: "none", of: ["none", "tanh"]) == "tanh"
            if isTanh {
                let factor = (2 / Double.pi).squareRoot()
                return ElementwiseKernel(
                    .geluTanh, { 0.5 * $0 * (1 + tanh(factor * ($0 + 0.044715 * $0 * $0 * $0))) }
                ).kernel
            }
            return ElementwiseKernel(.gelu, { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }).kernel
        },
        OperatorDefinition("Shrink", make: shrink),
        OperatorDefinition("PRelu") { _ throws(SGCError) in prelu },
    ]

    /// x − bias above lambd, x + bias below −lambd, 0 between.
    private static func shrink(_ node: NodeReader) throws(SGCError) -> Kernel {
        let bias = try node.real("bias", default: 0)
        let limit = try node.real("lambd", default: 0.5)
        guard limit >= 0 else { throw SGCError(.unsupported, "attribute lambd: expected at least 0, got \(limit)") }
        return ElementwiseKernel(
            reals: { $0 < -limit ? $0 + bias : $0 > limit ? $0 - bias : 0 },
            integers: {
                let x = Double($0)
                return x < -limit ? Int64(saturating: x + bias) : x > limit ? Int64(saturating: x - bias) : 0
            },
            device: { x throws(SGCError) in
                let bound = try Tensor.full([], limit, x.dataType, on: x.device)
                let negated = try x.scaled(by: -1)
                let kept = try x.map(.threshold(above: Float(limit))) - negated.map(.threshold(above: Float(limit)))
                if bias == 0 { return kept }
                let signs = try bound.less(than: x) - bound.less(than: negated)
                return try kept - signs.scaled(by: bias)
            }
        ).kernel
    }

    /// x for x ≥ 0, slope · x below, the slope broadcast to x.
    private static let prelu: Kernel = { inputs throws(SGCError) in
        let (x, slope) = (try inputs.value(0), try inputs.value(1))
        if x.isHost, slope.isHost {
            let array = try x.array()
            return [
                .host(
                    try array.combined(
                        with: try slope.array(), limits: inputs.limits,
                        integers: { a, b throws(SGCError) in a < 0 && array.type != .uint64 ? a &* b : a },
                        reals: { $0 < 0 ? $0 * $1 : $0 }))
            ]
        }
        let (a, b) = (try x.tensor(on: inputs.device), try slope.tensor(on: inputs.device))
        let positive = a.withStored(try a.stored.relu())
        let negative = a.withStored(try a.stored.map(.clamp(low: -.infinity, high: 0)))
        let scaled = try GraphTensor.combined(negative, b, inputs) { p, q throws(SGCError) in try p * q }
        let y = try GraphTensor.combined(positive, scaled, inputs) { p, q throws(SGCError) in try p + q }
        guard y.shape == a.shape else {
            throw SGCError(.format, "a slope of shape \(b.shape) does not broadcast to \(a.shape)")
        }
        return [.device(y)]
    }
}
