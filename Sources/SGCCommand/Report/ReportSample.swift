import SGCBase
import SGCTokenizer

/// One image with what a tokenizer made of it.
struct ReportSample: Sendable {
    let name: String
    let image: PixelImage
    /// What the pixels show, where that is known.
    let labels: LabelMap?
    let grid: TokenGrid
    /// `[rows, columns]`, row-major.
    let tokens: [Int32]
    let reconstruction: PixelImage?

    /// - Throws: `.mismatch` when labels, tokens or reconstruction do not fit the image.
    init(
        name: String, image: PixelImage, labels: LabelMap?, grid: TokenGrid, tokens: [Int32],
        reconstruction: PixelImage?
    ) throws(SGCError) {
        let size = "\(image.width)x\(image.height)"
        if let labels, labels.width != image.width || labels.height != image.height {
            throw SGCError(
                .mismatch, "report: sample \(quoted(name)) is \(size), its labels \(labels.width)x\(labels.height)")
        }
        if let other = reconstruction, other.width != image.width || other.height != image.height {
            throw SGCError(
                .mismatch,
                "report: sample \(quoted(name)) is \(size), its reconstruction \(other.width)x\(other.height)")
        }
        guard tokens.count == grid.count else {
            throw SGCError(
                .mismatch, "report: sample \(quoted(name)) has \(tokens.count) tokens, its grid \(grid.count)")
        }
        self.name = name
        self.image = image
        self.labels = labels
        self.grid = grid
        self.tokens = tokens
        self.reconstruction = reconstruction
    }
}
