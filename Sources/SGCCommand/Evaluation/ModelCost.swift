import SGCBase
import SGCTokenizer

/// What a model costs, counted layer by layer from its configuration without building it.
///
/// A multiplication with its addition counts as two operations; norms, activations and additions, a few percent of a
/// model's time and less than one of its operations, are not counted.
struct ModelCost: Sendable, Equatable {
    /// What one way through encoder or decoder costs.
    struct Part: Sendable, Equatable {
        var parameters = 0
        /// Floating-point operations per image.
        var operations = 0.0
        /// Numbers that training keeps per image for the backward pass.
        var activations = 0.0
        /// The same when blocks compute theirs again.
        var keptActivations = 0.0
    }

    /// One resolution of the encoder.
    struct Level: Sendable, Equatable {
        let width: Int
        let height: Int
        let channels: Int
        let hasAttention: Bool
    }

    /// Pixels to latents, with the 1×1 convolution to the code's length.
    let encoder: Part
    /// Latents to codes: the distances to all entries.
    let quantizer: Part
    /// Codes to pixels.
    let decoder: Part
    let levels: [Level]
    let tokensPerImage: Int

    /// - Throws: `.argument` for sides that are not positive or a configuration that does not fit itself.
    init(_ configuration: TokenizerConfiguration, width: Int, height: Int) throws(SGCError) {
        let model = configuration.model
        let grid = try TokenGrid(coveringWidth: width, height: height, factor: model.downsamplingFactor)
        let dimension = configuration.quantizer.codeDimension
        let codes = Double(configuration.quantizer.codebookSize)
        let size = Extent(width: grid.columns * grid.factor, height: grid.rows * grid.factor)
        var walk = Walk(model: model, extent: size)
        walk.encode(to: dimension)
        encoder = walk.part
        levels = walk.levels
        tokensPerImage = grid.count
        var search = Part()
        search.parameters = configuration.quantizer.codebookSize * dimension
        search.operations = 2 * Double(grid.count) * codes * Double(dimension)
        search.activations = 3 * Double(grid.count * dimension)
        search.keptActivations = search.activations
        quantizer = search
        var back = Walk(model: model, extent: Extent(width: grid.columns, height: grid.rows))
        back.decode(from: Self.decoderChannels(configuration.quantizer))
        decoder = back.part
    }

    /// Of the finished model: without what only training needs, and without a cross-attention aggregator.
    var parameters: Int { encoder.parameters + quantizer.parameters + decoder.parameters }

    /// About how many bytes training takes: weights with gradients and two moments, and activations of one part of a batch.
    ///
    /// - Parameter batch: images that are computed together.
    func trainingMemory(_ training: TrainingConfiguration, batch: Int, precision: Precision) -> Double {
        let copies = training.averageDecay > 0 ? 5.0 : 4.0
        let together = Double((batch - 1) / training.optimizer.accumulation + 1)
        let kept = [encoder, quantizer, decoder].reduce(0.0) {
            $0 + (training.recomputesActivations ? $1.keptActivations : $1.activations)
        }
        return Double(parameters) * 4 * copies + kept * together * (precision == .float32 ? 4 : 2)
    }

    /// About how many bytes encoding or decoding one image takes.
    func inferenceMemory(precision: Precision) -> Double {
        let widest = levels.map { Double($0.width * $0.height * $0.channels) }.max() ?? 0
        return Double(parameters) * 4 + 4 * widest * (precision == .float32 ? 4 : 2)
    }

    /// Operations of a training step of `batch` images: forward, and twice that backward; once more with recomputation.
    func stepOperations(_ training: TrainingConfiguration, batch: Int) -> Double {
        let forward = encoder.operations + decoder.operations
        let times = training.recomputesActivations ? 4.0 : 3.0
        return Double(batch) * (times * forward + 2 * quantizer.operations)
    }

