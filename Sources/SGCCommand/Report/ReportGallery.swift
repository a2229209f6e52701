import SGCBase

/// Measured images, and for each code the places in them where it was chosen most clearly.
struct ReportGallery: Sendable {
    /// A token in one of the images.
    struct Patch: Sendable, Equatable {
        /// Of ``images``.
        let image: Int
        /// In `[rows, columns]`.
        let cell: Int
        let margin: Float
    }

    private(set) var images: [PixelImage] = []
    /// Of each code `[K]`: by falling margin, one per image at most.
    private(set) var patches: [[Patch]]

    private static let patchesPerCode = 8
    /// A page holds as many images as 48 of 128x64 pixels, and six in any case.
    private static let pixelBudget = 48 * 128 * 64
    private static let fewest = 6

    init(codebookSize: Int) {
        patches = Array(repeating: [], count: codebookSize)
    }

    /// Whether one more image would be taken.
    var hasRoom: Bool {
        let used = images.reduce(0) { $0 + $1.width * $1.height }
        return images.count < Self.fewest || used + (images.first.map { $0.width * $0.height } ?? 0) <= Self.pixelBudget
    }

    /// - Parameters:
    ///   - tokens: `[rows, columns]`.
    ///   - margins: as `tokens`.
    /// - Throws: `.range` for a token outside the codebook.
    mutating func add(_ image: PixelImage, tokens: [Int32], margins: [Float]) throws(SGCError) {
        if let token = tokens.first(where: { !patches.indices.contains(Int($0)) }) {
            throw SGCError(.range, "gallery: expected tokens in 0..<\(patches.count), got \(token)")
        }
        var best: [Int: Patch] = [:]
        for (cell, (token, margin)) in zip(tokens, margins).enumerated() {
            if let known = best[Int(token)], known.margin >= margin { continue }
            best[Int(token)] = Patch(image: images.count, cell: cell, margin: margin)
        }
        // Each code has a list of its own: their order does not matter.
        for (code, patch) in best {
            let place = patches[code].firstIndex { $0.margin < patch.margin } ?? patches[code].endIndex
            guard place < Self.patchesPerCode else { continue }
            patches[code].insert(patch, at: place)
            if patches[code].count > Self.patchesPerCode { patches[code].removeLast() }
        }
        images.append(image)
    }
}
