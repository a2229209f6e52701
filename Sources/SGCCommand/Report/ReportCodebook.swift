import SGCBase

/// A codebook as a report needs it.
struct ReportCodebook: Sendable {
    /// K.
    let size: Int
    /// d.
    let dimension: Int
    /// The channels that carry the class: the high levels of an SGC codebook, all of another.
    let semanticChannels: Range<Int>
    private let entries: [Float]

    /// - Parameters:
    ///   - entries: `[K, d]`.
    ///   - semanticChannels: within `0..<dimension`, at least one; nil means all.
    /// - Throws: `.mismatch` when sizes do not fit, `.numeric` for an entry that is not finite.
    init(entries: [Float], dimension: Int, semanticChannels: Range<Int>? = nil) throws(SGCError) {
        guard dimension > 0, !entries.isEmpty, entries.count % dimension == 0 else {
            throw SGCError(
                .mismatch,
                "report: expected codebook entries of dimension \(dimension), got \(entries.count) values")
        }
        let channels = semanticChannels ?? 0..<dimension
        guard !channels.isEmpty, channels.lowerBound >= 0, channels.upperBound <= dimension else {
            throw SGCError(.mismatch, "report: expected channels within 0..<\(dimension), got \(channels)")
        }
        if let index = entries.firstIndex(where: { !$0.isFinite }) {
            throw SGCError(
                .numeric, "report: expected finite codebook entries, got \(entries[index]) in code \(index / dimension)"
            )
        }
        self.entries = entries
        self.dimension = dimension
        self.semanticChannels = channels
        size = entries.count / dimension
    }

    /// Some channels of the entries of some codes, all below ``size``; `[n, channels]`.
    func rows(_ channels: Range<Int>, of codes: some Sequence<Int>) -> [Float] {
        var result: [Float] = []
        for code in codes {
            let start = code * dimension
            result.append(contentsOf: entries[start + channels.lowerBound..<start + channels.upperBound])
        }
        return result
    }
}
