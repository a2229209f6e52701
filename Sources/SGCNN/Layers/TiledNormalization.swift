import SGCBase
import SGCTensor

/// The statistics of an image's group norms while it is computed tile by tile.
///
/// A group norm looks at the whole image, which no tile sees. So all tiles are computed in rounds. Each time, every norm
/// uses the sum of what it saw of all tiles last, this one included, and only the last round gives results, in which the
/// sums stay as they are.
package final class TiledNormalization {
    /// What one norm saw of one tile, or of all: sums over pixels for each group.
    fileprivate struct Sums {
        var pixels = 0.0
        var means: [Double], squares: [Double]
    }

    /// The tile in work: its number, its size in tokens, and the part of it that belongs to no other tile.
    package struct Place {
        let tile: Int
        let size: (rows: Int, columns: Int)
        let core: (rows: Range<Int>, columns: Range<Int>)

        package init(tile: Int, rows: Int, columns: Int, coreRows: Range<Int>, coreColumns: Range<Int>) {
            self.tile = tile
            (size, core) = ((rows, columns), (coreRows, coreColumns))
        }
    }

    /// To be set before each tile that statistics are gathered from, and to `nil` when that is done.
    package var place: Place?
    private var gathered: [ObjectIdentifier: Gathered] = [:]

    /// What one norm saw of each tile last, and of all together.
    private struct Gathered {
        private var tiles: [Int: Sums] = [:]
        private(set) var total: Sums

        init(groups: Int) { total = Sums(groups: groups) }

        mutating func replace(_ tile: Int, with sums: Sums) {
            if let before = tiles.updateValue(sums, forKey: tile) { total.add(before, times: -1) }
            total.add(sums, times: 1)
        }
    }

    package init() {}

    /// `norm` of a tile x `[1, H, W, C]`.
    func normalized(_ x: Tensor, by norm: GroupNorm, silu: Bool) throws(SGCError) -> Tensor {
        let id = ObjectIdentifier(norm.gain)
        if let place {
            let seen = Sums(
                try place.core(of: x).channelMoments(), pixels: place.pixels(of: x), groups: norm.groups)
            gathered[id, default: Gathered(groups: norm.groups)].replace(place.tile, with: seen)
        }
        let statistics = gathered[id, default: Gathered(groups: norm.groups)].total
            .statistics(channels: x.shape.last, epsilon: norm.epsilon)
        let y = try x.channelNormalized(
            mean: statistics.mean, inverseDeviation: statistics.inverseDeviation, gain: norm.gain.value,
            shift: norm.shift.value)
        return silu ? try y.map(.silu) : y
    }
}

extension TiledNormalization.Sums {
    fileprivate init(groups: Int) {
        means = [Double](repeating: 0, count: groups)
        squares = means
    }

    /// Of `count` pixels whose channels have these moments.
    fileprivate init(_ moments: (mean: [Float], variance: [Float]), pixels count: Int, groups: Int) {
        self.init(groups: groups)
        let (count, width) = (Double(count), moments.mean.count / groups)
        pixels = count
        for channel in moments.mean.indices {
            let (mean, variance) = (Double(moments.mean[channel]), Double(moments.variance[channel]))
            means[channel / width] += count * mean / Double(width)
            squares[channel / width] += count * (variance + mean * mean) / Double(width)
        }
    }

    fileprivate mutating func add(_ other: Self, times factor: Double) {
        pixels += factor * other.pixels
        for group in means.indices {
            means[group] += factor * other.means[group]
            squares[group] += factor * other.squares[group]
        }
    }

    fileprivate func statistics(channels: Int, epsilon: Double) -> (mean: [Float], inverseDeviation: [Float]) {
        let mean = means.map { $0 / pixels }
        let inverse = zip(mean, squares).map { mean, square in
            1 / (max(0, square / pixels - mean * mean) + epsilon).squareRoot()
        }
        let width = channels / means.count
        return ((0..<channels).map { Float(mean[$0 / width]) }, (0..<channels).map { Float(inverse[$0 / width]) })
    }
}

extension TiledNormalization.Place {
    /// How many pixels of x, which may have more or fewer of them for each token, belong to the core.
    fileprivate func pixels(of x: Tensor) -> Int {
        core.rows.count * (x.shape[1] / size.rows) * core.columns.count * (x.shape[2] / size.columns)
    }

    /// Those pixels.
    fileprivate func core(of x: Tensor) throws(SGCError) -> Tensor {
        let (down, across) = (x.shape[1] / size.rows, x.shape[2] / size.columns)
        return try x.sliced(axis: 1, core.rows.lowerBound * down..<core.rows.upperBound * down)
            .sliced(axis: 2, core.columns.lowerBound * across..<core.columns.upperBound * across)
    }
}
