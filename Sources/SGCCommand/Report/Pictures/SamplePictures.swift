import SGCBase

/// What is shown of one sample.
struct SamplePictures: Sendable {
    let name: String
    let input: PixelImage
    /// The true classes; nil without labels.
    let classMap: PixelImage?
    /// The tokens in the colors of their codes' classes; nil when the model knows no classes.
    let tokenMap: PixelImage?
    /// The tokens, alike where their entries are alike.
    let meaning: PixelImage
    let reconstruction: PixelImage?

    /// - Throws: `.range` for a label without class.
    init(
        _ sample: ReportSample, classes: [SemanticClass], classColors: CodeColors, meaningColors: CodeColors
    ) throws(SGCError) {
        let (width, height) = (sample.image.width, sample.image.height)
        name = sample.name
        input = sample.image
        reconstruction = sample.reconstruction
        meaning = try Pictures.tokenMap(
            sample.tokens, grid: sample.grid, colors: meaningColors, width: width, height: height)
        if classes.isEmpty {
            (classMap, tokenMap) = (nil, nil)
            return
        }
        tokenMap = try Pictures.tokenMap(
            sample.tokens, grid: sample.grid, colors: classColors, width: width, height: height)
        if let labels = sample.labels {
            classMap = try Pictures.classMap(labels, classes: classes)
        } else {
            classMap = nil
        }
    }

    /// One row per sample: input, class map, token map, reconstruction; a column that no sample has is left out.
    ///
    /// - Throws: `.argument` without samples, `.limit` when they make too large a picture.
    static func sheet(_ samples: [SamplePictures]) throws(SGCError) -> PixelImage {
        let columns: [(SamplePictures) -> PixelImage?] = [
            { $0.input }, { $0.classMap }, { $0.tokenMap ?? $0.meaning }, { $0.reconstruction },
        ]
        let shown = columns.filter { column in samples.contains { column($0) != nil } }
        let side = samples.reduce(1) { max($0, $1.input.width, $1.input.height) }
        return try Pictures.sheet(
            samples.map { sample in shown.map { $0(sample) } }, scale: Pictures.scale(width: side, height: side))
    }
}
