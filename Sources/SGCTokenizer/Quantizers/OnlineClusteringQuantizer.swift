package import SGCBase
package import SGCNN
package import SGCTensor

/// CVQ-VAE's quantizer: entries that fall out of use are replaced by latents (Zheng & Vedaldi 2023).
package final class OnlineClusteringQuantizer: Quantizer {
    package let codebook: Parameter
    private let configuration: QuantizerConfiguration
    private let clustering: OnlineClustering
    private let distance: CodeDistance
    private var isCosine: Bool { configuration.clustering.distance == .cosine }

    package init(_ configuration: QuantizerConfiguration, scope: ParameterScope) throws(SGCError) {
        self.configuration = configuration
        codebook = try makeCodebook(configuration, scope: scope)
        clustering = try OnlineClustering(
            configuration.clustering, codebookSize: configuration.codebookSize,
            codeDimension: configuration.codeDimension, scope: scope.forTrainingOnly)
        distance = .squared(configuration.codeDimension)
    }

    package var updateMoment: ClusteringConfiguration.Moment? { configuration.clustering.moment }

    /// With the cosine distance latents and entries are compared at length 1, where the squared distance orders as the
    /// cosine does; entries themselves keep their length.
    package func nearest(_ z: Tensor, wantsAnchors: Bool) throws(SGCError) -> NearestCodes {
        let (latents, entries) =
            isCosine ? (try z.normalizedRows(), try codebook.value.normalizedRows()) : (z, codebook.value)
        return try latents.nearestCodes(codebook: entries, distance: distance, wantsAnchors: wantsAnchors)
    }

    package func quantize(
        _ z: Tensor, labels: [Int32]?, step: Int, _ context: Context
    ) throws(SGCError) -> Quantization {
        let flat = try z.reshaped([z.shape.rows, z.shape.last])
        let nearest = try nearest(flat.stopGradient, wantsAnchors: configuration.clustering.anchor == .closest)
        let entries = try context(codebook).gathered(nearest.codes)
        var losses = try quantizationLosses(flat, entries: entries, configuration)
        let weight = configuration.clustering.contrastiveWeight
        if weight > 0 {
            losses.append(
                LossTerm(
                    name: "contrastive", value: try contrastiveLoss(flat.stopGradient, context), weight: weight))
        }
        return Quantization(
            features: try flat.straightThrough(entries).reshaped(z.shape), losses: losses, nearest: nearest,
            latents: flat.stopGradient, labels: labels)
    }

    package func updateCodebook(
        _ quantization: Quantization, random: inout RandomSource
    ) throws(SGCError) -> CodebookUpdate {
        guard clustering.isActive else { return CodebookUpdate() }
        let rates = try clustering.rates(codes: quantization.nearest.codes.indices)
        let anchors = try clustering.anchors(
            latents: quantization.latents, nearest: quantization.nearest,
            similarity: { (z) throws(SGCError) in try self.similarity(z, self.codebook.value) }, random: &random)
        // Eq. 5: c ← c·(1 − a) + ê·a.
        let width = codebook.shape[1]
        var entries = codebook.value.floats
        for (k, rate) in rates.enumerated() {
            for i in k * width..<(k + 1) * width {
                entries[i] = entries[i] * (1 - rate) + anchors.rows[i] * rate
            }
        }
        try codebook.assign(Tensor(entries, shape: codebook.shape, on: codebook.value.device))
        var update = CodebookUpdate()
        update.replacedRows = rates.indices.filter { rates[$0] > 0.5 }
        return update
    }

    /// CVQ-VAE's similarity of latents and entries, larger is closer: cosine, or the negative squared distance. `[T, K]`.
    private func similarity(_ z: Tensor, _ entries: Tensor) throws(SGCError) -> Tensor {
        if isCosine {
            return try .matrixProduct(z.normalizedRows(), entries.normalizedRows(), transposeB: true)
        }
        let product = try Tensor.matrixProduct(z, entries, transposeB: true) * 2
        let lengths = try entries.square().sum([1])
        return try product - z.square().sum([1], keepsAxes: true) - lengths
    }

    /// CVQ-VAE section 3.3: pulls each entry to its nearest latents and away from its farthest; latents get no gradient.
    ///
    /// Positive: the mean of the ⌊T/K⌋ (at least one) largest similarities; negatives: the T/2 smallest; temperature
    /// 0.07.
    private func contrastiveLoss(_ z: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        let columns = try similarity(z, context(codebook)).permuted([1, 0])  // [K, T]
        let (size, tokens) = (columns.shape[0], columns.shape[1])
        let positive = try columns.topK(max(1, tokens / size)).values.mean([1], keepsAxes: true)
        let negatives = try columns.scaled(by: -1).topK(tokens / 2).values.scaled(by: -1)
        let logits = try Tensor.concatenated([positive, negatives], axis: 1).scaled(by: 1 / 0.07)
        let first = try Tensor(indices: [Int32](repeating: 0, count: size), shape: [size], on: z.device)
        return try logits.crossEntropy(labels: first)
    }
}
