import SGCBase
import SGCNN
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCTokenizer

/// Encoder, quantizer, decoder, losses and every weight gradient against a PyTorch re-statement of taming's VQGAN.
@Suite(.serialized) struct VQGANGoldenTests {
    @Test(
        "f8 and f16 agree with PyTorch in the paper's and taming's legacy form of the loss",
        arguments: ["vqgan_f8", "vqgan_f16"], QuantizerConfiguration.LossForm.allCases)
    func square(_ name: String, _ form: QuantizerConfiguration.LossForm) throws {
        try compare(name, form, threads: 2)
    }

    @Test("f8 and f16 agree with PyTorch on one thread", arguments: ["vqgan_f8", "vqgan_f16"])
    func oneThread(_ name: String) throws { try compare(name, .paper, threads: 1) }

    @Test("f16 at 288×512 agrees with PyTorch", arguments: [1, 2])
    func wide(_ threads: Int) throws {
        try compare("vqgan_f16_288x512", .paper, threads: threads, projectionTolerance: 4e-4)
    }

    private func compare(
        _ name: String, _ form: QuantizerConfiguration.LossForm, threads: Int, projectionTolerance: Double = 3e-4
    ) throws {
        let given = try GoldenVQGAN(name, lossForm: form, device: cpuDevice(threads: threads))
        let (golden, model, x) = (given.golden, given.model, given.x)
        let trainable = model.parameters.filter(\.isTrainable)
        var gradients: [String: Tensor] = [:]
        try Tape.run { tape throws(SGCError) in
            let context = Context(tape: tape, isTraining: true)
            let z = try model.latents(x, context)
            let quantization = try model.quantizer.quantize(z, labels: nil, step: 0, context)
            let output = try model.pixels(quantization.features, context)
            let l1 = try output.meanAbsoluteError(x)
            var total = l1
            var terms: [String: Double] = ["l1": l1.item]
            for term in quantization.losses {
                terms[term.name] = term.value.item
                total = try total + term.value * term.weight
            }
            terms["total_\(form.rawValue)"] = total.item
            let found = try context.gradients(of: total, for: trainable)
            for (parameter, gradient) in zip(trainable, found) { gradients[parameter.name] = gradient }
            do {
                #expect(difference(z.doubles, try golden.values("z"), tolerance: 5e-5, "z") == nil)
                #expect(quantization.nearest.codes.indices == (try golden.indices("codes")))
                for (name, value) in terms {
                    #expect(difference([value], [try given.term(name)], tolerance: 5e-5, name) == nil)
                }
                let pixels = output.floats
                let samples = try golden.indices("xhat_index").map { Double(pixels[Int($0)]) }
                #expect(difference(samples, try golden.values("xhat_samples"), tolerance: 5e-5, "xhat") == nil)
                let scale = try golden.values("xhat_norm")[0]
                #expect(abs(norm(pixels) - scale) <= 1e-4 * scale)
                var reader = try golden.reader()
                let projections = try golden.projections(pixels, index: reader.integer("xhat_projection"))
                for (a, e) in zip(projections, try golden.values("xhat_projections")) {
                    #expect(abs(a - e) <= 3e-4 * scale, "projection \(a), expected \(e)")
                }
            } catch {
                throw SGCError(.internalError, "\(error)")
            }
        }
        let differences = try gradientDifferences(
            gradients, golden, form: form.rawValue, projectionTolerance: projectionTolerance)
        #expect(differences.isEmpty)
    }
}
