import SGCBase

/// The tables of the page, and what is needed to repeat its runs.
extension ReportPage {
    func details() throws(SGCError) -> String {
        var content = ""
        if let table { content += "<h3>All seeds: mean ± standard deviation</h3>\n\(table.html)" }
        if !figures.rows.isEmpty {
            content += fold("All figures", figures.html)
        }
        for report in reports {
            let configuration = try report.configuration.serialized(.pretty)
            content += fold(
                reports.count == 1 ? "Configuration" : "Configuration of \(report.name)",
                "<pre>\(Markup.escaped(configuration))</pre>\n")
        }
        return section("Figures", lead: "Everything that was measured, and what is needed to repeat it.", content)
    }

    private func fold(_ summary: String, _ content: String) -> String {
        "<details><summary>\(Markup.escaped(summary))</summary>\n\(content)</details>\n"
    }

    /// The figures of all runs side by side.
    private var figures: ReportTable {
        let runs = reports.map { Self.flattened($0.metrics) }
        var names: [String] = []
        for figure in runs.joined() where !names.contains(figure.name) { names.append(figure.name) }
        return ReportTable(
            header: [""] + reports.map(\.name),
            rows: names.map { name in [name] + runs.map { $0.first { $0.name == name }?.value ?? "–" } })
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

/// A table of text: the first column names the rows.
struct ReportTable: Sendable, Equatable {
    let header: [String]
    let rows: [[String]]

    var html: String {
        func line(_ cells: [String], _ tag: String) -> String {
            let first = "<th scope=\"\(tag == "th" ? "col" : "row")\">\(Markup.escaped(cells.first ?? ""))</th>"
            let rest = cells.dropFirst().map {
                tag == "th" ? "<th scope=\"col\">\(Markup.escaped($0))</th>" : "<td>\(Markup.escaped($0))</td>"
            }
            return "<tr>\(first)\(rest.joined())</tr>\n"
        }
        return
            "<div class=\"wide\"><table>\n\(line(header, "th"))\(rows.map { line($0, "td") }.joined())</table></div>\n"
    }
}
