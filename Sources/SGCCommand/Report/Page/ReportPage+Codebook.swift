import SGCBase
import SGCTokenizer

/// The charts about the codebook.
extension ReportPage {
    func codebook() throws(SGCError) -> String {
        let usage = UsageChart(report.statistics)
        var charts = card(
            usage.drawing(hasCaption: false), caption: usage.caption,
            reading:
                "A flat line means that all codes work. A steep one means that few codes do most of the work; codes in "
                + "the red area were never chosen.")
        if report.statistics.classCount > 0 {
            let uniqueness = UniquenessChart(purities: report.statistics.purities)
            let half = report.statistics.uniqueness(above: 0.5)
            charts += card(
                uniqueness.drawing,
                caption: "At τ = 0.5: \(Numerals.fixed(half.ofAllCodes, 3)) of all codes, "
                    + "\(Numerals.fixed(half.ofUsedCodes, 3)) of the used ones",
                reading:
                    "A code is purer than τ when more than that share of its tokens shows one class. The further the "
                    + "curve stays up toward the right, the more codes mean one thing.")
        }
        if report.statistics.usedCodeCount > 1 {
            let scatter = try CodebookScatter(report.codebook, semantics: report.semantics, isUsed: report.isUsed)
            charts += card(
                scatter.drawing, caption: scatter.caption, extra: legend(),
                reading: "Each dot is a code in the color of its class. Islands of one color mean that the codebook is "
                    + "ordered by meaning; a mixed cloud means that it is not.")
        }
        let bars = ClassBars(report.statistics, semantics: report.semantics)
        if !bars.rows.isEmpty {
            charts += card(
                bars.drawing,
                caption: "Measured on \(Numerals.fixed(Double(report.statistics.labelledCount), 0)) labelled tokens",
                reading:
                    "The share of each class's tokens whose code stands for that class, how many codes do, and how "
                    + "frequent the class is. Rare classes with few codes are the hard ones.")
        }
        return section(
            "The codebook",
            note:
                "A tokenizer writes images with an alphabet of learned codes. It is a good alphabet when all of it is used "
                + "and every code means one thing.",
            "<div class=\"cards\">\n\(charts)</div>\n")
    }

    private func card(_ drawing: SVGDrawing, caption: String, extra: String = "", reading: String) -> String {
        """
        <figure class="card">\(drawing.inline)
        \(extra)<figcaption><b>\(Markup.escaped(caption)).</b> \(Markup.escaped(reading))</figcaption></figure>

        """
    }
}
