import SGCBase
import SGCTokenizer

/// Maps of classes and tokens as pictures.
enum Pictures {
    /// Every pixel in the color of its class; without class black.
    ///
    /// - Throws: `.range` for an id without class.
    static func classMap(_ labels: LabelMap, classes: [SemanticClass]) throws(SGCError) -> PixelImage {
        var pixels = [UInt8](repeating: 0, count: labels.ids.count * 3)
        for (index, id) in labels.ids.enumerated() where id != LabelMap.ignore {
            guard Int(id) < classes.count else {
                throw SGCError(.range, "class map: expected class ids below \(classes.count), got \(id)")
            }
            for channel in 0..<3 { pixels[index * 3 + channel] = classes[Int(id)].color[channel] }
        }
        return try PixelImage(width: labels.width, height: labels.height, pixels: pixels)
    }

    /// Every token as a block of f × f pixels in its code's color, cut to the size of the image that was encoded.
    static func tokenMap(
        _ tokens: [Int32], grid: TokenGrid, colors: CodeColors, width: Int, height: Int
    ) throws(SGCError) -> PixelImage {
        guard tokens.count == grid.count else {
            throw SGCError(.mismatch, "token map: expected \(grid.count) tokens, got \(tokens.count)")
        }
        var canvas = try PixelCanvas(width: width, height: height, color: CodeColors.unknown)
        for (index, token) in tokens.enumerated() {
            let (row, column) = index.quotientAndRemainder(dividingBy: grid.columns)
            canvas.fill(
                x: column * grid.factor, y: row * grid.factor, width: grid.factor, height: grid.factor,
                color: colors[Int(token)])
        }
        return try canvas.image
    }

    /// How often small pictures are to be repeated to be seen well: a whole number, so that pixels stay squares.
    static func scale(width: Int, height: Int) -> Int { max(1, min(8, 256 / max(1, width, height))) }

    /// Images in rows and columns with thin gaps, each pixel repeated `scale` times; a missing image leaves its place empty.
    ///
    /// - Throws: `.argument` without any image, `.limit` for a picture that is too large.
    static func sheet(_ rows: [[PixelImage?]], scale: Int) throws(SGCError) -> PixelImage {
        let columnCount = rows.reduce(0) { max($0, $1.count) }
        let widths = (0..<columnCount).map { column in
            rows.reduce(0) { max($0, column < $1.count ? $1[column]?.width ?? 0 : 0) }
        }
        let heights = rows.map { $0.reduce(0) { max($0, $1?.height ?? 0) } }
        guard widths.contains(where: { $0 > 0 }), (1...64).contains(scale) else {
            throw SGCError(.argument, "sample sheet: expected at least one image and a scale in 1...64")
        }
        let gap = 4
        var canvas = try PixelCanvas(
            width: widths.reduce(gap) { $0 + $1 * scale + gap }, height: heights.reduce(gap) { $0 + $1 * scale + gap },
            color: SIMD3(repeating: 255))
        var y = gap
        for (row, height) in zip(rows, heights) {
            var x = gap
            for (image, width) in zip(row, widths) {
                if let image { canvas.draw(image, x: x, y: y, scale: scale) }
                x += width * scale + gap
            }
            y += height * scale + gap
        }
        return try canvas.image
    }
}
