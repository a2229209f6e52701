package import SGCBase

extension LabelMap {
    /// The class of each token, `[rows, columns]`: the majority of the pixels in its cell, never interpolated.
    ///
    /// Pixels with ``LabelMap/ignore`` and the padding beyond the map's border have no vote. Of equally frequent classes the
    /// one with the pixel nearest to the cell's middle wins, of equally near pixels the first in raster order. A cell
    /// without any vote is ``LabelMap/ignore``.
    ///
    /// - Parameters:
    ///   - rows: rows of tokens; the grid starts at the top left and may reach beyond the map.
    ///   - columns: columns of tokens.
    ///   - factor: side of a token's cell, in pixels.
    /// - Throws: `.argument` for a number outside `1...PixelImage.largestSide`, `.mismatch` when the map reaches beyond the
    ///   grid.
    package func labelGrid(rows: Int, columns: Int, factor: Int) throws(SGCError) -> [UInt16] {
        let grid = try TokenGrid(rows: rows, columns: columns, factor: factor)
        try grid.requireCovers(width: width, height: height)
        let majorities = grid.majorities(width: width, height: height, valueCount: Int(Self.ignore)) { pixel in
            ids[pixel] == Self.ignore ? nil : Int(ids[pixel])
        }
        return majorities.map { $0.map { UInt16($0) } ?? Self.ignore }
    }
}
