import SGCBase
import SGCTokenizer

/// A figure at the top of the page. All of them are better the higher they are.
struct Headline: Equatable {
    let name: String
    let value: String
    let unit: String
    /// What it means, for somebody who sees it for the first time.
    let meaning: String
    /// The length of its bar, in 0...1.
    let share: Double

    /// The headline figures of a run; those that it has not measured are left out.
    static func figures(of report: RunReport) -> [Headline] {
        var result: [Headline] = []
        func add(_ name: String, _ value: String, _ unit: String, _ meaning: String, share: Double) {
            result.append(
                Headline(name: name, value: value, unit: unit, meaning: meaning, share: max(0, min(1, share))))
        }
        let (metrics, statistics) = (report.metrics, report.statistics)
        if statistics.classCount > 0 {
            let half = statistics.uniqueness(above: 0.5).ofAllCodes
            add(
                "Semantic uniqueness", Numerals.fixed(half, 3), "at τ = 0.5",
                "The share of codes of whose tokens more than half belong to a single class.", share: half)
        }
        if let accuracy = metrics["token_accuracy"]?.asDouble {
            add(
                "Token accuracy", Numerals.percentage(accuracy), "of tokens",
                "Tokens whose code stands for the class that is really there.", share: accuracy)
        }
        if let kept = metrics["temporal"]?["surface_class_agreement"]?.asDouble {
            add(
                "Class kept", Numerals.percentage(kept), "of tokens",
                "Tokens of a surface whose class stays in the next frame of a drive; easy for codes that all mean the same.",
                share: kept)
        }
        if let silhouette = metrics["clusters"]?["silhouette"]?.asDouble {
            add(
                "Silhouette", Numerals.fixed(silhouette, 3), "in −1…1",
                "How clearly the codes of different classes lie apart.", share: silhouette)
        }
        let size = Numerals.fixed(Double(report.codebook.size), 0)
        add(
            "Codebook usage", Numerals.percentage(statistics.usage), "of \(size) codes",
            "The share of codes that at least one token chose. Unused codes are wasted.", share: statistics.usage)
        add(
            "Perplexity", Numerals.fixed(statistics.perplexity, 0), "of \(size)",
            "How many evenly used codes would carry as much information.",
            share: statistics.perplexity / Double(report.codebook.size))
        if let psnr = metrics["psnr"]?.asDouble {
            // 40 dB can hardly be told from the original.
            add(
                "PSNR", Numerals.fixed(psnr, 2), "dB", "How close reconstructions are to their inputs, pixel by pixel.",
                share: psnr / 40)
        }
        if let ssim = metrics["ssim"]?.asDouble {
            add(
                "SSIM", Numerals.fixed(ssim, 3), "of 1",
                "How well local structure survives: edges, texture, contrast. 1 is identical.", share: ssim)
        }
        return result
    }
}
