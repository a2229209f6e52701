import SGCBase
import SGCTokenizer

/// One class has nearly all the tokens.
struct ClassImbalance: HealthRule {
    let name = "class-imbalance"
    private static let dominant = 0.8
    /// Above, there is nothing to tell apart.
    private static let total = 0.98

    func examine(_ run: RunRecord) -> Finding? {
        guard let semantics = run.semantics, semantics.classes.count > 1 else { return nil }
        let counts = semantics.tokensByClass
        let sum = counts.reduce(0, +)
        guard sum > 0, let largest = counts.indices.max(by: { counts[$0] < counts[$1] }) else { return nil }
        let share = counts[largest] / sum
        guard share > Self.dominant else { return nil }
        let absent = counts.count { $0 == 0 }
        var changes: [Finding.Change] = []
        if run.configuration.data.source == .folder, !run.configuration.data.labels.isEmpty, largest < 256 {
            changes.append(
                .set(
                    "data.ignore_id", "\(largest)",
                    "if it stands for background or \"no class\": it then guides nothing"))
        }
        if share > Self.total {
            changes.append(.set("quantizer.kind", "cvq", "the quantizer that needs no classes"))
        } else {
            changes.append(
                .set(
                    "quantizer.semantics.weight",
                    shortest(run.configuration.training.tokenizer.quantizer.semantics.weight / 3),
                    "or less guidance, until the data has more of the other classes"))
        }
        return Finding(
            severity: share > Self.total ? .critical : .warning,
            seen:
                "\(fixed(100 * share, 1)) % of the labelled tokens are \(quoted(semantics.classes[largest].name)), and "
                + "\(absent) of \(counts.count) classes have none (class histogram of the codes)",
            why:
                "nearly every code stands for that class, whatever it shows: purity and uniqueness are high and mean nothing",
            changes: changes)
    }
}

extension CodeSemantics {
    /// Hits of all codes by class.
    var tokensByClass: [Double] {
        let count = classes.count
        var sums = [Double](repeating: 0, count: count)
        for (index, hits) in histogram.enumerated() { sums[index % count] += Double(hits) }
        return sums
    }
}
