import SGCBase
import SGCNN
import SGCTensor

/// How a grid of tokens is divided into tiles that are computed one after another.
///
/// A tile is a core, which belongs to no other, and at least a margin around it: what the core's tokens see of their
/// neighbors. At the image's edges there is none, as in an image computed at once.
struct Tiling {
    struct Tile {
        let rows: Range<Int>, columns: Range<Int>
        /// Counted in the grid, too.
        let coreRows: Range<Int>, coreColumns: Range<Int>

        func place(_ number: Int) -> TiledNormalization.Place {
            TiledNormalization.Place(
                tile: number, rows: rows.count, columns: columns.count, coreRows: coreRowsInside,
                coreColumns: coreColumnsInside)
        }
        /// The core, counted in the tile.
        var coreRowsInside: Range<Int> { coreRows.shifted(by: -rows.lowerBound) }
        var coreColumnsInside: Range<Int> { coreColumns.shifted(by: -columns.lowerBound) }
    }

    /// Tokens of the margin on each side: a token hardly sees farther.
    static let margin = 8
    /// The least tokens of a side: a core as long as a margin, so that tiles are not mostly margins.
    static let leastSide = 3 * margin
    /// Rounds over all tiles before the one that gives results: a second one brings much, further ones little.
    static let rounds = 2

    /// From top to bottom, and in each row of tiles from left to right.
    let rows: [[Tile]]

    /// `nil` for a grid that one tile covers, and without tiles.
    ///
    /// - Parameter side: of a tile with its margins, in tokens, at least ``leastSide``; 0 for none.
    init?(_ grid: TokenGrid, side: Int) {
        guard side > 0, max(grid.rows, grid.columns) > side else { return nil }
        func ranges(_ count: Int) -> [(whole: Range<Int>, core: Range<Int>)] {
            guard count > side else { return [(0..<count, 0..<count)] }
            let most = side - 2 * Self.margin
            let tiles = (count + most - 1) / most
            return (0..<tiles).map { tile in
                let core = count * tile / tiles..<count * (tile + 1) / tiles
                // All of one size, so that each finds the memory of the one before.
                let start = min(max(0, core.lowerBound - Self.margin), count - side)
                return (start..<start + side, core)
            }
        }
        let columns = ranges(grid.columns)
        rows = ranges(grid.rows).map { row in
            columns.map { column in
                Tile(rows: row.whole, columns: column.whole, coreRows: row.core, coreColumns: column.core)
            }
        }
    }
}

extension Range where Bound == Int {
    /// From a range of tokens to the range of their pixels, cut off at `limit`.
    fileprivate func pixels(_ factor: Int, upTo limit: Int) -> Range<Int> {
        lowerBound * factor..<Swift.min(upperBound * factor, limit)
    }

    fileprivate func shifted(by offset: Int) -> Range<Int> { lowerBound + offset..<upperBound + offset }

    fileprivate func scaled(by factor: Int) -> Range<Int> { lowerBound * factor..<upperBound * factor }
}

extension Tokenizer {
    /// The tokens of an image, tile by tile.
    func nearest(
        _ image: PixelSource, _ grid: TokenGrid, _ tiling: Tiling, _ precision: DataType
    ) throws(SGCError) -> NearestTokens {
        let (f, statistics) = (downsamplingFactor, TiledNormalization())
        let context = Context(precision: precision, tiling: statistics)
        func latents(_ tile: Tiling.Tile) throws(SGCError) -> Tensor {
            try device.checkCancellation()
            let part = try image.part(
                rows: tile.rows.pixels(f, upTo: image.height), columns: tile.columns.pixels(f, upTo: image.width))
            let pixels = try Tensor.pixels(
                [part], height: tile.rows.count * f, width: tile.columns.count * f, on: device)
            return try model.latents(pixels, context)
        }
        try gather(statistics, over: tiling) { tile throws(SGCError) in _ = try latents(tile) }
        let zeros = [Int32](repeating: 0, count: grid.count)
        var (tokens, margins) = (zeros, zeros.map { Float($0) })
        for tile in tiling.rows.joined() {
            let core = try latents(tile).sliced(axis: 1, tile.coreRowsInside).sliced(axis: 2, tile.coreColumnsInside)
            let found = try nearest(core)
            let width = tile.coreColumns.count
            for (number, row) in tile.coreRows.enumerated() {
                let place = tile.coreColumns.shifted(by: row * grid.columns)
                tokens.replaceSubrange(place, with: found.tokens[number * width..<(number + 1) * width])
                margins.replaceSubrange(place, with: found.margins[number * width..<(number + 1) * width])
            }
        }
        return NearestTokens(tokens: tokens, margins: margins)
    }

    /// Decodes tokens, row after row of the grid, tile by tile into an image.
    func decode(
        _ tokens: [Int32], columns: Int, _ tiling: Tiling, _ precision: DataType, into image: PixelDestination
    ) throws(SGCError) {
        let (f, statistics) = (downsamplingFactor, TiledNormalization())
        let context = Context(precision: precision, tiling: statistics)
        func pixels(_ tile: Tiling.Tile) throws(SGCError) -> Tensor {
            try device.checkCancellation()
            let part = tile.rows.flatMap { row in tokens[tile.columns.shifted(by: row * columns)] }
            let codes = try Tensor(indices: part, shape: [1, tile.rows.count, tile.columns.count], on: device)
            return try model.pixels(codes: codes, context)
        }
        try gather(statistics, over: tiling) { tile throws(SGCError) in _ = try pixels(tile) }
        for tile in tiling.rows.joined() {
            let core = try pixels(tile).sliced(axis: 1, tile.coreRowsInside.scaled(by: f))
                .sliced(axis: 2, tile.coreColumnsInside.scaled(by: f))
            try core.write(
                to: image.part(
                    rows: tile.coreRows.pixels(f, upTo: image.height),
                    columns: tile.coreColumns.pixels(f, upTo: image.width)))
        }
    }

    private func gather(
        _ statistics: TiledNormalization, over tiling: Tiling, _ compute: (Tiling.Tile) throws(SGCError) -> Void
    ) throws(SGCError) {
        for _ in 0..<Tiling.rounds {
            for (number, tile) in tiling.rows.joined().enumerated() {
                statistics.place = tile.place(number)
                try compute(tile)
            }
        }
        statistics.place = nil
    }
}
