import SGCBase
import SGCTokenizer

/// For each class: how many of its tokens were given a code that stands for it.
struct ClassBars {
    /// The tokens of one class.
    struct Row: Equatable {
        let item: SemanticClass
        /// Tokens of the class in the measured images.
        let tokens: Int
        /// The share of them whose code stands for the class, in 0...1; nil without tokens.
        let accuracy: Double?
        /// Codes that stand for the class.
        let codes: Int
    }

    /// In the order of the classes.
    let rows: [Row]

    /// - Parameters:
    ///   - semantics: what the codes stand for.
    ///   - statistics: of the same codebook and classes.
    init(_ statistics: CodebookStatistics, semantics: CodeSemantics) {
        let count = semantics.classes.count
        var (tokens, right, codes) = ([Int](repeating: 0, count: count), [Int](repeating: 0, count: count), 0)
        var owned = right
        if statistics.classCount == count {
            for code in 0..<statistics.codebookSize {
                let own = Int(semantics.majorityClass(of: code))
                if own >= 0 { owned[own] += 1 }
                for item in 0..<count {
                    let hits = statistics.histogram[code * count + item]
                    tokens[item] += hits
                    if item == own { right[item] += hits }
                }
            }
            codes = statistics.codebookSize
        }
        rows =
            codes == 0
            ? []
            : semantics.classes.indices.map { item in
                Row(
                    item: semantics.classes[item], tokens: tokens[item],
                    accuracy: tokens[item] > 0 ? Double(right[item]) / Double(tokens[item]) : nil, codes: owned[item])
            }
    }

    var drawing: SVGDrawing {
        let (rowHeight, top) = (22.0, 52.0)
        var drawing = SVGDrawing(
            width: 400, height: top + Double(rows.count) * rowHeight + 12, label: "Token accuracy of each class")
        drawing.text("Token accuracy by class", x: 8, y: 18, style: "heading")
        let (left, right, codesEnd, sharesEnd) = (98.0, 240.0, 334.0, 396.0)
        drawing.text("right class", x: right + 48, y: 40, style: "title", anchor: .end)
        drawing.text("codes", x: codesEnd, y: 40, style: "title", anchor: .end)
        drawing.text("of tokens", x: sharesEnd, y: 40, style: "title", anchor: .end)
        let total = max(1, rows.reduce(0) { $0 + $1.tokens })
        for (index, row) in rows.enumerated() {
            let y = top + Double(index) * rowHeight
            drawing.text(row.item.name, x: left - 8, y: y + 13, style: "name", anchor: .end)
            drawing.rectangle(x: left, y: y + 2, width: right - left - 12, height: 14, style: "track")
            if let accuracy = row.accuracy {
                drawing.rectangle(
                    x: left, y: y + 2, width: (right - left - 12) * accuracy, height: 14, style: "bar",
                    fill: row.item.color)
            }
            drawing.text(
                row.accuracy.map(Numerals.percentage) ?? "–", x: right + 48, y: y + 13, style: "note", anchor: .end)
            drawing.text(Numerals.fixed(Double(row.codes), 0), x: codesEnd, y: y + 13, style: "tick", anchor: .end)
            drawing.text(
                Numerals.percentage(Double(row.tokens) / Double(total)), x: sharesEnd, y: y + 13, style: "tick",
                anchor: .end)
        }
        return drawing
    }
}
