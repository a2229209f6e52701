import SGCBase
import SGCNN
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCTokenizer

/// PatchGAN, its losses and the adaptive weight against PyTorch.
@Suite struct DiscriminatorGoldenTests {
    private let golden: Golden
    private let real: Tensor, fake: Tensor
    private let device: Device

    init() throws {
        golden = try Golden("discriminator")
        device = cpuDevice()
        var reader = try golden.reader()
        var images: [Tensor] = []
        for description in try reader.objects("inputs") {
            let (shape, values) = try golden.drawn(description)
            images.append(try Tensor(values, shape: Shape(shape), on: device))
        }
        (real, fake) = (images[0], images[1])
    }

    /// The discriminator with its golden weights, and its store.
    private func discriminator() throws -> (Discriminator, ParameterStore) {
        let store = ParameterStore(device: device, random: RandomSource(seed: 1))
        let model = try Discriminator(store.root, channels: 16, layers: 3)
        try assign(golden, to: store.parameters.filter(\.isTrainable))
        return (model, store)
    }

    private func adversary(_ loss: DiscriminatorConfiguration.Loss) throws -> Adversary {
        var configuration = DiscriminatorConfiguration()
        configuration.channels = 16
        configuration.loss = loss
        configuration.weight = 0.8
        let adversary = try Adversary(
            configuration, adam: AdamConfiguration(), device: device, random: RandomSource(seed: 1))
        try assign(golden, to: adversary.store.parameters.filter(\.isTrainable))
        return adversary
    }

    /// Running means or variances of all norms, one after the other.
    private func statistics(_ store: ParameterStore, _ suffix: String) -> [Double] {
        store.parameters.filter { $0.name.hasSuffix(suffix) }.flatMap { $0.value.doubles }
    }

    private func expected(_ list: String, _ name: String) throws -> Double {
        var reader = try golden.reader()
        let index = try #require(try reader.strings(list).firstIndex(of: name))
        return try golden.values(list)[index]
    }

    @Test("logits and running statistics, training and inference")
    func logits() throws {
        let (model, store) = try discriminator()
        let training = Context(isTraining: true)
        let untouched = try model(real, Context())
        #expect(difference(untouched.doubles, try golden.values("logits_inference"), tolerance: 2e-5) == nil)
        for (image, name) in [(real, "real"), (fake, "fake")] {
            let logits = try model(image, training)
            #expect(logits.shape == [2, 4, 6, 1])
            #expect(difference(logits.doubles, try golden.values("logits_\(name)"), tolerance: 2e-5, name) == nil)
            for statistic in ["running_mean", "running_var"] {
                let stored = try golden.values("\(statistic)_after_\(name)")
                #expect(difference(statistics(store, statistic), stored, tolerance: 2e-5, statistic) == nil)
            }
        }
    }

    @Test(
        "losses and weight gradients",
        arguments: [(DiscriminatorConfiguration.Loss.hinge, "hinge"), (.softplus, "vanilla")])
    func losses(_ loss: DiscriminatorConfiguration.Loss, _ name: String) throws {
        let adversary = try adversary(loss)
        let (value, gradients) = try adversary.step(real: real, fake: fake)
        #expect(difference([value], [try expected("losses", name)], tolerance: 1e-5) == nil)
        var named: [String: Tensor] = [:]
        for (parameter, gradient) in zip(adversary.optimizer.parameters, gradients) {
            named[parameter.name] = gradient
        }
        #expect(try gradientDifferences(named, golden, form: name).isEmpty)
    }

    @Test("the generator's term and its gradient with respect to the images")
    func generator() throws {
        let adversary = try adversary(.hinge)
        let (value, gradient) = try Tape.run { tape throws(SGCError) in
            let watched = tape.watch(fake)
            let loss = try adversary.generatorLoss(watched)
            return (loss.item, try tape.gradient(of: loss, with: [watched])[0])
        }
        #expect(difference([value], [try expected("losses", "generator")], tolerance: 1e-5) == nil)
        let values = try #require(gradient).floats
        let scale = try golden.values("d_fake_norm")[0]
        #expect(abs(norm(values) - scale) <= 1e-4 * scale)
        // Strided samples as the script takes them: floor(s · count / 1024).
        let samples = (0..<1024).map { Double(values[$0 * values.count / 1024]) }
        #expect(difference(samples, try golden.values("d_fake_samples"), tolerance: 5e-5) == nil)
        var reader = try golden.reader()
        let projections = try golden.projections(values, index: reader.integer("d_fake_projection"))
        for (a, e) in zip(projections, try golden.values("d_fake_projections")) {
            #expect(abs(a - e) <= 3e-4 * scale)
        }
    }

    @Test("the adaptive weight compares gradients at the decoder's last convolution")
    func adaptiveWeight() throws {
        let given = try GoldenVQGAN("vqgan_f8", device: device)
        let adversary = try adversary(.hinge)
        let (weight, generator) = try Tape.run { tape throws(SGCError) in
            let context = Context(tape: tape, isTraining: true)
            let z = try given.model.latents(given.x, context)
            let quantization = try given.model.quantizer.quantize(z, labels: nil, step: 0, context)
            let output = try given.model.pixels(quantization.features, context)
            let term = try adversary.generatorLoss(output)
            let weight = try adversary.weight(
                reconstruction: output.meanAbsoluteError(given.x), generator: term,
                lastWeight: given.model.decoder.lastWeight, context)
            return (weight, term.item)
        }
        #expect(difference([generator], [try expected("adaptive", "generator")], tolerance: 5e-5) == nil)
        #expect(difference([weight], [try expected("adaptive", "weight_times_disc_weight")], tolerance: 5e-5) == nil)
    }

    @Test("a discriminator too deep for the image is refused")
    func tooSmall() throws {
        let (model, _) = try discriminator()
        let tiny = try Tensor.zeros([1, 4, 4, 3], on: device)
        #expect(throws: SGCError.self) { try model(tiny, Context(isTraining: true)) }
    }
}
