import SGCBase
import SGCTokenizer

/// Labels that contradict the image.
///
/// Codes whose majority is one class are pooled, and the classes of their other tokens counted. An encoder confuses some
/// classes and never others; wrong labels that fall on all classes alike leave none out. So the count of the rarest of the
/// other classes, times their number, estimates the share of wrong labels, and confusion does not enter it. Labels that
/// are wrong in one way only cannot be told from confusion.
struct WrongLabels: HealthRule {
    let name = "label-noise"
    /// Estimates of clean labels stay below half a percent in `sgc experiment quick`.
    private static let least = 0.03
    private static let many = 0.15
    /// With fewer, an encoder may confuse all of them.
    private static let classes = 5
    /// Labelled tokens that the estimate of one class needs.
    private static let tokens = 2000.0

    func examine(_ run: RunRecord) -> Finding? {
        guard let semantics = run.semantics,
            let share = semantics.shareOfScatteredLabels(
                classes: Self.classes, tokens: Self.tokens), share > Self.least
        else { return nil }
        var changes: [Finding.Change] = []
        if run.configuration.data.labelNoise > 0 {
            changes.append(.set("data.label_noise", "0", "they were made wrong on purpose"))
        } else {
            changes.append(.run("sgc teacher run segmentation.onnx IMAGES", "labels of a network, to compare with"))
        }
        changes.append(
            .set(
                "quantizer.semantics.weight",
                shortest(run.configuration.training.tokenizer.quantizer.semantics.weight / 2),
                "or less trust in them"))
        return Finding(
            severity: share > Self.many ? .warning : .note,
            seen: "about \(fixed(100 * share, 0)) % of the tokens have a class that their code has not, "
                + "scattered evenly over all classes (class histogram of the codes)",
            why: "the image does not explain them; SGC tolerates some, but the purity of codes is bounded by them",
            changes: changes)
    }
}

extension CodeSemantics {
    /// The share of tokens whose class is scattered evenly over the classes that their code does not stand for; nil with
    /// fewer classes, or fewer tokens of every class.
    func shareOfScatteredLabels(classes least: Int, tokens enough: Double) -> Double? {
        let count = classes.count
        let tokensOfClass = tokensByClass
        // A class that no token has is in the list of classes, and not in the data.
        let present = tokensOfClass.indices.filter { tokensOfClass[$0] > 0 }
        guard present.count >= least else { return nil }
        var codes = [[Int]](repeating: [], count: count)
        for code in 0..<histogram.count / count {
            let majority = Int(majorityClass(of: code))
            if majority >= 0 { codes[majority].append(code) }
        }
        var (scattered, total) = (0.0, 0.0)
        for (majority, codes) in codes.enumerated() {
            func tokens(of item: Int) -> Double { codes.reduce(0) { $0 + Double(histogram[$1 * count + item]) } }
            let row = present.map { tokens(of: $0) }
            let (sum, own) = (row.reduce(0, +), tokens(of: majority))
            // Codes that mix classes anyway tell nothing.
            guard sum >= enough, own > sum / 2,
                let rarest = zip(present, row).filter({ $0.0 != majority }).map(\.1).min()
            else { continue }
            scattered += rarest * Double(present.count - 1)
            total += sum
        }
        return total > 0 ? scattered / total : nil
    }
}
