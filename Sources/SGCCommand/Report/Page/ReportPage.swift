import SGCBase

/// The page of a run: one HTML file that needs nothing from outside and no script.
struct ReportPage {
    let report: RunReport
    let pictures: [SamplePictures]

    init(_ report: RunReport, pictures: [SamplePictures]) {
        self.report = report
        self.pictures = pictures
    }

    /// - Throws: `.numeric` for a codebook without decomposition or a configuration with a number that JSON cannot write,
    ///   `.outOfMemory`.
    func html() throws(SGCError) -> String {
        let title = Markup.escaped(report.title)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <title>\(title)</title>
            <style>
            \(ChartStyle.colors(of: ":root"))\(ChartStyle.rules)\(PageStyle.rules)</style>
            </head>
            <body>
            <header>
            <h1>\(title)</h1>
            <p class="lead">\(Markup.escaped(report.summary))</p>
            </header>
            <main>
            \(headlines())\(try samples())\(try codebook())\(training())\(try details())</main>
            </body>
            </html>

            """
    }

    private func headlines() -> String {
        let tiles = Headline.figures(of: report).map { figure in
            """
            <div class="tile"><h3>\(Markup.escaped(figure.name))</h3>\
            <p class="value">\(Markup.escaped(figure.value)) <small>\(Markup.escaped(figure.unit))</small></p>\
            <p>\(Markup.escaped(figure.meaning))</p></div>

            """
        }
        return "<section class=\"tiles\" aria-label=\"Headline figures\">\n\(tiles.joined())</section>\n"
    }

    private func training() -> String {
        let curves = LearningCurves(report.history)
        guard !curves.main.isEmpty || !curves.others.isEmpty else { return "" }
        func grid(_ panels: [LearningCurves.Panel]) -> String {
            let charts = panels.map { "<figure class=\"card\">\($0.drawing.inline)</figure>\n" }.joined()
            return "<div class=\"curves\">\n\(charts)</div>\n"
        }
        let others =
            curves.others.isEmpty
            ? ""
            : "<details><summary>\(curves.others.count) more figure\(curves.others.count == 1 ? "" : "s")</summary>\n\(grid(curves.others))</details>\n"
        return section(
            "Training",
            note:
                "Each chart runs over the training steps; the number in its corner is the last value. The faint line is "
                + "what was measured, the strong one its moving average. Axes over wide ranges are logarithmic.",
            grid(curves.main) + others)
    }

    private func details() throws(SGCError) -> String {
        let configuration = try report.configuration.serialized(.pretty)
        let rows = Self.flattened(report.metrics).map {
            "<tr><th scope=\"row\">\(Markup.escaped($0.name))</th><td>\(Markup.escaped($0.value))</td></tr>\n"
        }
        let figures =
            rows.isEmpty
            ? ""
            : "<details><summary>All figures</summary>\n<div class=\"wide\"><table>\n\(rows.joined())</table></div></details>\n"
        return section(
            "Details", note: "Everything that is needed to repeat the run.",
            figures
                + "<details><summary>Configuration</summary>\n<pre>\(Markup.escaped(configuration))</pre></details>\n")
    }

    /// A part of the page under its own heading.
    func section(_ heading: String, note: String, _ content: String) -> String {
        "<section>\n<h2>\(Markup.escaped(heading))</h2>\n<p class=\"note\">\(Markup.escaped(note))</p>\n\(content)</section>\n"
    }

    /// The figures in a JSON value with the path to each; those that are null are left out.
    static func flattened(_ value: JSONValue, path: String = "") -> [(name: String, value: String)] {
        switch value {
        case .object(let object):
            object.members.flatMap { flattened($0.value, path: path.isEmpty ? $0.key : "\(path) · \($0.key)") }
        case .array(let elements):
            elements.enumerated().flatMap { flattened($0.element, path: "\(path)[\($0.offset)]") }
        case .string(let text): [(path, text)]
        case .integer(let number): [(path, Numerals.fixed(Double(number), 0))]
        case .number(let number): [(path, Numerals.significant(number))]
        case .bool(let flag): [(path, flag ? "yes" : "no")]
        case .null: []
        }
    }
}
