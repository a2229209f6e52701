import SGCBase
import SGCNN
import SGCTensor

/// The discriminator with its losses and its optimizer (VQGAN, Eq. 5-7).
final class Adversary {
    let store: ParameterStore
    let optimizer: Adam
    private let discriminator: Discriminator
    private let configuration: DiscriminatorConfiguration

    init(
        _ configuration: DiscriminatorConfiguration, adam: AdamConfiguration, device: Device, random: RandomSource?
    ) throws(SGCError) {
        self.configuration = configuration
        store = ParameterStore(device: device, random: random)
        discriminator = try Discriminator(
            store.root, channels: configuration.channels, layers: configuration.layers)
        optimizer = try Adam(store.parameters.filter(\.isTrainable), configuration: adam)
    }

    /// Whether the generator sees the discriminator in update `step` (counted from 0).
    func isActive(at step: Int) -> Bool { step >= configuration.startStep }

    /// Whether the discriminator itself learns: also during its warm-up.
    func learns(at step: Int) -> Bool { step >= configuration.startStep - configuration.warmUpSteps }

    /// The generator's term g = −mean D(x̂). The discriminator's weights get no gradient.
    func generatorLoss(_ reconstruction: Tensor) throws(SGCError) -> Tensor {
        try discriminator(reconstruction, Context(isTraining: true)).mean().scaled(by: -1)
    }

    /// What g is multiplied with: the configured weight, times λ = ‖∂L_rec/∂θ‖ / (‖∂g/∂θ‖ + 1e-4) in 0...1e4, θ the
    /// decoder's last weight.
    func weight(
        reconstruction: Tensor, generator: Tensor, lastWeight: Parameter, _ context: Context
    ) throws(SGCError) -> Double {
        guard configuration.isAdaptive else { return configuration.weight }
        let top = try globalNorm(context.gradients(of: reconstruction, for: [lastWeight], keepGraph: true))
        let bottom = try globalNorm(context.gradients(of: generator, for: [lastWeight], keepGraph: true))
        return min(max(top / (bottom + 1e-4), 0), 1e4) * configuration.weight
    }

    /// The discriminator's own loss on real and reconstructed images, and its gradients.
    func step(real: Tensor, fake: Tensor) throws(SGCError) -> (loss: Double, gradients: [Tensor?]) {
        try Tape.run { tape throws(SGCError) in
            let context = Context(tape: tape, isTraining: true)
            let onReal = try discriminator(real, context)
            let onFake = try discriminator(fake.stopGradient, context)
            let loss: Tensor
            switch configuration.loss {
            case .hinge:
                let missedReal = try onReal.scaled(by: -1, plus: 1).relu().mean()
                let missedFake = try onFake.scaled(by: 1, plus: 1).relu().mean()
                loss = try (missedReal + missedFake) * 0.5
            case .softplus:
                let missedReal = try onReal.scaled(by: -1).map(.softplus).mean()
                let missedFake = try onFake.map(.softplus).mean()
                loss = try (missedReal + missedFake) * 0.5
            }
            return (loss.item, try context.gradients(of: loss, for: optimizer.parameters))
        }
    }
}
