import Glibc
import SGCBase
import SGCNN
import SGCTensor

/// What the codes were hit by lately: usage, dead codes, and the classes that each code stands for.
///
/// Hits fade with a memory of about ``memory`` steps. The class histogram becomes the semantics of exported models.
final class CodeTracker {
    /// Steps after which hits have faded to 1/e.
    static let memory = 100.0
    /// A code whose faded hits fall below this was not used lately: about 300 steps without a hit.
    private static let threshold: Float = 0.05

    /// `[K]`, faded.
    let hits: Parameter
    /// `[K, C]`, faded; only with classes.
    let classHits: Parameter?
    private let classes: Int

    init(codebookSize: Int, classes: Int, device: Device) throws(SGCError) {
        self.classes = classes
        hits = Parameter(
            name: "hits", value: try .zeros([codebookSize], on: device), isTrainable: false)
        classHits =
            classes > 0
            ? Parameter(
                name: "class_hits", value: try .zeros([codebookSize, classes], on: device), isTrainable: false) : nil
    }

    var buffers: [Parameter] { [hits] + (classHits.map { [$0] } ?? []) }

    /// Counts the codes of one batch, with their classes (-1: none) where known.
    func add(codes: [Int32], labels: [Int32]?) throws(SGCError) {
        let fade = Float(exp(-1 / Self.memory))
        var h = hits.value.floats.map { $0 * fade }
        for code in codes { h[Int(code)] += 1 }
        try hits.assign(Tensor(h, shape: hits.shape, on: hits.value.device))
        guard let classHits else { return }
        var c = classHits.value.floats.map { $0 * fade }
        if let labels {
            for (code, label) in zip(codes, labels) where label >= 0 { c[Int(code) * classes + Int(label)] += 1 }
        }
        try classHits.assign(Tensor(c, shape: classHits.shape, on: hits.value.device))
    }

    /// Adds `usage`, `dead_codes` and `class_purity`, and of this batch alone `perplexity`.
    func report(codes: [Int32], to metrics: inout StepMetrics) {
        let h = hits.value.floats
        let used = h.reduce(0) { $0 + ($1 > Self.threshold ? 1 : 0) }
        metrics.add("usage", Double(used) / Double(h.count))
        metrics.add("dead_codes", Double(h.count - used))
        metrics.add("perplexity", perplexity(codes, codebookSize: h.count))
        guard let c = classHits?.value.floats else { return }
        var purity = 0.0
        var labelled = 0
        for code in 0..<h.count {
            let row = c[code * classes..<(code + 1) * classes]
            let total = row.reduce(0, +)
            guard total > Self.threshold, let largest = row.max() else { continue }
            purity += Double(largest / total)
            labelled += 1
        }
        if labelled > 0 { metrics.add("class_purity", purity / Double(labelled)) }
    }

    /// exp of the entropy of the batch's codes, 1...K.
    private func perplexity(_ codes: [Int32], codebookSize: Int) -> Double {
        var counts = [Int](repeating: 0, count: codebookSize)
        for code in codes { counts[Int(code)] += 1 }
        let total = Double(max(1, codes.count))
        let entropy = counts.reduce(0.0) { sum, count in
            count == 0 ? sum : sum - Double(count) / total * log(Double(count) / total)
        }
        return exp(entropy)
    }
}
