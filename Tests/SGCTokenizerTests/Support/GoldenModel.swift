import SGCBase
import SGCNN
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCTokenizer

/// A device of the CPU backend.
func cpuDevice(threads: Int = 1) -> Device { EngineOptions(threads: threads).makeDevice() }

/// Puts the values of the goldens' `parameters` list into parameters of the same names.
///
/// Expects exactly the listed names and shapes.
func assign(_ golden: Golden, to parameters: [Parameter]) throws {
    var reader = try golden.reader()
    var values: [String: (shape: [Int], values: [Float])] = [:]
    for description in try reader.objects("parameters") {
        var description = description
        let name = try description.string("name")
        if let stored = try description.stringIfPresent("stored") {
            values[name] = (try description.integers("shape"), try golden.floats(stored))
        } else {
            values[name] = try golden.drawn(description)
        }
    }
    #expect(parameters.map(\.name).sorted() == values.keys.sorted())
    for parameter in parameters {
        let given = try #require(values[parameter.name])
        #expect(parameter.shape.dimensions == given.shape, "\(parameter.name)")
        try parameter.assign(Tensor(given.values, shape: parameter.shape, on: parameter.value.device))
    }
}

/// Compares gradients with the stored norms and projections, and returns every difference that is too large.
///
/// Scale of a comparison: the norm of the parameter's gradient or of the gradient of its layer's weight, whichever is
/// larger (Tests/Golden/torch/README.md says why).
func gradientDifferences(
    _ gradients: [String: Tensor], _ golden: Golden, form: String, normTolerance: Double = 1e-4,
    projectionTolerance: Double = 3e-4
) throws -> [String] {
    var reader = try golden.reader()
    let names = try reader.objects("parameters").map { entry in
        var entry = entry
        return try entry.string("name")
    }
    let norms = try golden.values("gradient_norms_\(form)")
    let projections = try golden.values("gradient_projections_\(form)")
    let positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    var found: [String] = []
    for (index, name) in names.enumerated() {
        guard let gradient = gradients[name] else {
            found.append("\(name): no gradient")
            continue
        }
        let layer = name.split(separator: ".").dropLast().joined(separator: ".") + ".weight"
        let scale = max(norms[index], positions[layer].map { norms[$0] } ?? 0)
        let values = gradient.floats
        let error = abs(norm(values) - norms[index]) / scale
        if !(error <= normTolerance) { found.append("\(name): norm \(norm(values)), expected \(norms[index])") }
        for (j, projection) in try golden.projections(values, index: index).enumerated() {
            let error = abs(projection - projections[index * 8 + j]) / scale
            if !(error <= projectionTolerance) { found.append("\(name): projection \(j) is off by \(error)") }
        }
    }
    return found
}

/// The model, input and expected results of one of the `vqgan_*` goldens.
struct GoldenVQGAN {
    let golden: Golden
    let model: TokenizerModel
    let x: Tensor

    init(_ name: String, lossForm: QuantizerConfiguration.LossForm = .paper, device: Device) throws {
        golden = try Golden(name)
        var reader = try golden.reader()
        var given = try reader.object("configuration")
        var configuration = ModelConfiguration()
        configuration.channels = try given.integer("ch")
        configuration.channelMultipliers = try given.integers("ch_mult")
        configuration.residualBlocks = try given.integer("num_res_blocks")
        configuration.attentionResolutions = try given.integers("attn_resolutions")
        configuration.resolution = try given.integer("resolution")
        configuration.latentChannels = try given.integer("z_channels")
        configuration.normGroups = 32
        var quantizer = QuantizerConfiguration()
        quantizer.kind = .vq
        quantizer.codebookSize = try given.integer("n_embed")
        quantizer.codeDimension = try given.integer("embed_dim")
        quantizer.commitment = try reader.double("beta")
        quantizer.lossForm = lossForm
        model = try TokenizerModel(
            configuration, quantizer: quantizer, device: device, random: RandomSource(seed: 1))
        try assign(golden, to: model.parameters)
        let input = try golden.drawn(reader.object("input"))
        x = try Tensor(input.values, shape: Shape(input.shape), on: device)
    }

    /// The stored loss term.
    func term(_ name: String) throws -> Double {
        var reader = try golden.reader()
        let index = try #require(try reader.strings("terms").firstIndex(of: name))
        return try golden.values("terms")[index]
    }
}
