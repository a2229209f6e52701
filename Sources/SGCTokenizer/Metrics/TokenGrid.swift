package import SGCBase

/// How tokens lie over an image: square cells from the top left, one token each.
///
/// An image whose sides are not multiples of the factor is padded at the right and at the bottom; what lies beyond its
/// border has no class and no correspondence.
package struct TokenGrid: Sendable, Equatable {
    package let rows: Int
    package let columns: Int
    /// Side of a cell, in pixels (the downsampling factor).
    package let factor: Int

    /// - Throws: `.argument` when a number is not in `1...PixelImage.largestSide`.
    package init(rows: Int, columns: Int, factor: Int) throws(SGCError) {
        let sides = 1...PixelImage.largestSide
        guard sides.contains(rows), sides.contains(columns), sides.contains(factor) else {
            throw SGCError(
                .argument,
                "token grid: expected rows, columns and factor in 1...\(PixelImage.largestSide), got \(rows), \(columns) "
                    + "and \(factor)")
        }
        self.rows = rows
        self.columns = columns
        self.factor = factor
    }

    /// The smallest grid that covers an image of `width` × `height` pixels.
    ///
    /// - Throws: `.argument` when a number is not in `1...PixelImage.largestSide`.
    package init(coveringWidth width: Int, height: Int, factor: Int) throws(SGCError) {
        let sides = 1...PixelImage.largestSide
        guard sides.contains(width), sides.contains(height), sides.contains(factor) else {
            throw SGCError(
                .argument,
                "token grid: expected width, height and factor in 1...\(PixelImage.largestSide), got \(width), \(height) "
                    + "and \(factor)")
        }
        try self.init(
            rows: (height + factor - 1) / factor, columns: (width + factor - 1) / factor, factor: factor)
    }

    /// The number of tokens.
    package var count: Int { rows * columns }

    /// The index in `[rows, columns]` of the cell that contains a pixel of the grid.
    func cell(x: Int, y: Int) -> Int { y / factor * columns + x / factor }

    /// - Throws: `.mismatch` when the image reaches beyond the grid.
    func requireCovers(width: Int, height: Int) throws(SGCError) {
        guard width <= columns * factor, height <= rows * factor else {
            throw SGCError(
                .mismatch,
                "token grid: expected at most \(columns * factor)x\(rows * factor) pixels for \(rows) rows and "
                    + "\(columns) columns of factor \(factor), got \(width)x\(height)")
        }
    }

    /// The majority value of each cell, `[rows, columns]`, or nil where no pixel of the cell has a value.
    ///
    /// Of equally frequent values the one wins that has the pixel whose middle is nearest to the middle of the (whole,
    /// unclipped) cell; of equally near pixels the first in raster order decides.
    ///
    /// - Parameters:
    ///   - valueCount: values are in `0..<valueCount`.
    ///   - value: the value of the pixel with an index in `[H, W]`, or nil when it has none.
    /// - Complexity: O(H · W + rows · columns + valueCount).
    func majorities(width: Int, height: Int, valueCount: Int, value: (Int) -> Int?) -> [Int?] {
        var frequencies = [Int32](repeating: 0, count: valueCount)
        var votes: [(value: Int, distance: Int)] = []
        var result: [Int?] = []
        result.reserveCapacity(count)
        for row in 0..<rows {
            for column in 0..<columns {
                votes.removeAll(keepingCapacity: true)
                for y in row * factor..<max(row * factor, min((row + 1) * factor, height)) {
                    for x in column * factor..<max(column * factor, min((column + 1) * factor, width)) {
                        guard let value = value(y * width + x) else { continue }
                        // Distances of the middles in half pixels, so that they are whole numbers.
                        let dx = 2 * (x - column * factor) + 1 - factor
                        let dy = 2 * (y - row * factor) + 1 - factor
                        votes.append((value, dx * dx + dy * dy))
                        frequencies[value] += 1
                    }
                }
                result.append(winner(of: votes, frequencies))
                for vote in votes { frequencies[vote.value] = 0 }
            }
        }
        return result
    }

    private func winner(of votes: [(value: Int, distance: Int)], _ frequencies: [Int32]) -> Int? {
        var best: (value: Int, distance: Int)?
        for vote in votes {
            guard let current = best else {
                best = vote
                continue
            }
            let frequency = frequencies[vote.value]
            let record = frequencies[current.value]
            if frequency > record || (frequency == record && vote.distance < current.distance) { best = vote }
        }
        return best?.value
    }
}
