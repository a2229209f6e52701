import CKernels
package import SGCBase

extension CPUBackend: CodebookBackend {
    package func nearestCodes(
        _ z: Tensor, codebook: Tensor, distance: CodeDistance, wantsAnchors: Bool
    ) throws(SGCError) -> NearestCodes {
        try require(.float32, "nearestCodes", z, codebook)
        let (latents, codes, dimension) = (z.shape.rows, codebook.shape[0], z.shape.last)
        if !wantsAnchors, let search = try CodeSearch(codebook, distance: distance) {
            return try search.nearestCodes(z)
        }
        let tiles = (codes + Self.codeTile - 1) / Self.codeTile
        let packed = try pack(codebook, tiles: tiles)
        let result = (
            codes: try Tensor(uninitialized: [latents], .int32, on: z.device),
            distances: try Tensor(uninitialized: [latents], on: z.device),
            second: try Tensor(uninitialized: [latents], on: z.device)
        )
        // Latents are shared out in one range for each thread. Each range has anchors of its own, merged in order.
        let shares = max(1, min(z.device.threads, latents / Self.latentTile))
        var anchors: AnchorScratch?
        if wantsAnchors { anchors = try AnchorScratch(shares: shares, codes: tiles * Self.codeTile, on: z.device) }
        let parts = distance.parts.map {
            sgc_distance_part(begin: $0.channels.lowerBound, end: $0.channels.upperBound, weight: $0.weight)
        }
        let start = { (share: Int) in
            share == shares ? latents : latents * share / shares / Self.latentTile * Self.latentTile
        }
        parallelFor(shares, grain: 1, threads: z.device.threads) { range in
            for share in range {
                unsafe sgc_nearest_codes(
                    z.pointer(Float.self), packed.pointer(Float.self), parts, Int32(parts.count),
                    distance.isSquared ? 1 : 0, result.codes.pointer(Int32.self), result.distances.pointer(Float.self),
                    result.second.pointer(Float.self), anchors?.latents(share), anchors?.distances(share), codes,
                    dimension, start(share), start(share + 1))
            }
        }
        return NearestCodes(
            codes: result.codes, distances: result.distances, secondDistances: result.second,
            anchors: try anchors?.merged(codes: codes))
    }

    private static let codeTile = SGC_CODE_TILE, latentTile = SGC_LATENT_TILE

    /// The codebook `[tiles, D, codeTile]`: what one vector of codes needs lies together.
    private func pack(_ codebook: Tensor, tiles: Int) throws(SGCError) -> Tensor {
        let (codes, dimension) = (codebook.shape[0], codebook.shape.last)
        let packed = try Tensor(uninitialized: [tiles, dimension, Self.codeTile], on: codebook.device)
        parallelFor(tiles, grain: grain(of: dimension * Self.codeTile), threads: codebook.device.threads) { range in
            unsafe sgc_pack_codebook(
                codebook.pointer(Float.self), packed.pointer(Float.self), codes, dimension, range.lowerBound,
                range.upperBound)
        }
        return packed
    }
}

/// The nearest latent of every code among the latents of one share, for each share.
private struct AnchorScratch {
    private let shares: Int, codes: Int
    /// int32 and float32 `[shares, codes]`.
    private let indices: Tensor, nearest: Tensor

    init(shares: Int, codes: Int, on device: Device) throws(SGCError) {
        self.shares = shares
        self.codes = codes
        indices = try Tensor(uninitialized: [shares, codes], .int32, on: device)
        nearest = try Tensor(uninitialized: [shares, codes], on: device)
    }

    func latents(_ share: Int) -> UnsafeMutablePointer<Int32> {
        unsafe indices.pointer(Int32.self) + share * codes
    }

    func distances(_ share: Int) -> UnsafeMutablePointer<Float> {
        unsafe nearest.pointer(Float.self) + share * codes
    }

    /// The nearest latent over all shares, the lowest of equals, for the first `count` codes.
    func merged(codes count: Int) throws(SGCError) -> Tensor {
        for share in 1..<max(1, shares) {
            unsafe sgc_merge_anchors(latents(0), distances(0), latents(share), distances(share), codes)
        }
        let result = try Tensor(uninitialized: [count], .int32, on: indices.device)
        unsafe result.pointer(Int32.self).update(from: latents(0), count: count)
        return result
    }
}
