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
    /// How much farther the second-best code of each token was, as `tokens`.
    let margins: [Float]
    let reconstruction: PixelImage?

    /// - Throws: `.mismatch` when labels, tokens or reconstruction do not fit the image.
    init(
        name: String, image: PixelImage, labels: LabelMap?, grid: TokenGrid, tokens: [Int32],
        margins: [Float], reconstruction: PixelImage?
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
        guard tokens.count == grid.count, margins.count == grid.count else {
            throw SGCError(
                .mismatch,
                "report: sample \(quoted(name)) has \(tokens.count) tokens and \(margins.count) margins, its grid "
                    + "\(grid.count)")
        }
        self.name = name
        self.image = image
        self.labels = labels
        self.grid = grid
        self.tokens = tokens
        self.margins = margins
        self.reconstruction = reconstruction
    }
}

extension ReportSample {
    /// An image as a tokenizer sees it and gives it back.
    init(name: String, image: PixelImage, labels: LabelMap?, of tokenizer: Tokenizer) throws(SGCError) {
        let encoding = try tokenizer.encode(image)
        try self.init(
            name: name, image: image, labels: tokenizer.semantics.classes.isEmpty ? nil : labels, grid: encoding.grid,
            tokens: encoding.tokens, margins: encoding.margins,
            reconstruction: tokenizer.decode(
                encoding.tokens, grid: encoding.grid, width: image.width, height: image.height))
    }
}