    private static func decoderChannels(_ quantizer: QuantizerConfiguration) -> Int {
        guard quantizer.kind == .sgc else { return quantizer.codeDimension }
        let levels = FeatureLevels(quantizer.semantics, codeDimension: quantizer.codeDimension)
        return switch quantizer.semantics.aggregator {
        case .concat, .crossAttention: quantizer.codeDimension
        case .linear: levels.width
        case .lowOnly: levels.low.count
        case .highOnly: levels.high.count
        }
    }

    fileprivate struct Extent {
        var width: Int
        var height: Int
        var area: Double { Double(width) * Double(height) }
    }
}

/// Walks through encoder or decoder in the order of computation and adds up.
private struct Walk {
    let model: ModelConfiguration
    var extent: ModelCost.Extent
    var part = ModelCost.Part()
    var levels: [ModelCost.Level] = []

    init(model: ModelConfiguration, extent: ModelCost.Extent) {
        self.model = model
        self.extent = extent
    }

    /// taming-transformers' Encoder and quant_conv.
    mutating func encode(to dimension: Int) {
        var channels = model.channels
        convolution(model.imageChannels, channels, 3)
        for (index, multiplier) in model.channelMultipliers.enumerated() {
            let hasAttention = model.attentionResolutions.contains(model.resolution >> index)
            for _ in 0..<model.residualBlocks {
                block(channels, model.channels * multiplier)
                channels = model.channels * multiplier
                if hasAttention { attention(channels) }
            }
            levels.append(
                ModelCost.Level(
                    width: extent.width, height: extent.height, channels: channels, hasAttention: hasAttention))
            if index < model.channelMultipliers.count - 1 {
                extent.width /= 2
                extent.height /= 2
                convolution(channels, channels, 3)
            }
        }
        middle(channels)
        norm(channels)
        convolution(channels, model.latentChannels, 3)
        convolution(model.latentChannels, dimension, 1)
    }

    /// taming-transformers' post_quant_conv and Decoder.
    mutating func decode(from dimension: Int) {
        var channels = model.channels * (model.channelMultipliers.last ?? 1)
        convolution(dimension, model.latentChannels, 1)
        convolution(model.latentChannels, channels, 3)
        middle(channels)
        for (index, multiplier) in model.channelMultipliers.enumerated().reversed() {
            for _ in 0...model.residualBlocks {
                block(channels, model.channels * multiplier)
                channels = model.channels * multiplier
                if model.attentionResolutions.contains(model.resolution >> index) { attention(channels) }
            }
            if index > 0 {
                extent.width *= 2
                extent.height *= 2
                keep(channels)
                convolution(channels, channels, 3)
            }
        }
        norm(channels)
        convolution(channels, model.imageChannels, 3)
    }

    private mutating func middle(_ channels: Int) {
        block(channels, channels)
        attention(channels)
        block(channels, channels)
    }

    /// A block keeps its input; the rest it can compute again.
    private mutating func block(_ input: Int, _ output: Int) {
        recomputable {
            $0.norm(input)
            $0.convolution(input, output, 3)
            $0.norm(output)
            $0.convolution(output, output, 3)
            if input != output { $0.convolution(input, output, 1) }
        }
        keep(output)
    }

    private mutating func attention(_ channels: Int) {
        recomputable {
            $0.norm(channels)
            for _ in 0..<4 { $0.convolution(channels, channels, 1) }
            // Scores, and their product with the values.
            $0.part.operations += 4 * $0.extent.area * $0.extent.area * Double(channels)
            $0.keep(channels)
        }
        keep(channels)
    }

    private mutating func recomputable(_ body: (inout Walk) -> Void) {
        let kept = part.keptActivations
        body(&self)
        part.keptActivations = kept
    }

    private mutating func convolution(_ input: Int, _ output: Int, _ side: Int) {
        part.parameters += input * output * side * side + output
        part.operations += 2 * extent.area * Double(input * output * side * side)
        keep(output)
    }

    private mutating func norm(_ channels: Int) {
        part.parameters += 2 * channels
        keep(channels)
    }

    private mutating func keep(_ channels: Int) {
        part.activations += extent.area * Double(channels)
        part.keptActivations += extent.area * Double(channels)
    }
}
