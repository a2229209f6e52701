import CKernels
import SGCBase

/// The nearest codes by one squared distance over all channels, found by products of matrices: half the arithmetic of
/// summing differences. The few codes that rounding could have exchanged are told apart by such sums in float64.
struct CodeSearch {
    private let panels: CodePanels
    private let weight: Float

    /// Latents that a thread takes at once: about as many as see the codebook pass by together.
    private static let mostLatents = 192

    /// `nil` for another kind of distance, or a codebook with numbers that are not finite.
    init?(_ codebook: Tensor, distance: CodeDistance) throws(SGCError) {
        guard distance.isSquared, distance.parts.count == 1, let part = distance.parts.first,
            part.channels == 0..<codebook.shape.last, part.weight >= 0
        else { return nil }
        weight = part.weight
        panels = try codebook.storage.derived(CodePanels.Key()) { () throws(SGCError) in try CodePanels(codebook) }
        guard panels.longest.isFinite else { return nil }
    }

    /// The nearest code, its distance and that of the second best for each latent of z `[T, D]`.
    func nearestCodes(_ z: Tensor) throws(SGCError) -> NearestCodes {
        let latents = z.shape.rows
        let result = NearestCodes(
            codes: try Tensor(uninitialized: [latents], .int32, on: z.device),
            distances: try Tensor(uninitialized: [latents], on: z.device),
            secondDistances: try Tensor(uninitialized: [latents], on: z.device), anchors: nil)
        let (step, threads) = (Int(SGC_PRODUCT_ROWS), z.device.threads)
        let block = min(Self.mostLatents, (latents / (4 * threads) + step) / step * step)
        parallelBlocks(latents, of: block, threads: threads) { _, range in
            unsafe sgc_search_codes(
                z.pointer(Float.self), panels.codes.floats, panels.halves.floats, panels.longest, weight,
                result.codes.pointer(Int32.self), result.distances.pointer(Float.self),
                result.secondDistances.pointer(Float.self), panels.count, z.shape.last, range.lowerBound,
                range.upperBound)
        }
        return result
    }
}

/// A codebook as the search reads it; kept with the codebook until that changes.
private struct CodePanels: Sendable {
    struct Key: Hashable {}

    let count: Int
    /// The codes `[panels, D, panel]`, and half of each one's squared length.
    let codes: Storage, halves: Storage
    /// The length of the longest code; NaN when a number is not finite.
    let longest: Float

    init(_ codebook: Tensor) throws(SGCError) {
        let (count, dimension, width) = (codebook.shape[0], codebook.shape.last, sgc_code_panel())
        let panels = (count + width - 1) / width
        let (codes, halves) = (
            try Storage(byteCount: 4 * panels * width * dimension, device: codebook.device),
            try Storage(byteCount: 4 * panels * width, device: codebook.device)
        )
        parallelFor(panels, grain: grain(of: dimension * width), threads: codebook.device.threads) { range in
            unsafe sgc_pack_code_panels(
                codebook.pointer(Float.self), codes.floats, halves.floats, count, dimension, range.lowerBound,
                range.upperBound)
        }
        var most: Float = 0
        for code in 0..<count where most.isFinite {
            let half = unsafe halves.floats[code]
            most = half.isFinite ? max(most, half) : .nan
        }
        (self.count, self.codes, self.halves) = (count, codes, halves)
        longest = (2 * most).squareRoot()
    }
}
