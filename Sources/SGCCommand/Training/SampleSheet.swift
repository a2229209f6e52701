import SGCBase
import SGCData
import SGCTokenizer

/// A picture of examples side by side with what a tokenizer makes of them.
enum SampleSheet {
    /// One row per example: input, reconstruction and, with classes, the class of each token's code in its color.
    ///
    /// Codes that stand for no class are black.
    /// - Parameter samples: of one size, at least one.
    static func render(
        _ samples: [Sample], tokenizer: Tokenizer, classes: [SemanticClass]
    ) throws(SGCError) -> PixelImage {
        var rows: [[PixelImage]] = []
        for sample in samples {
            let image = sample.image
            let encoding = try tokenizer.encode(image)
            var row = [
                image,
                try tokenizer.decode(encoding.tokens, grid: encoding.grid, width: image.width, height: image.height),
            ]
            if !classes.isEmpty {
                row.append(try classMap(encoding, width: image.width, height: image.height, classes: classes))
            }
            rows.append(row)
        }
        return try compose(rows)
    }

    /// The class of each token's code in its color, over the area of its image.
    static func classMap(
        _ encoding: Encoding, width: Int, height: Int, classes: [SemanticClass]
    ) throws(SGCError) -> PixelImage {
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        let grid = encoding.grid
        for y in 0..<height {
            for x in 0..<width {
                let item = Int(encoding.classes[y / grid.factor * grid.columns + x / grid.factor])
                guard classes.indices.contains(item) else { continue }
                for channel in 0..<3 { pixels[(y * width + x) * 3 + channel] = classes[item].color[channel] }
            }
        }
        return try PixelImage(width: width, height: height, pixels: pixels)
    }

    /// Images in rows and columns, white lines between them; all of the first one's size.
    static func compose(_ rows: [[PixelImage]], gap: Int = 2) throws(SGCError) -> PixelImage {
        guard let first = rows.first?.first else {
            throw SGCError(.argument, "sheet: expected at least one image, got none")
        }
        let columns = rows.reduce(0) { max($0, $1.count) }
        let width = columns * (first.width + gap) - gap
        let height = rows.count * (first.height + gap) - gap
        guard width <= PixelImage.largestSide, height <= PixelImage.largestSide else {
            throw SGCError(.limit, "sheet: expected sides up to \(PixelImage.largestSide), got \(width)x\(height)")
        }
        var pixels = [UInt8](repeating: 255, count: width * height * 3)
        for (rowIndex, row) in rows.enumerated() {
            for (column, image) in row.enumerated() {
                guard image.width == first.width, image.height == first.height else {
                    throw SGCError(
                        .mismatch,
                        "sheet: expected images of \(first.width)x\(first.height), got \(image.width)x\(image.height)")
                }
                for y in 0..<image.height {
                    let from = y * image.width * 3
                    let to = ((rowIndex * (first.height + gap) + y) * width + column * (first.width + gap)) * 3
                    pixels.replaceSubrange(
                        to..<to + image.width * 3, with: image.pixels[from..<from + image.width * 3])
                }
            }
        }
        return try PixelImage(width: width, height: height, pixels: pixels)
    }
}
