/// The figures at the top of the page.
extension ReportPage {
    func glance() -> String {
        let figures = reports.map { Headline.figures(of: $0) }
        var names: [String] = []
        for figure in figures.joined() where !names.contains(figure.name) { names.append(figure.name) }
        let tiles = names.map { name in
            let values = figures.map { $0.first { $0.name == name } }
            let known = values.compactMap { $0 }
            let content = reports.count == 1 ? known.map(single).joined() : bars(values)
            return """
                <div class="tile"><h3>\(Markup.escaped(name))</h3>
                \(content)<p>\(Markup.escaped(known.first?.meaning ?? ""))</p></div>

                """
        }
        return "<section class=\"tiles\" aria-label=\"Headline figures\">\n\(tiles.joined())</section>\n"
    }

    private func single(_ figure: Headline) -> String {
        "<p class=\"value\">\(Markup.escaped(figure.value)) <small>\(Markup.escaped(figure.unit))</small></p>\n"
    }

    /// A bar for each run, the best one's value in bold.
    private func bars(_ values: [Headline?]) -> String {
        let best = values.compactMap { $0?.share }.max()
        let rows = values.enumerated().map { run, figure in
            let text = Markup.escaped(figure?.value ?? "–")
            let isBest = figure.map { $0.share == best } ?? false
            return """
                <li class="\(ChartStyle.runClass(run))"><span>\(Markup.escaped(reports[run].name))</span>\
                <i><i style="width:\(Numerals.coordinate((figure?.share ?? 0) * 100))%"></i></i>\
                \(isBest ? "<b>\(text)</b>" : "<span>\(text)</span>")</li>

                """
        }
        return "<ul class=\"bars\">\n\(rows.joined())</ul>\n"
    }
}
