import Glibc
import SGCBase
import SGCNN
import SGCTensor

/// The part of CVQ-VAE's rule that `cvq` and `sgc` share: how much each entry is used, how far it moves, and to where.
///
/// Zheng & Vedaldi 2023, section 3.2; Eq. 2-4 of the SGC-VQGAN paper.
final class OnlineClustering {
    /// N_k, the moving average of the share of hits `[K]` (Eq. 2).
    let usage: Parameter
    /// Latents from which `random` anchors are drawn `[K, d]`; only with that option.
    private let pool: Parameter?
    /// How many updates were applied (a scalar buffer, so that checkpoints keep it).
    private let updates: Parameter
    private let configuration: ClusteringConfiguration

    init(
        _ configuration: ClusteringConfiguration, codebookSize: Int, codeDimension: Int, scope: ParameterScope
    ) throws(SGCError) {
        self.configuration = configuration
        usage = try scope.parameter("usage", [codebookSize], .constant(0), isTrainable: false)
        updates = try scope.parameter("updates", [1], .constant(0), isTrainable: false)
        pool =
            configuration.anchor == .random
            ? try scope.parameter(
                "pool", [codebookSize, codeDimension], .uniform(bound: 1 / Float(codebookSize)), isTrainable: false)
            : nil
    }

    /// Whether entries are still being replaced.
    var isActive: Bool { !configuration.firstBatchOnly || updates.value.item == 0 }

    /// Moves N_k by the hits of this batch (Eq. 2) and returns a_k, how far each entry moves to its anchor (Eq. 3).
    func rates(codes: [Int32]) throws(SGCError) -> [Float] {
        let size = usage.shape[0]
        var hits = [Float](repeating: 0, count: size)
        for code in codes { hits[Int(code)] += 1 }
        let decay = Float(configuration.decay)
        let tokens = Float(max(1, codes.count))
        var average = usage.value.floats
        for k in 0..<size { average[k] = average[k] * decay + hits[k] / tokens * (1 - decay) }
        try usage.assign(Tensor(average, shape: usage.shape, on: usage.value.device))
        try updates.assign(updates.value.scaled(by: 1, plus: 1))
        let slope = Float(configuration.sharpness) * Float(size) / (1 - decay)
        return average.map { exp(-$0 * slope - Float(configuration.epsilon)) }
    }

    /// The anchor of every entry: rows `[K, d]`, and the token each came from (-1 when from no token of this batch).
    func anchors(
        latents z: Tensor, nearest: NearestCodes, similarity: (Tensor) throws(SGCError) -> Tensor,
        random: inout RandomSource
    ) throws(SGCError) -> (rows: [Float], tokens: [Int32]) {
        let size = usage.shape[0]
        switch configuration.anchor {
        case .closest:
            guard let found = nearest.anchors else {
                throw SGCError(.internalError, "online clustering: the assignment has no anchors")
            }
            return (try z.gathered(found).floats, found.indices)
        case .random:
            guard let pool else { throw SGCError(.internalError, "online clustering: no pool") }
            return try drawn(from: z, pool: pool, random: &random)
        case .probrandom:
            // One token per entry from the softmax of its column of similarities [T, K].
            let probabilities = try similarity(z).permuted([1, 0]).softmax().floats
            let tokens = z.shape[0]
            var chosen = [Int32](repeating: 0, count: size)
            for k in 0..<size {
                var remaining = random.uniform()
                var token = 0
                while token < tokens - 1 {
                    remaining -= probabilities[k * tokens + token]
                    if remaining < 0 { break }
                    token += 1
                }
                chosen[k] = Int32(token)
            }
            let indices = try Tensor(indices: chosen, shape: [size], on: z.device)
            return (try z.gathered(indices).floats, chosen)
        }
    }

    /// Refills the pool with tokens of this batch and hands it out: all of it when the batch has K tokens, else as many
    /// random places as there are tokens.
    private func drawn(
        from z: Tensor, pool: Parameter, random: inout RandomSource
    ) throws(SGCError) -> (rows: [Float], tokens: [Int32]) {
        let (size, width) = (pool.shape[0], pool.shape[1])
        let tokens = z.shape[0]
        let values = z.floats
        var rows = pool.value.floats
        var origin = [Int32](repeating: -1, count: size)
        let order = random.permutation(tokens)
        let places = random.permutation(size)
        for (token, place) in zip(order, places) {
            for c in 0..<width { rows[place * width + c] = values[token * width + c] }
            origin[place] = Int32(token)
        }
        try pool.assign(Tensor(rows, shape: pool.shape, on: z.device))
        return (rows, origin)
    }
}
