import SGCBase
import SGCTokenizer

/// A figure at the top of the page.
struct Headline: Equatable {
    let name: String
    let value: String
    let unit: String
    /// What it means, for somebody who sees it for the first time.
    let meaning: String

    /// The headline figures of a run; those that it has not measured are left out.
    static func figures(of report: RunReport) -> [Headline] {
        var result: [Headline] = []
        let metrics = report.metrics
        let statistics = report.statistics
        if let psnr = metrics["psnr"]?.asDouble {
            result.append(
                Headline(
                    name: "PSNR", value: Numerals.fixed(psnr, 2), unit: "dB",
                    meaning: "How close reconstructions are to their inputs, pixel by pixel. Higher is better."))
        }
        if let ssim = metrics["ssim"]?.asDouble {
            result.append(
                Headline(
                    name: "SSIM", value: Numerals.fixed(ssim, 3), unit: "of 1",
                    meaning: "How well local structure survives: edges, texture, contrast. 1 is identical."))
        }
        let size = Numerals.fixed(Double(report.codebook.size), 0)
        result.append(
            Headline(
                name: "Codebook usage", value: Numerals.percentage(statistics.usage), unit: "of \(size) codes",
                meaning: "The share of codes that at least one token chose. Unused codes are wasted."))
        result.append(
            Headline(
                name: "Perplexity", value: Numerals.fixed(statistics.perplexity, 0), unit: "of \(size)",
                meaning: "How many evenly used codes would carry as much information."))
        if statistics.classCount > 0 {
            result.append(
                Headline(
                    name: "Semantic uniqueness", value: Numerals.fixed(statistics.uniqueness(above: 0.5).ofAllCodes, 3),
                    unit: "at τ = 0.5",
                    meaning: "The share of codes of whose tokens more than half belong to a single class."))
        }
        if let silhouette = metrics["clusters"]?["silhouette"]?.asDouble {
            result.append(
                Headline(
                    name: "Silhouette", value: Numerals.fixed(silhouette, 3), unit: "in −1…1",
                    meaning: "How clearly the codes of different classes lie apart. Higher is better."))
        }
        if let accuracy = metrics["token_accuracy"]?.asDouble {
            result.append(
                Headline(
                    name: "Token accuracy", value: Numerals.percentage(accuracy), unit: "of tokens",
                    meaning: "Tokens whose code stands for the class that is really there."))
        }
        return result
    }
}
