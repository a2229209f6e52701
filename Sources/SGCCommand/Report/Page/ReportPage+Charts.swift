import SGCBase
import SGCTokenizer

/// The charts of the page: what the codes mean, how they are used, and how training went.
extension ReportPage {
    func charts() -> String {
        let labelled = reports.enumerated().filter { $1.statistics.classCount > 0 }
        var meaning = ""
        if !labelled.isEmpty {
            let curves = labelled.map {
                UniquenessChart.Curve(name: $1.name, run: $0, purities: $1.statistics.purities)
            }
            let shares = ReportTable(
                header: ["share of codes purer than"] + Evaluation.thresholds.map(Numerals.tick),
                rows: curves.map { curve in
                    [curve.name]
                        + Evaluation.thresholds.map { Numerals.fixed(curve.share(above: $0), 3) }
                })
            meaning = section(
                "Does a code mean one thing?",
                lead:
                    "A code is purer than τ when more than that share of its tokens shows one class. Follow a curve to the "
                    + "right, where the test gets harder: the longer it stays up, the more codes mean one thing, and nothing "
                    + "else. A curve that falls early belongs to codes that mean a bit of everything.",
                """
                <div class="halves">\(card(UniquenessChart(curves: curves).drawing))<div>\(shares.html)
                <p class="note">A tokenizer without a single dead or ambiguous code would have 1.000 everywhere. Below: which \
                classes have codes of their own. The bar is the share of a class's tokens whose code stands for it; beside it, \
                how many codes do, and how frequent the class is.</p></div></div>
                <div class="cards">
                \(labelled.map { bars($0.element, run: $0.offset) }.joined())</div>

                """)
        }
        let usage = reports.map { UsageChart($0.statistics) }
        let largest = usage.map(\.largest).max()
        let drawings = usage.enumerated().map { run, chart in
            card(
                chart.drawing(hasCaption: false, width: 400, upTo: largest, run: run), heading: name(of: run),
                caption: chart.caption)
        }
        return meaning
            + section(
                "Is the whole alphabet used?",
                lead:
                    "Codes from the most to the least frequent, on a logarithmic axis. A flat line means that all codes "
                    + "work; a steep one, that few do most of the work. Codes in the red area were never chosen: they cost "
                    + "memory and say nothing.",
                "<div class=\"cards\">\n\(drawings.joined())</div>\n")
    }

    private func bars(_ report: RunReport, run: Int) -> String {
        let bars = ClassBars(report.statistics, semantics: report.semantics)
        guard !bars.rows.isEmpty else { return "" }
        return card(bars.drawing, heading: name(of: run))
    }

    func training() -> String {
        let curves = LearningCurves(reports.map { ($0.name, $0.history) })
        guard !curves.main.isEmpty || !curves.others.isEmpty else { return "" }
        func grid(_ panels: [LearningCurves.Panel]) -> String {
            "<div class=\"curves\">\n\(panels.map { card($0.drawing) }.joined())</div>\n"
        }
        let others =
            curves.others.isEmpty
            ? ""
            : "<details><summary>\(curves.others.count) more figure\(curves.others.count == 1 ? "" : "s")</summary>\n\(grid(curves.others))</details>\n"
        let key = reports.indices.map { name(of: $0) }.joined(separator: " ")
        return section(
            "How training went",
            lead: reports.count == 1
                ? "Each chart runs over the training steps; the number in its corner is the last value. The faint line is "
                    + "what was measured, the strong one its moving average. Axes over wide ranges are logarithmic."
                : "Moving averages over the training steps, a line for each run. Losses should fall and level out; axes over "
                    + "wide ranges are logarithmic.",
            "<p class=\"key\">\(key)</p>\n\(grid(curves.main))\(others)")
    }

    private func card(_ drawing: SVGDrawing, heading: String = "", caption: String = "") -> String {
        let text = [heading, Markup.escaped(caption)].filter { !$0.isEmpty }.joined(separator: " ")
        let caption = text.isEmpty ? "" : "<figcaption>\(text)</figcaption>"
        return "<figure class=\"card\">\(drawing.inline)\(caption)</figure>\n"
    }
}
