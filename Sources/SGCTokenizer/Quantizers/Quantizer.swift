package import SGCBase
package import SGCNN
package import SGCTensor

/// One term of a training loss: the raw value and what it counts in the total.
package struct LossTerm {
    package let name: String
    /// A scalar.
    package let value: Tensor
    package let weight: Double
}

/// What quantizing a batch of latents gave.
package struct Quantization {
    /// What the decoder side sees: aggregated, with the straight-through gradient. `[N, h, w, decoderChannels]`.
    package let features: Tensor
    /// The terms that the quantizer adds to the loss.
    package let losses: [LossTerm]
    /// The assignment of latents to codes.
    package let nearest: NearestCodes
    /// The latents without gradient, `[T, d]`, T = N·h·w.
    package let latents: Tensor
    /// The class of each latent, -1 where there is none; `nil` without labels. T values.
    package let labels: [Int32]?
}

/// What a codebook rule did in one step.
package struct CodebookUpdate {
    /// Rows that were replaced by more than half: their optimizer moments are void.
    package var replacedRows: [Int] = []

    package init() {}
}

/// Turns latents into codes and codes into latents.
///
/// A new quantizer is one file with a conformer and one line in ``makeQuantizer(_:scope:)``.
package protocol Quantizer: AnyObject {
    /// The entries `[K, d]`.
    var codebook: Parameter { get }
    /// Channels of what ``aggregate(_:_:)`` returns.
    var decoderChannels: Int { get }

    /// Latents z `[T, d]` as they are compared with entries.
    func conditioned(_ z: Tensor) throws(SGCError) -> Tensor

    /// The nearest code of each latent z `[T, d]`; float32.
    func nearest(_ z: Tensor, wantsAnchors: Bool) throws(SGCError) -> NearestCodes

    /// Quantizes latents z `[N, h, w, d]` in training, with the class of each latent where known.
    ///
    /// - Parameter step: updates done so far, for terms that change over time.
    func quantize(
        _ z: Tensor, labels: [Int32]?, step: Int, _ context: Context
    ) throws(SGCError) -> Quantization

    /// What the decoder side sees of quantized latents `[N, h, w, d]`.
    func aggregate(_ zq: Tensor, _ context: Context) throws(SGCError) -> Tensor

    /// Entries `[K, d]` as a finished model holds them, given averages of those of several steps.
    func finished(_ entries: Tensor) throws(SGCError) -> Tensor

    /// When ``updateCodebook(_:random:)`` runs; `nil` when the codebook learns by gradient alone.
    var updateMoment: ClusteringConfiguration.Moment? { get }

    /// Applies the codebook rule, outside of any gradient.
    func updateCodebook(
        _ quantization: Quantization, random: inout RandomSource
    ) throws(SGCError) -> CodebookUpdate
}

extension Quantizer {
    package func conditioned(_ z: Tensor) throws(SGCError) -> Tensor { z }
    package func aggregate(_ zq: Tensor, _ context: Context) throws(SGCError) -> Tensor { zq }
    package func finished(_ entries: Tensor) throws(SGCError) -> Tensor { entries }
    package var decoderChannels: Int { codebook.shape[1] }
    package var updateMoment: ClusteringConfiguration.Moment? { nil }
    package func updateCodebook(
        _ quantization: Quantization, random: inout RandomSource
    ) throws(SGCError) -> CodebookUpdate { CodebookUpdate() }
}

/// The quantizer that `configuration` names.
package func makeQuantizer(
    _ configuration: QuantizerConfiguration, scope: ParameterScope
) throws(SGCError) -> any Quantizer {
    switch configuration.kind {
    case .vq: try VectorQuantizer(configuration, scope: scope)
    case .cvq: try OnlineClusteringQuantizer(configuration, scope: scope)
    case .sgc: try SemanticGuidedQuantizer(configuration, scope: scope)
    }
}

/// The entries, drawn uniformly from ±1/K (VQGAN), under taming's name.
func makeCodebook(_ configuration: QuantizerConfiguration, scope: ParameterScope) throws(SGCError) -> Parameter {
    try scope.scope("embedding").parameter(
        "weight", [configuration.codebookSize, configuration.codeDimension],
        .uniform(bound: 1 / Float(configuration.codebookSize)))
}

/// The two terms of the vector-quantization loss for latents z `[T, d]` and their entries (van den Oord et al. 2017,
/// Eq. 3), in paper or legacy form.
func quantizationLosses(
    _ z: Tensor, entries: Tensor, _ configuration: QuantizerConfiguration
) throws(SGCError) -> [LossTerm] {
    let isPaper = configuration.lossForm == .paper
    return [
        LossTerm(
            name: "codebook", value: try z.stopGradient.meanSquaredError(entries),
            weight: isPaper ? 1 : configuration.commitment),
        LossTerm(
            name: "commitment", value: try z.meanSquaredError(entries.stopGradient),
            weight: isPaper ? configuration.commitment : 1),
    ]
}
