import Glibc

/// How evenly the entries are used. Always report ``usage`` and ``perplexity`` together.
extension CodebookStatistics {
    /// The number of codes that at least one token chose.
    package var usedCodeCount: Int { counts.reduce(0) { $0 + ($1 > 0 ? 1 : 0) } }

    /// The codes that no token chose, ascending.
    package var deadCodes: [Int] { counts.indices.filter { counts[$0] == 0 } }

    /// The share of codes that at least one token chose, in 0...1; 0 without tokens.
    package var usage: Double { Double(usedCodeCount) / Double(codebookSize) }

    /// Entropy −Σ p ln p of the codes' frequencies, in nats, in 0...ln K; 0 without tokens.
    package var entropy: Double {
        let total = Double(tokenCount)
        var sum = 0.0
        for count in counts where count > 0 {
            let p = Double(count) / total
            sum -= p * log(p)
        }
        return max(sum, 0)
    }

    /// Entropy relative to that of even use, in 0...1; 0 for a codebook of one entry.
    package var normalizedEntropy: Double { codebookSize == 1 ? 0 : entropy / log(Double(codebookSize)) }

    /// exp(entropy): how many evenly used codes would be as uncertain, in 1...K; 0 without tokens.
    ///
    /// Over few tokens it is biased low: T tokens cannot show more than T.
    package var perplexity: Double { tokenCount == 0 ? 0 : exp(entropy) }
}
