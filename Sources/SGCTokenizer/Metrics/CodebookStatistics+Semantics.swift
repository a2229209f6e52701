package import SGCBase

/// What the entries mean: the class that their tokens have.
extension CodebookStatistics {
    /// Semantic uniqueness at one threshold.
    package struct Uniqueness: Sendable, Equatable {
        /// The share of all K codes that are purer than the threshold, in 0...1 (SGC-VQGAN Table 1).
        package let ofAllCodes: Double
        /// The share of the used codes that are purer than the threshold, in 0...1; 0 when none is used.
        package let ofUsedCodes: Double
    }

    /// U(τ) = |{k: max over c of H[k, c] / Σ H[k, ·] > τ}| / K (SGC-VQGAN, Table 1).
    ///
    /// A code that no labelled token chose is not pure at any threshold, so dead codes count against the codebook.
    ///
    /// - Parameter threshold: τ, in 0..<1; strictly exceeded.
    package func uniqueness(above threshold: Double) -> Uniqueness {
        let pure = (0..<codebookSize).reduce(0) { $0 + ((purity(ofCode: $1) ?? -1) > threshold ? 1 : 0) }
        return Uniqueness(
            ofAllCodes: Double(pure) / Double(codebookSize),
            ofUsedCodes: usedCodeCount == 0 ? 0 : Double(pure) / Double(usedCodeCount))
    }

    /// The class of each code, `[K]`: the most frequent among its hits, the lowest of equals; `LabelMap.ignore` without hits.
    package var codeClasses: [UInt16] {
        (0..<codebookSize).map { k in
            guard let best = majority(ofCode: k), best.hits > 0 else { return LabelMap.ignore }
            return UInt16(best.index)
        }
    }

    /// The share of each code's hits that have its class, `[K]`, in 1/C...1; 0 without hits.
    package var purities: [Double] { (0..<codebookSize).map { purity(ofCode: $0) ?? 0 } }

    /// The share of labelled tokens that have the class which a fixed table gives to their code, in 0...1.
    ///
    /// The table comes from elsewhere (the model's training, another set): one made from the same tokens flatters, and
    /// reaches 1 when every code was chosen once.
    ///
    /// - Parameter classes: the class of each code, `[K]`, or `LabelMap.ignore`: such a code is wrong for every token.
    /// - Returns: nil when there are no labelled tokens.
    /// - Throws: `.mismatch` when the table has not K entries, `.range` for a class outside its range.
    package func accuracy(ofCodeClasses classes: [UInt16]) throws(SGCError) -> Double? {
        guard classes.count == codebookSize else {
            throw SGCError(
                .mismatch, "code classes: expected one for each of \(codebookSize) codes, got \(classes.count)")
        }
        var right = 0
        for (k, label) in classes.enumerated() where label != LabelMap.ignore {
            guard Int(label) < classCount else {
                throw SGCError(
                    .range, "code classes: expected classes in 0..<\(classCount), got \(label) at code \(k)")
            }
            right += histogram[k * classCount + Int(label)]
        }
        return labelledCount == 0 ? nil : Double(right) / Double(labelledCount)
    }

    private struct Majority {
        let index: Int
        let hits: Int
        let sum: Int
    }

    private func majority(ofCode k: Int) -> Majority? {
        guard classCount > 0 else { return nil }
        var best = 0
        var hits = 0
        var sum = 0
        for c in 0..<classCount {
            let value = histogram[k * classCount + c]
            sum += value
            if value > hits {
                hits = value
                best = c
            }
        }
        return Majority(index: best, hits: hits, sum: sum)
    }

    private func purity(ofCode k: Int) -> Double? {
        guard let best = majority(ofCode: k), best.sum > 0 else { return nil }
        return Double(best.hits) / Double(best.sum)
    }
}
