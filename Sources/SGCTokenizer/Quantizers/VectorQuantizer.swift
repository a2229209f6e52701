package import SGCBase
package import SGCNN
package import SGCTensor

/// VQGAN's quantizer: nearest entry by squared Euclidean distance, learned by gradient alone (Esser et al. 2021).
package final class VectorQuantizer: Quantizer {
    package let codebook: Parameter
    private let configuration: QuantizerConfiguration
    private let distance: CodeDistance

    package init(_ configuration: QuantizerConfiguration, scope: ParameterScope) throws(SGCError) {
        self.configuration = configuration
        codebook = try makeCodebook(configuration, scope: scope)
        distance = .squared(configuration.codeDimension)
    }

    package func nearest(_ z: Tensor, wantsAnchors: Bool) throws(SGCError) -> NearestCodes {
        try z.nearestCodes(codebook: codebook.value, distance: distance, wantsAnchors: wantsAnchors)
    }

    package func quantize(
        _ z: Tensor, labels: [Int32]?, step: Int, _ context: Context
    ) throws(SGCError) -> Quantization {
        let flat = try z.reshaped([z.shape.rows, z.shape.last])
        let nearest = try nearest(flat.stopGradient, wantsAnchors: false)
        let entries = try context(codebook).gathered(nearest.codes)
        return Quantization(
            features: try flat.straightThrough(entries).reshaped(z.shape),
            losses: try quantizationLosses(flat, entries: entries, configuration),
            nearest: nearest, latents: flat.stopGradient, labels: labels)
    }
}

extension CodeDistance {
    /// ‖z − e‖² over all channels.
    static func squared(_ dimension: Int) -> CodeDistance {
        CodeDistance(parts: [Part(channels: 0..<dimension, weight: 1)], isSquared: true)
    }
}
