import Glibc
import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Functions of each element without attributes. They are the same in every version.
    static let unaryFunctions: [OperatorDefinition] = [
        unary("Relu", ElementwiseKernel(.relu, integers: { max($0, 0) }, { $0 <= 0 ? 0 : $0 })),
        unary("Sigmoid", ElementwiseKernel(.sigmoid, { sigmoid($0) })),
        unary("Tanh", ElementwiseKernel(.tanh, { tanh($0) })),
        unary("Erf", ElementwiseKernel(.erf, { erf($0) })),
        unary("Softplus", ElementwiseKernel(.softplus, { max($0, 0) + log1p(exp(-abs($0))) })),
        unary(
            "Softsign",
            ElementwiseKernel(reals: { $0 / (1 + abs($0)) }) { x throws(SGCError) in try x / (x.absolute() + 1) }),
        unary(
            "HardSwish",
            ElementwiseKernel(reals: { $0 * min(max($0 / 6 + 0.5, 0), 1) }) { x throws(SGCError) in
                try x * x.scaled(by: 1 / 6, plus: 0.5).map(.clamp(low: 0, high: 1))
            }),
        unary(
            "Mish",
            ElementwiseKernel(reals: { $0 * tanh(max($0, 0) + log1p(exp(-abs($0)))) }) { x throws(SGCError) in
                try x * x.map(.softplus).tanh()
            }),
        unary("Exp", ElementwiseKernel(.exp, { exp($0) })),
        unary("Log", ElementwiseKernel(.log, { log($0) })),
        unary("Sqrt", ElementwiseKernel(.squareRoot, { $0.squareRoot() })),
        unary("Reciprocal", ElementwiseKernel(.reciprocal, { 1 / $0 })),
        unary("Abs", ElementwiseKernel(.absolute, integers: { $0 < 0 ? 0 &- $0 : $0 }, { abs($0) })),
        unary(
            "Neg",
            ElementwiseKernel(reals: { -$0 }, integers: { 0 &- $0 }) { x throws(SGCError) in try x.scaled(by: -1) }),
        unary("Floor", ElementwiseKernel(.floor, { floor($0) })),
        unary("Ceil", ElementwiseKernel(.ceiling, { ceil($0) })),
        unary("Round", ElementwiseKernel(.round, { $0.rounded(.toNearestOrEven) })),
        unary("Sign", ElementwiseKernel(.sign, integers: { $0.signum() }, { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 })),
        unary("Sin", ElementwiseKernel(.sine, { sin($0) })),
        unary("Cos", ElementwiseKernel(.cosine, { cos($0) })),
        unary("Tan", ElementwiseKernel(.tangent, { tan($0) })),
        unary("Asin", ElementwiseKernel(.arcSine, { asin($0) })),
        unary("Acos", ElementwiseKernel(.arcCosine, { acos($0) })),
        unary("Atan", ElementwiseKernel(.arcTangent, { atan($0) })),
        unary("Sinh", ElementwiseKernel(.hyperbolicSine, { sinh($0) })),
        unary("Cosh", ElementwiseKernel(.hyperbolicCosine, { cosh($0) })),
        unary("Asinh", ElementwiseKernel(.areaSine, { asinh($0) })),
        unary("Acosh", ElementwiseKernel(.areaCosine, { acosh($0) })),
        unary("Atanh", ElementwiseKernel(.areaTangent, { atanh($0) })),
    ]

    private static func unary(_ name: String, _ function: ElementwiseKernel) -> OperatorDefinition {
        OperatorDefinition(name) { _ throws(SGCError) in function.kernel }
    }
}

private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
