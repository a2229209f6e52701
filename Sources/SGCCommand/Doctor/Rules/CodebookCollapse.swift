import Glibc
import SGCBase
import SGCTokenizer

/// A small part of the codes does all the work.
struct CodebookCollapse: HealthRule {
    let name = "codebook-collapse"
    /// Below this share of codes in use the codebook has collapsed; below the one of ``DeadCodes`` some are dead.
    private static let usage = 0.25
    /// Or when a batch looks as if it had so few equally frequent codes, as a share of those it could have.
    private static let perplexity = 0.1

    func examine(_ run: RunRecord) -> Finding? {
        guard let usage = run.usage, let perplexity = run.mean("perplexity", in: 0.9...1) else { return nil }
        let size = run.configuration.training.tokenizer.quantizer.codebookSize
        let possible = Double(min(size, run.tokensPerStep))
        guard usage.share < Self.usage || perplexity < Self.perplexity * possible else { return nil }
        return Finding(
            severity: .critical,
            seen:
                "\(fixed(100 * usage.share, 1)) % of \(size) codes are in use (\(usage.place)), and the perplexity of a "
                + "batch is \(fixed(perplexity, 1)) at the end",
            why: "tokens carry at most \(fixed(log2(max(1, perplexity)), 1)) bits instead of "
                + "\(fixed(log2(possible), 1)), and codes that nothing hits never learn",
            changes: run.revivals)
    }
}

extension RunRecord {
    /// The share of codes in use, and where that was seen: as measured at the end, else as hit in the last three hundred
    /// steps or so; nil before each code could have been hit.
    var usage: (share: Double, place: String)? {
        let tokens = 8 * Double(configuration.training.tokenizer.quantizer.codebookSize)
        if let share = metrics?["usage"]?.asDouble, let measured = metrics?["tokens"]?.asDouble, measured >= tokens {
            return (share, "usage in metrics.json")
        }
        guard Double(min(steps, 300) * tokensPerStep) >= tokens, let share = history["usage"]?.values.last else {
            return nil
        }
        return (share, "usage at step \(steps)")
    }

    /// What puts unused codes to use.
    var revivals: [Finding.Change] {
        let quantizer = configuration.training.tokenizer.quantizer
        guard !imitates else {
            return [.run("sgc train", "trains the tokenizer anew that this one imitates, whose codes it has")]
        }
        guard quantizer.kind != .vq else {
            return [
                .set("quantizer.kind", "cvq", "unused codes are put where latents are"),
                .set("quantizer.kind", "sgc", "the same with classes, where there are labels"),
            ]
        }
        let clustering = quantizer.clustering
        var changes: [Finding.Change] = []
        if clustering.decay > 0.9 {
            changes.append(
                .set("quantizer.clustering.decay", "0.9", "unused codes move after tens of steps instead of hundreds"))
        }
        if clustering.anchor != .random {
            changes.append(.set("quantizer.clustering.anchor", "random", "they move to where latents really are"))
        }
        if clustering.firstBatchOnly {
            changes.append(
                .set("quantizer.clustering.first_batch_only", "false", "they move after the first batch, too"))
        }
        changes.append(.set("quantizer.codebook_size", "\(max(2, quantizer.codebookSize / 2))", "more tokens a code"))
        return changes
    }
}
