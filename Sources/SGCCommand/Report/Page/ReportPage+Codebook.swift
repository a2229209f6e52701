import SGCBase
import SGCTokenizer

/// The codebooks as maps and as walls of all codes, and a panel about the chosen one.
extension ReportPage {
    func codebook() throws(SGCError) -> String {
        var rows = ""
        for (run, report) in reports.enumerated() {
            rows += """
                <div class="pair \(ChartStyle.runClass(run))" data-run="\(run)"><h3>\(name(of: run)) \
                \(Markup.escaped(UsageChart(report.statistics).caption))</h3>
                \(try maps(report))\
                <figure class="wall"><canvas tabindex="0" role="img" \
                aria-label="All codes of \(Markup.escaped(report.name)); arrow keys choose one"></canvas><figcaption>all \
                \(Numerals.fixed(Double(report.codebook.size), 0)) codes, by class and purity; crossed out: never used\
                </figcaption></figure></div>

                """
        }
        let projections = CodebookScatter.Projection.allCases.enumerated().map { index, projection in
            "<button type=\"button\" data-projection=\"\(projection.rawValue)\" aria-pressed=\"\(index == 0)\">"
                + "\(projection.rawValue)</button>"
        }
        let options = reports.enumerated().map { "<option value=\"\($0)\">\(Markup.escaped($1.name))</option>" }
        let chooser =
            reports.count == 1
            ? "" : "<select aria-label=\"Run\" class=\"run\">\(options.joined())</select> "
        return section(
            "The codebook, code by code",
            lead:
                "Each dot is a code, each square on the right is the same code again, in the color of its class; the greyer, "
                + "the less it stands for one class alone. Islands of one color mean that the codebook is ordered by "
                + "meaning, a mixed cloud means that it is not. Click a dot or a square: the panel shows the patches where "
                + "that code was chosen most clearly. Do they show one kind of thing?",
            attributes: " class=\"codebook\" id=\"codebook\"",
            """
            <div class="toolbar"><div class="controls"><span>Map</span><div class="choice" role="group" \
            aria-label="Projection">\(projections.joined())</div>
            <label>Code \(chooser)<input type="number" class="code" min="0" value="0" aria-label="Code"></label></div></div>
            <div class="bench"><div class="rows">
            \(rows)</div>
            <aside class="card inspector" aria-live="polite" aria-label="The chosen code"></aside></div>

            """)
    }

    /// The map of a codebook in each projection; the script shows one.
    private func maps(_ report: RunReport) throws(SGCError) -> String {
        guard report.statistics.usedCodeCount > 1 else {
            return "<figure class=\"scatter\"><figcaption>fewer than two codes are used</figcaption></figure>\n"
        }
        var figures = ""
        for projection in CodebookScatter.Projection.allCases {
            let scatter = try CodebookScatter(
                report.codebook, semantics: report.semantics, isUsed: report.isUsed, projection: projection)
            let isHidden = projection == CodebookScatter.Projection.allCases[0] ? "" : " hidden"
            figures += """
                <figure class="scatter" data-projection="\(projection.rawValue)"\(isHidden)>\(scatter.drawing.inline)\
                <figcaption>\(Markup.escaped(scatter.caption))</figcaption></figure>

                """
        }
        return figures
    }
}
