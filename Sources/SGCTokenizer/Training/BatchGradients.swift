import Glibc
import SGCBase
import SGCNN
import SGCTensor

/// Everything that one pass over a batch computes before anything is changed.
struct BatchGradients {
    var generator: [Tensor?]
    /// Of the projection to a teacher's features; empty without one.
    var projection: [Tensor?]
    var discriminator: [Tensor?]?
    var quantization: Quantization
    var metrics: StepMetrics
}

/// Computes losses and gradients of a batch; changes no weight.
struct GradientComputation {
    let model: TokenizerModel
    let adversary: Adversary?
    let perceptual: (any PerceptualLoss)?
    let teachers: TrainingTeachers
    let configuration: TrainingConfiguration
    let parameters: [Parameter]
    let precision: DataType
    /// Updates done so far.
    let step: Int

    /// - Parameters:
    ///   - x: `[N, H, W, 3]` in −1...1, float32.
    ///   - labels: one class per latent, -1 for none; N·h·w values.
    func callAsFunction(_ x: Tensor, labels: [Int32]?) throws(SGCError) -> BatchGradients {
        var metrics = StepMetrics()
        let target = try teachers.latents?.target(x)
        let (gradients, quantization, reconstruction): ([Tensor?], Quantization, Tensor) =
            try Tape.run { tape throws(SGCError) in
                let context = Context(
                    tape: tape, isTraining: true, precision: precision,
                    recomputesActivations: configuration.recomputesActivations)
                let z = try model.latents(x, context)
                let quantization = try model.quantizer.quantize(z, labels: labels, step: step, context)
                let output = try model.pixels(quantization.features, context)
                let terms = try imitation(z, target, quantization, &metrics) ?? quantization.losses
                let total = try loss(x, output, quantization, terms, context, &metrics)
                metrics.add("loss", total.item)
                let gradients = try context.gradients(
                    of: total, for: parameters + (teachers.features?.store.parameters ?? []))
                return (gradients, quantization.withoutGradient, output.stopGradient)
            }
        let mse = try reconstruction.meanSquaredError(x).item
        // Of the unclamped batch as a whole; pixels span 2. Evaluation reports the mean over images.
        metrics.add("psnr", mse > 0 ? -10 * log10(mse / 4) : .infinity)
        var discriminatorGradients: [Tensor?]?
        if let adversary, adversary.learns(at: step) {
            let result = try adversary.step(real: x, fake: reconstruction)
            metrics.add("discriminator", result.loss)
            discriminatorGradients = result.gradients
        }
        return BatchGradients(
            generator: Array(gradients.prefix(parameters.count)),
            projection: Array(gradients.dropFirst(parameters.count)), discriminator: discriminatorGradients,
            quantization: quantization, metrics: metrics)
    }

    /// What takes the place of the quantizer's losses where a tokenizer teaches; `nil` where none does.
    private func imitation(
        _ z: Tensor, _ target: LatentDistillation.Target?, _ quantization: Quantization, _ metrics: inout StepMetrics
    ) throws(SGCError) -> [LossTerm]? {
        guard let target, let distillation = teachers.latents else { return nil }
        let tokens = quantization.nearest.codes.indices
        let equal = zip(tokens, target.tokens).filter { $0 == $1 }.count
        metrics.add("teacher_agreement", Double(equal) / Double(max(1, tokens.count)))
        let latents = try model.quantizer.conditioned(z.reshaped(target.latents.shape))
        return [
            LossTerm(
                name: "latent_distillation", value: try distillation.loss(latents, target),
                weight: configuration.loss.distillationWeight)
        ]
    }

    /// The generator's total loss; every term is reported raw and weighted.
    ///
    /// - Parameter terms: what is added to the losses of the image.
    private func loss(
        _ x: Tensor, _ output: Tensor, _ quantization: Quantization, _ terms: [LossTerm], _ context: Context,
        _ metrics: inout StepMetrics
    ) throws(SGCError) -> Tensor {
        let settings = configuration.loss
        let difference =
            settings.reconstruction == .l1 ? try output.meanAbsoluteError(x) : try output.meanSquaredError(x)
        metrics.add("reconstruction", difference.item)
        metrics.add("reconstruction_weighted", difference.item * settings.reconstructionWeight)
        var total = try difference * settings.reconstructionWeight
        if let perceptual {
            let term = try perceptual(output, x)
            metrics.add("perceptual", term.item)
            metrics.add("perceptual_weighted", term.item * settings.perceptualWeight)
            total = try total + term * settings.perceptualWeight
        }
        if let adversary, adversary.isActive(at: step) {
            let term = try adversary.generatorLoss(output)
            let weight = try adversary.weight(
                reconstruction: total, generator: term, lastWeight: model.decoder.lastWeight, context)
            metrics.add("adversarial", term.item)
            metrics.add("adversarial_weight", weight)
            metrics.add("adversarial_weighted", term.item * weight)
            total = try total + term * weight
        }
        if let distillation = teachers.features {
            let (term, failed) = try distillation(x, features: quantization.features, context)
            if let term {
                metrics.add("distillation", term.item)
                metrics.add("distillation_weighted", term.item * settings.distillationWeight)
                total = try total + term * settings.distillationWeight
            }
            metrics.add("distillation_failed", failed)
        }
        for term in terms {
            metrics.add(term.name, term.value.item)
            metrics.add(term.name + "_weighted", term.value.item * term.weight)
            total = try total + term.value * term.weight
        }
        return total
    }
}

extension Quantization {
    /// The same without anything that refers to a tape.
    var withoutGradient: Quantization {
        Quantization(
            features: features.stopGradient, losses: [], nearest: nearest, latents: latents, labels: labels)
    }
}
