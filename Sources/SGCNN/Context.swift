package import SGCBase
package import SGCTensor

/// What one forward pass knows: whether it trains, in which precision it computes, and the tape, if any.
///
/// Layers take their weights through ``callAsFunction(_:)``, which watches them on the tape.
package final class Context {
    /// `nil` when no gradient will be asked for.
    package let tape: Tape?
    /// Whether batch statistics are used and updated.
    package let isTraining: Bool
    /// The type of activations: float32 or bfloat16.
    package let precision: DataType
    /// Whether blocks recompute their activations in the backward pass instead of keeping them.
    package let recomputesActivations: Bool
    /// Where group norms take their statistics from while an image is computed tile by tile.
    package let tiling: TiledNormalization?

    private var watched: [ObjectIdentifier: Tensor] = [:]
    /// In order of first use.
    private var used: [Parameter] = []

    package init(
        tape: Tape? = nil, isTraining: Bool = false, precision: DataType = .float32,
        recomputesActivations: Bool = false, tiling: TiledNormalization? = nil
    ) {
        self.tape = tape
        self.isTraining = isTraining
        self.precision = precision
        self.recomputesActivations = recomputesActivations
        self.tiling = tiling
    }

    /// The value of a parameter, watched when this pass records gradients and the parameter learns.
    package func callAsFunction(_ parameter: Parameter) -> Tensor {
        guard let tape, parameter.isTrainable else { return parameter.value }
        if let tensor = watched[ObjectIdentifier(parameter)] { return tensor }
        let tensor = tape.watch(parameter.value)
        watched[ObjectIdentifier(parameter)] = tensor
        used.append(parameter)
        return tensor
    }

    /// The gradients of `loss` for `parameters`; `nil` where it does not depend on one.
    package func gradients(
        of loss: Tensor, for parameters: [Parameter], keepGraph: Bool = false
    ) throws(SGCError) -> [Tensor?] {
        guard let tape else { throw SGCError(.argument, "gradients: this pass records none") }
        return try tape.gradient(of: loss, with: parameters.map { self($0) }, keepGraph: keepGraph)
    }

    /// Computes `body(x)`, when ``recomputesActivations`` without keeping its activations: the backward pass then
    /// computes them again (Chen et al. 2016).
    ///
    /// - Parameter parameters: every parameter that `body` uses.
    package func checkpoint(
        _ x: Tensor, parameters: [Parameter], body: @escaping (Tensor, Context) throws(SGCError) -> Tensor
    ) throws(SGCError) -> Tensor {
        guard tape != nil, recomputesActivations else { return try body(x, self) }
        let (isTraining, precision) = (isTraining, precision)
        let input = x.stopGradient
        let y = try body(input, Context(isTraining: isTraining, precision: precision))
        return y.recorded(from: [x] + parameters.map { self($0) }) { dy throws(SGCError) in
            try Tape.run { tape throws(SGCError) in
                let context = Context(tape: tape, isTraining: isTraining, precision: precision)
                let watched = tape.watch(input)
                let output = try body(watched, context)
                return try tape.gradient(of: output, with: [watched] + parameters.map { context($0) }, seed: dy)
            }
        }
    }
}
