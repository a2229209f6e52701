import Glibc

/// How a code's channels are divided into levels of meaning (SGC-VQGAN, "Multi-level Feature Learning").
///
/// N equal, contiguous channel groups, level 1 first. The weights of Eq. 10 fall with the level, so high levels come
/// before low ones. A code without levels is one high level.
package struct FeatureLevels: Sendable {
    /// w(l) for l = 1...N: sums to 1, decreasing, w(N) = 0; 1 for the only level of a code without levels.
    package let weights: [Double]
    /// Channels of one level.
    package let width: Int
    /// How many levels are high: w(l) ≥ σ.
    package let highCount: Int

    package init(_ configuration: SemanticConfiguration, codeDimension: Int) {
        guard configuration.isMultiLevel else {
            (weights, width, highCount) = ([1], codeDimension, 1)
            return
        }
        let n = Double(configuration.levels)
        let raw = (1...configuration.levels).map {
            exp(-configuration.alpha * Double($0)) - exp(-configuration.alpha * n)
        }
        let total = raw.reduce(0, +)
        let weights = raw.map { $0 / total }
        self.weights = weights
        width = codeDimension / configuration.levels
        highCount = weights.prefix { $0 >= configuration.threshold }.count
    }

    /// N.
    package var count: Int { weights.count }
    /// Channels of all high levels.
    package var high: Range<Int> { 0..<highCount * width }
    /// Channels of all low levels; empty when every level is high.
    package var low: Range<Int> { highCount * width..<count * width }

    /// Channels of level `index`, counted from 0.
    package func channels(_ index: Int) -> Range<Int> { index * width..<(index + 1) * width }
}
