import SGCBase
import SGCTokenizer

/// The page of one run or of several side by side: one HTML file that needs nothing from outside.
struct ReportPage {
    let reports: [RunReport]
    /// The heading.
    let title: String
    /// The figures of all seeds, where the runs are those of an experiment.
    let table: ReportTable?

    /// - Parameters:
    ///   - reports: at least one, with different names.
    ///   - title: the first run's own when nil.
    init(_ reports: [RunReport], title: String? = nil, table: ReportTable? = nil) {
        self.reports = reports
        self.title =
            title ?? (reports.count == 1 ? reports.first?.title : nil)
            ?? "\(reports.count) tokenizers side by side"
        self.table = table
    }

    /// - Throws: `.numeric` for a codebook without decomposition or a configuration with a number that JSON cannot write,
    ///   `.range` for a label without class, `.outOfMemory`.
    func html() throws(SGCError) -> String {
        var data = PageData()
        var pictures = ""
        let groups = self.groups
        for (index, group) in groups.enumerated() {
            try data.add(group: group.map { reports[$0] })
            pictures += try explorer(group, number: index, &data) + drive(group, &data)
        }
        for (run, report) in reports.enumerated() {
            try data.add(report, group: groups.firstIndex { $0.contains(run) } ?? 0)
        }
        let heading = Markup.escaped(title)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <title>\(heading)</title>
            <style>
            \(ChartStyle.colors(of: ":root"))\(ChartStyle.runRules)\(ChartStyle.rules)\(PageStyle.rules)\(PageStyle.parts)</style>
            </head>
            <body>
            <header>
            <h1>\(heading)</h1>
            \(summary)\(verdict)</header>
            <noscript><p class="note">Pictures and token maps of this page are drawn by its script, which is switched off here.</p></noscript>
            <main>
            \(glance())\(pictures)\(try codebook())\(charts())\(training())\(try details())</main>
            <script type="application/json" id="data">\(try data.text())</script>
            <script>
            \(PageScript.common)\(PageScript.explorer)\(PageScript.codebook)</script>
            </body>
            </html>

            """
    }

    /// Writes the page as a whole.
    ///
    /// - Throws: what ``html()`` throws; `.io`, `.path`.
    func write(to path: String) throws(SGCError) { try AtomicFile.write(path, text: html()) }

    /// The runs by number, together where they show the same images.
    var groups: [[Int]] {
        var result: [[Int]] = []
        for (index, report) in reports.enumerated() {
            let place = result.firstIndex { group in
                let other = reports[group[0]]
                return other.gallery.images == report.gallery.images
                    && other.samples.map(\.grid) == report.samples.map(\.grid)
                    && other.drive.map(\.image) == report.drive.map(\.image)
                    && other.semantics.classes == report.semantics.classes
            }
            if let place { result[place].append(index) } else { result.append([index]) }
        }
        return result
    }

    /// On what the runs were trained, for how long: once when it is the same for all.
    private var summary: String {
        let all = reports.map(\.summary)
        let isSame = all.allSatisfy { $0 == all.first }
        let lines = isSame ? Array(all.prefix(1)) : reports.map { "\($0.name): \($0.summary)" }
        return lines.map { "<p class=\"lead\">\(Markup.escaped($0))</p>\n" }.joined()
    }

    /// What the page shows, in one sentence for each run: the best first.
    private var verdict: String {
        let shares = reports.enumerated().filter { $1.statistics.classCount > 0 }.map { index, report in
            (index, report.name, report.statistics.uniqueness(above: 0.5).ofAllCodes)
        }
        guard !shares.isEmpty else { return "" }
        let sentences = shares.sorted { ($1.2, $0.0) < ($0.2, $1.0) }.map { index, name, share in
            "<li class=\"\(ChartStyle.runClass(index))\"><b>\(Numerals.fixed(share * 100, 0))</b> of 100 codes"
                + (reports.count > 1 ? " of <i>\(Markup.escaped(name))</i>" : "") + "</li>\n"
        }
        return """
            <p class="lead">A tokenizer writes a picture as a grid of codes out of a fixed alphabet, its codebook, and reads \
            the codes back into a picture. An ordinary one only has to get the pixels back: one code may stand for a bit of \
            road here and a bit of wall there. A semantic one also has to use each code for one kind of thing, so that \
            whoever reads the codes knows what is where. How many codes mean one thing, in more than half of their uses:</p>
            <ul class="verdict">
            \(sentences.joined())</ul>

            """
    }

    /// A part of the page under its own heading; `lead` says what to look at.
    func section(_ heading: String, lead: String, attributes: String = "", _ content: String) -> String {
        "<section\(attributes)>\n<h2>\(Markup.escaped(heading))</h2>\n<p class=\"note\">\(Markup.escaped(lead))</p>\n"
            + "\(content)</section>\n"
    }

    /// The name of a run beside its color; empty for the only one.
    func name(of run: Int) -> String {
        reports.count == 1
            ? "" : "<b class=\"name \(ChartStyle.runClass(run))\">\(Markup.escaped(reports[run].name))</b>"
    }
}
