import SGCTokenizer

/// How often each code was chosen, from the most to the least frequent, on a logarithmic axis.
struct UsageChart {
    private let counts: [Int]
    private let tokenCount: Int
    private let usedCount: Int
    /// One sentence with the figures that belong to the plot.
    let caption: String

    init(_ statistics: CodebookStatistics) {
        counts = statistics.counts.sorted(by: >)
        tokenCount = statistics.tokenCount
        usedCount = statistics.usedCodeCount
        let dead = statistics.codebookSize - usedCount
        caption =
            "\(Numerals.fixed(Double(usedCount), 0)) of \(Numerals.fixed(Double(statistics.codebookSize), 0)) codes used "
            + "(\(Numerals.percentage(statistics.usage))), perplexity "
            + "\(Numerals.fixed(statistics.perplexity, 1)), \(dead == 0 ? "no" : Numerals.fixed(Double(dead), 0)) dead "
            + "code\(dead == 1 ? "" : "s"), \(Numerals.fixed(Double(tokenCount), 0)) tokens"
    }

    /// Tokens of the most frequent code.
    var largest: Int { counts.first ?? 0 }

    /// - Parameters:
    ///   - hasCaption: whether the caption is part of the picture.
    ///   - scale: what the axis reaches up to, where charts are to be compared; the most frequent code's tokens when nil.
    ///   - run: which of the page's runs this is: its color.
    func drawing(hasCaption: Bool, width: Double = 560, upTo scale: Int? = nil, run: Int = 0) -> SVGDrawing {
        var drawing = SVGDrawing(width: width, height: 150 + width / 3, label: "Codebook usage: \(caption)")
        let even = Double(tokenCount) / Double(counts.count)
        let top = Double(max(1, scale ?? largest))
        // A used code counts at least once; even use may be rarer than that.
        let frame = ChartFrame(
            width: drawing.width, height: drawing.height, x: ChartScale(from: 0, to: Double(counts.count)),
            y: ChartScale(logarithmic: [1, top]), hasSubtitle: hasCaption)
        frame.draw(
            into: &drawing, heading: "Codebook usage", xTitle: "codes, most frequent first",
            yTitle: "tokens of the code")
        if hasCaption { drawing.text(caption, x: 8, y: 38, style: "title") }
        drawing.group(run: run) { drawing in
            drawing.path(steps(frame), downTo: frame.bottom, style: "area")
            drawing.path(steps(frame), style: "curve")
        }
        if even >= 1 {
            let y = frame.point(0, even).y
            drawing.line(frame.left, y, frame.right, y, style: "second")
            drawing.text(
                "even use: \(Numerals.fixed(even, even < 10 ? 1 : 0))", x: frame.right - 4, y: y - 6,
                style: "secondnote",
                anchor: .end)
        }
        if usedCount < counts.count {
            let start = frame.point(Double(usedCount), 1).x
            drawing.rectangle(
                x: start, y: frame.top, width: frame.right - start, height: frame.bottom - frame.top, style: "bad")
            // Beside the area where that is too narrow for text.
            let isWide = frame.right - start > 90
            drawing.text(
                "\(Numerals.fixed(Double(counts.count - usedCount), 0)) dead",
                x: isWide ? (start + frame.right) / 2 : start - 6, y: frame.bottom - 10, style: "badnote",
                anchor: isWide ? .middle : .end)
        }
        return drawing
    }

    /// The used codes as a falling line of at most 400 points.
    private func steps(_ frame: ChartFrame) -> [(x: Double, y: Double)] {
        guard usedCount > 0 else { return [] }
        let pieces = min(usedCount, 400)
        var points = (0..<pieces).map { piece in
            let rank = piece * usedCount / pieces
            return frame.point(Double(rank), Double(counts[rank]))
        }
        points.append(frame.point(Double(usedCount), Double(counts[usedCount - 1])))
        return points
    }
}
