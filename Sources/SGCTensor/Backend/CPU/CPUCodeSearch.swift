import CKernels
import SGCBase

/// The nearest codes by one squared distance over all channels, found by products of matrices: half the arithmetic of
/// summing differences. The few codes that rounding could have exchanged are told apart by such sums in float64.
struct CodeSearch {
    private let codes: Int, dimension: Int
    private let weight: Float, longest: Float
    /// The codebook `[panels, D, panel]`, and half of each code's squared length.
    private let panels: Storage, halves: Storage

    /// `nil` for another kind of distance, or a codebook with numbers that are not finite.
    init?(_ codebook: Tensor, distance: CodeDistance) throws(SGCError) {
        (codes, dimension) = (codebook.shape[0], codebook.shape.last)
        guard distance.isSquared, distance.parts.count == 1, let part = distance.parts.first,
            part.channels == 0..<dimension, part.weight >= 0
        else { return nil }
        weight = part.weight
        let panel = sgc_code_panel()
        let (count, codes, dimension) = ((codes + panel - 1) / panel, codes, dimension)
        let (panels, halves) = (
            try Storage(byteCount: 4 * count * panel * dimension, device: codebook.device),
            try Storage(byteCount: 4 * count * panel, device: codebook.device)
        )
        parallelFor(count, grain: grain(of: dimension * panel), threads: codebook.device.threads) { range in
            unsafe sgc_pack_code_panels(
                codebook.pointer(Float.self), panels.floats, halves.floats, codes, dimension, range.lowerBound,
                range.upperBound)
        }
        (self.panels, self.halves) = (panels, halves)
        var most: Float = 0
        for code in 0..<codes {
            let half = unsafe halves.floats[code]
            guard half.isFinite else { return nil }
            most = max(most, half)
        }
        longest = (2 * most).squareRoot()
    }

    /// The nearest code, its distance and that of the second best for each latent of z `[T, D]`.
    func nearestCodes(_ z: Tensor) throws(SGCError) -> NearestCodes {
        let latents = z.shape.rows
        let result = NearestCodes(
            codes: try Tensor(uninitialized: [latents], .int32, on: z.device),
            distances: try Tensor(uninitialized: [latents], on: z.device),
            secondDistances: try Tensor(uninitialized: [latents], on: z.device), anchors: nil)
        parallelFor(latents, grain: Int(SGC_SEARCH_ROWS), threads: z.device.threads) { range in
            unsafe sgc_search_codes(
                z.pointer(Float.self), panels.floats, halves.floats, longest, weight,
                result.codes.pointer(Int32.self), result.distances.pointer(Float.self),
                result.secondDistances.pointer(Float.self), codes, dimension, range.lowerBound, range.upperBound)
        }
        return result
    }
}
