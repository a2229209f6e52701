package import SGCBase
package import SGCNN
package import SGCTensor

/// SGC-VQGAN's quantizer: entries whose high levels are drawn to a class, clustered online (Ding et al. 2024, Eq. 2-10).
///
/// Where the paper leaves a choice, the configuration has it; presets have the readings that work best.
package final class SemanticGuidedQuantizer: Quantizer {
    package let codebook: Parameter
    package let levels: FeatureLevels
    private let configuration: QuantizerConfiguration
    private let semantics: SemanticConfiguration
    private let clustering: OnlineClustering
    private let aggregator: Aggregator
    private let distance: CodeDistance
    /// One loss with its own class table per level that is guided; `nil` for the others and without classes.
    private let losses: [(any SemanticLoss)?]
    private let levelWeights: [Double]
    /// H `[K, C]`: the distribution of each entry's hits over the classes, a moving average; rows sum to 1 or are 0.
    private let histogram: Parameter?

    package init(_ configuration: QuantizerConfiguration, scope: ParameterScope) throws(SGCError) {
        self.configuration = configuration
        semantics = configuration.semantics
        levels = FeatureLevels(semantics, codeDimension: configuration.codeDimension)
        codebook = try makeCodebook(configuration, scope: scope)
        clustering = try OnlineClustering(
            configuration.clustering, codebookSize: configuration.codebookSize,
            codeDimension: configuration.codeDimension, scope: scope.forTrainingOnly)
        aggregator = try Aggregator(semantics, levels: levels, scope: scope)
        // Eq. 6: D = ‖low − low_k‖ + β‖high − high_k‖, one distance for both directions.
        var parts = [CodeDistance.Part(channels: levels.high, weight: Float(semantics.beta))]
        if !levels.low.isEmpty { parts.insert(CodeDistance.Part(channels: levels.low, weight: 1), at: 0) }
        distance = CodeDistance(parts: parts, isSquared: false)
        levelWeights = Self.lossWeights(semantics, levels)
        var losses: [(any SemanticLoss)?] = []
        for (index, weight) in levelWeights.enumerated() {
            // High levels need class vectors for Eq. 7 whatever their loss weight.
            let isUsed = semantics.classes > 0 && (weight > 0 || index < levels.highCount)
            losses.append(
                isUsed
                    ? try makeSemanticLoss(
                        semantics, width: levels.width,
                        scope: scope.forTrainingOnly.scope("semantics").scope("\(index)")) : nil)
        }
        self.losses = losses
        histogram =
            semantics.classes > 0
            ? try scope.forTrainingOnly.parameter(
                "class_histogram", [configuration.codebookSize, semantics.classes], .constant(0), isTrainable: false)
            : nil
    }

    package var decoderChannels: Int { aggregator.channels }
    package var updateMoment: ClusteringConfiguration.Moment? { configuration.clustering.moment }

    package func nearest(_ z: Tensor, wantsAnchors: Bool) throws(SGCError) -> NearestCodes {
        try nearest(conditioned: conditioned(z), wantsAnchors: wantsAnchors)
    }

    private func nearest(conditioned z: Tensor, wantsAnchors: Bool) throws(SGCError) -> NearestCodes {
        try z.nearestCodes(codebook: codebook.value, distance: distance, wantsAnchors: wantsAnchors)
    }

    /// Each high level has the length `radius`, where that is set.
    package func conditioned(_ z: Tensor) throws(SGCError) -> Tensor {
        guard semantics.radius > 0 else { return z }
        var parts: [Tensor] = []
        for level in 0..<levels.highCount {
            parts.append(try z.sliced(axis: 1, levels.channels(level)).normalizedRows() * semantics.radius)
        }
        if !levels.low.isEmpty { parts.append(try z.sliced(axis: 1, levels.low)) }
        return try .concatenated(parts, axis: 1)
    }

    package func aggregate(_ zq: Tensor, _ context: Context) throws(SGCError) -> Tensor { try aggregator(zq, context) }

    package func quantize(
        _ z: Tensor, labels: [Int32]?, step: Int, _ context: Context
    ) throws(SGCError) -> Quantization {
        // The loss knows what to do with lengths: it sees latents as the encoder gives them.
        let raw = try z.reshaped([z.shape.rows, z.shape.last])
        let flat = try conditioned(raw)
        let nearest = try nearest(
            conditioned: flat.stopGradient, wantsAnchors: configuration.clustering.anchor == .closest)
        let entries = try context(codebook).gathered(nearest.codes)
        var terms = try quantizationLosses(flat, entries: entries, configuration)
        if let labels, let loss = try semanticLoss(raw, nearest, labels, step, context) {
            terms.append(LossTerm(name: "semantic", value: loss, weight: semantics.weight))
        }
        let quantized = try flat.straightThrough(entries).reshaped(z.shape)
        return Quantization(
            features: try aggregate(quantized, context), losses: terms, nearest: nearest, latents: flat.stopGradient,
            labels: labels)
    }

    // MARK: Eq. 9 and 10

    /// The weight of each level in the semantic loss.
    private static func lossWeights(_ semantics: SemanticConfiguration, _ levels: FeatureLevels) -> [Double] {
        switch semantics.weighting {
        case .graded: return levels.weights
        case .hard:
            let total = levels.weights.prefix(levels.highCount).reduce(0, +)
            return levels.weights.enumerated().map { $0.offset < levels.highCount ? $0.element / total : 0 }
        }
    }

    /// Σ_l w(l) · loss of level l; `nil` when no latent has a class.
    private func semanticLoss(
        _ z: Tensor, _ nearest: NearestCodes, _ labels: [Int32], _ step: Int, _ context: Context
    ) throws(SGCError) -> Tensor? {
        let labelled = labels.indices.filter { labels[$0] >= 0 }
        guard !labelled.isEmpty, semantics.classes > 0 else { return nil }
        var total: Tensor?
        func add(_ features: Tensor, _ classes: [Int32], share: Double) throws(SGCError) {
            let target = try Tensor(indices: classes, shape: [classes.count], on: z.device)
            for (index, loss) in losses.enumerated() {
                guard let loss, levelWeights[index] > 0 else { continue }
                let level = try features.sliced(axis: 1, levels.channels(index))
                let term = try loss(level, labels: target, step: step, context) * (levelWeights[index] * share)
                total = if let sum = total { try sum + term } else { term }
            }
        }
        let share = semantics.target == .both ? 0.5 : 1
        if semantics.target != .codebook {
            let rows = try Tensor(indices: labelled.map(Int32.init), shape: [labelled.count], on: z.device)
            try add(z.gathered(rows), labelled.map { labels[$0] }, share: share)
        }
        if semantics.target != .encoder {
            let hits = nearest.codes.indices
            let (codes, classes) =
                semantics.perCode
                ? majorityClasses(hits, labels, labelled)
                : (labelled.map { hits[$0] }, labelled.map { labels[$0] })
            let rows = try Tensor(indices: codes, shape: [codes.count], on: z.device)
            try add(context(codebook).gathered(rows), classes, share: share)
        }
        return total
    }

    /// Each entry that was hit by a labelled latent, once, with the class of most of its hits (lowest among equals).
    private func majorityClasses(
        _ hits: [Int32], _ labels: [Int32], _ labelled: [Int]
    ) -> (codes: [Int32], classes: [Int32]) {
        var counts = [Int32](repeating: 0, count: codebook.shape[0] * semantics.classes)
        for token in labelled { counts[Int(hits[token]) * semantics.classes + Int(labels[token])] += 1 }
        var result: (codes: [Int32], classes: [Int32]) = ([], [])
        for k in 0..<codebook.shape[0] {
            if let best = largest(counts[k * semantics.classes..<(k + 1) * semantics.classes]) {
                result.codes.append(Int32(k))
                result.classes.append(Int32(best))
            }
        }
        return result
    }

    /// The index of the first largest element, from the slice's start; `nil` when none is positive.
    private func largest<Value: Comparable & ExpressibleByIntegerLiteral>(_ values: ArraySlice<Value>) -> Int? {
        var best: Int?
        for index in values.indices where values[index] > 0 {
            if best.map({ values[index] > values[$0] }) ?? true { best = index }
        }
        return best.map { $0 - values.startIndex }
    }

    // MARK: Eq. 7 and 8

    package func updateCodebook(
        _ quantization: Quantization, random: inout RandomSource
    ) throws(SGCError) -> CodebookUpdate {
        guard clustering.isActive else {
            try codebook.assign(finished(codebook.value))
            return CodebookUpdate()
        }
        let codes = quantization.nearest.codes.indices
        let rates = try clustering.rates(codes: codes)
        let anchors = try clustering.anchors(
            latents: quantization.latents, nearest: quantization.nearest,
            similarity: { (z) throws(SGCError) in try self.similarity(z) }, random: &random)
        let classOf = try updateHistogram(codes, quantization.labels, anchors.tokens, rates)
        let vectors = try classVectors()

        let width = codebook.shape[1]
        var entries = codebook.value.floats
        for (k, rate) in rates.enumerated() {
            let row = k * width
            for c in levels.low {
                entries[row + c] = entries[row + c] * (1 - rate) + anchors.rows[row + c] * rate  // Eq. 8
            }
            let token = Int(anchors.tokens[k])
            let anchorHasClass = token >= 0 && (quantization.labels.map { $0[token] >= 0 } ?? false)
            for level in 0..<levels.highCount {
                let channels = levels.channels(level)
                var target = Array(anchors.rows[(row + channels.lowerBound)..<(row + channels.upperBound)])
                if anchorHasClass, let y = classOf[k] {
                    // Eq. 7: the anchor counts a, the class vector 1 − a, and both together a.
                    let radius = semantics.rawInjection ? nil : Optional(norm(target[...]))
                    let vector = scaled(vectors[level], y, to: radius)
                    for c in target.indices { target[c] = target[c] * rate + vector[c] * (1 - rate) }
                }
                for c in target.indices {
                    let i = row + channels.lowerBound + c
                    entries[i] = entries[i] * (1 - rate) + target[c] * rate
                }
                pull(&entries, row + channels.lowerBound, vectors[level], classOf[k])
            }
        }
        try codebook.assign(Tensor(lengthened(entries), shape: codebook.shape, on: codebook.value.device))
        var update = CodebookUpdate()
        update.replacedRows = rates.indices.filter { rates[$0] > 0.5 }
        return update
    }

    package func finished(_ entries: Tensor) throws(SGCError) -> Tensor {
        guard semantics.radius > 0 else { return entries }
        return try Tensor(lengthened(entries.floats), shape: entries.shape, on: entries.device)
    }

    /// Entries whose high levels are as long as those of latents. A mean of latents is shorter, and an entry near the origin
    /// would be near to all of them.
    private func lengthened(_ entries: [Float]) -> [Float] {
        guard semantics.radius > 0 else { return entries }
        var entries = entries
        for row in stride(from: 0, to: entries.count, by: codebook.shape[1]) {
            for level in 0..<levels.highCount {
                let start = row + levels.channels(level).lowerBound
                let range = start..<start + levels.width
                let factor = Float(semantics.radius) / max(norm(entries[range]), 1e-12)
                for i in range { entries[i] *= factor }
            }
        }
        return entries
    }

    /// Moves one level of an entry toward its class vector at the entry's own length, by `w_pull`.
    private func pull(_ entries: inout [Float], _ start: Int, _ vectors: [Float], _ classIndex: Int?) {
        guard semantics.pull > 0, let classIndex else { return }
        let rate = Float(semantics.pull)
        let range = start..<start + levels.width
        let vector = scaled(vectors, classIndex, to: norm(entries[range]))
        for (c, i) in range.enumerated() { entries[i] = entries[i] * (1 - rate) + vector[c] * rate }
    }

    /// Moves H by the hits of this batch, blends it with the class of each anchor, and returns each entry's class.
    private func updateHistogram(
        _ codes: [Int32], _ labels: [Int32]?, _ anchorTokens: [Int32], _ rates: [Float]
    ) throws(SGCError) -> [Int?] {
        guard let histogram else { return Array(repeating: nil, count: rates.count) }
        let classes = semantics.classes
        var h = histogram.value.floats
        if let labels {
            var hits = [Float](repeating: 0, count: h.count)
            for (code, label) in zip(codes, labels) where label >= 0 { hits[Int(code) * classes + Int(label)] += 1 }
            let decay = Float(configuration.clustering.decay)
            for (k, rate) in rates.enumerated() {
                let row = k * classes..<(k + 1) * classes
                let count = hits[row].reduce(0, +)
                if count > 0 {
                    for i in row { h[i] = h[i] * decay + hits[i] / count * (1 - decay) }
                }
                let token = Int(anchorTokens[k])
                if token >= 0, labels[token] >= 0 {
                    for i in row { h[i] *= 1 - rate }
                    h[row.lowerBound + Int(labels[token])] += rate
                }
            }
            try histogram.assign(Tensor(h, shape: histogram.shape, on: histogram.value.device))
        }
        return rates.indices.map { largest(h[$0 * classes..<($0 + 1) * classes]) }
    }

    /// The class vectors of each high level, `[C, width]` each; empty rows without classes.
    private func classVectors() throws(SGCError) -> [[Float]] {
        var result: [[Float]] = []
        for index in 0..<levels.highCount {
            result.append(try losses[index]?.classVectors().floats ?? [])
        }
        return result
    }

    /// Row `index` of `vectors`, scaled to length `radius` unless that is `nil`.
    private func scaled(_ vectors: [Float], _ index: Int, to radius: Float?) -> [Float] {
        let row = vectors[index * levels.width..<(index + 1) * levels.width]
        guard let radius else { return Array(row) }
        let factor = radius / max(norm(row), 1e-12)
        return row.map { $0 * factor }
    }

    private func norm(_ values: ArraySlice<Float>) -> Float {
        values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    /// −D of Eq. 6 for every latent and entry, `[T, K]`: what probability-weighted anchors are drawn from.
    private func similarity(_ z: Tensor) throws(SGCError) -> Tensor {
        var total = try Tensor.zeros([z.shape[0], codebook.shape[0]], on: z.device)
        for part in distance.parts {
            let a = try z.sliced(axis: 1, part.channels)
            let b = try codebook.value.sliced(axis: 1, part.channels)
            let product = try Tensor.matrixProduct(a, b, transposeB: true) * -2
            let lengths = try b.square().sum([1])
            let squared = try product + a.square().sum([1], keepsAxes: true) + lengths
            let distances = try squared.map(.relu).squareRoot()
            total = try total - distances * Double(part.weight)
        }
        return total
    }
}
