package import SGCBase

/// What each code stands for: how often it was hit by pixels of each class.
package struct CodeSemantics: Sendable, Equatable {
    /// The classes; empty when the model knows none.
    package let classes: [SemanticClass]
    /// Hits of each code by class `[K, C]`; may be weighted, at least 0.
    package let histogram: [Float]
    private let majority: [Int32]
    private let purities: [Float]

    /// - Throws: `.mismatch` when the histogram is not `[codebookSize, classes]`, `.numeric` for an entry that is not a
    ///   number of at least 0.
    package init(classes: [SemanticClass], histogram: [Float], codebookSize: Int) throws(SGCError) {
        guard histogram.count == codebookSize * classes.count else {
            throw SGCError(
                .mismatch,
                "semantics: expected a histogram of \(codebookSize) codes and \(classes.count) classes, "
                    + "got \(histogram.count) values")
        }
        guard histogram.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
            throw SGCError(.numeric, "semantics: expected histogram entries of at least 0")
        }
        self.classes = classes
        self.histogram = histogram
        var majority = [Int32](repeating: -1, count: codebookSize)
        var purities = [Float](repeating: 0, count: codebookSize)
        for code in 0..<codebookSize where !classes.isEmpty {
            let row = histogram[code * classes.count..<(code + 1) * classes.count]
            let total = row.reduce(0, +)
            guard total > 0 else { continue }
            var best = row.startIndex
            for index in row.indices where row[index] > row[best] { best = index }
            majority[code] = Int32(best - row.startIndex)
            purities[code] = row[best] / total
        }
        self.majority = majority
        self.purities = purities
    }

    /// The class of most hits (the first among equals); -1 without classes, and for a code that was never hit.
    package func majorityClass(of code: Int) -> Int32 { majority.indices.contains(code) ? majority[code] : -1 }

    /// The share of that class among the code's hits, 0...1; 0 where there is none.
    package func purity(of code: Int) -> Float { purities.indices.contains(code) ? purities[code] : 0 }
}

/// Colours for classes that come without: well apart in hue, the same for every run.
package func defaultPalette(_ count: Int) -> [SIMD3<UInt8>] {
    (0..<max(0, count)).map { index in
        // Hues a golden ratio apart; two rings of brightness.
        let hue = (Float(index) * 0.618_034).truncatingRemainder(dividingBy: 1) * 6
        let value: Float = index % 2 == 0 ? 1 : 0.7
        func channel(_ offset: Float) -> UInt8 {
            let k = (offset + hue).truncatingRemainder(dividingBy: 6)
            return UInt8(255 * value * (1 - 0.75 * max(0, min(k, 4 - k, 1))))
        }
        return [channel(5), channel(3), channel(1)]
    }
}
