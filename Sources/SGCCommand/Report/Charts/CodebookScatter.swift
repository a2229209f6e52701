import SGCBase
import SGCTokenizer

/// The used codes as points: near each other where their semantic channels are alike, in the colors of their classes.
struct CodebookScatter {
    /// A code in the plane.
    private struct Point {
        let code: Int
        let x: Double
        let y: Double
    }

    private let points: [Point]
    private let semantics: CodeSemantics
    private let explained: [Double]
    let caption: String

    /// How many codes are drawn at most; of more, every n-th.
    private static let limit = 6000

    /// - Parameter isUsed: the codes to show, `[K]`; they decide about the directions.
    /// - Throws: `.numeric` when the codebook has no decomposition.
    init(_ codebook: ReportCodebook, semantics: CodeSemantics, isUsed: [Bool]) throws(SGCError) {
        let channels = codebook.semanticChannels
        let rows = codebook.rows(channels, of: isUsed)
        let codes = (0..<codebook.size).filter { $0 < isUsed.count && isUsed[$0] }
        let components = try PrincipalComponents(of: rows, dimension: channels.count, count: 2)
        let places = components.projected(rows)
        let step = max(1, (codes.count + Self.limit - 1) / Self.limit)
        points = stride(from: 0, to: codes.count, by: step).map {
            Point(code: codes[$0], x: places[$0 * 2], y: places[$0 * 2 + 1])
        }
        self.semantics = semantics
        explained = components.explained
        let shown = step == 1 ? "\(Numerals.fixed(Double(codes.count), 0)) used codes" : "every \(step)th used code"
        let part = channels.count == codebook.dimension ? "all \(channels.count)" : "the \(channels.count) high-level"
        caption =
            "\(shown) by \(part) channels; the plane keeps "
            + "\(Numerals.percentage(explained[0] + explained[1])) of their variance"
    }

    var drawing: SVGDrawing {
        var drawing = SVGDrawing(width: 560, height: 430, label: "Codebook map: \(caption)")
        let frame = ChartFrame(
            width: drawing.width, height: drawing.height, x: ChartScale(linear: points.map(\.x)),
            y: ChartScale(linear: points.map(\.y)))
        frame.draw(
            into: &drawing, heading: "Codebook map",
            xTitle: "first principal component (\(Numerals.percentage(explained[0])))",
            yTitle: "second principal component (\(Numerals.percentage(explained[1])))")
        let radius = points.count > 2000 ? 2.2 : points.count > 500 ? 3 : 4
        for (item, members) in byClass {
            let color = semantics.classes.indices.contains(item) ? semantics.classes[item].color : CodeColors.unknown
            drawing.group(fill: color) { drawing in
                for point in members {
                    let place = frame.point(point.x, point.y)
                    drawing.circle(x: place.x, y: place.y, radius: radius, style: "code", hint: hint(point.code, item))
                }
            }
        }
        return drawing
    }

    private func hint(_ code: Int, _ item: Int) -> String {
        guard semantics.classes.indices.contains(item) else { return "code \(code)" }
        return "code \(code): \(semantics.classes[item].name), purity "
            + Numerals.fixed(Double(semantics.purity(of: code)), 2)
    }

    /// The largest classes first, so that rare ones are drawn over them.
    private var byClass: [(item: Int, members: [Point])] {
        let classes = [-1] + semantics.classes.indices
        var members = [[Point]](repeating: [], count: classes.count)
        for point in points { members[Int(semantics.majorityClass(of: point.code)) + 1].append(point) }
        return zip(classes, members).map { ($0, $1) }.filter { !$0.1.isEmpty }
            .sorted { ($1.1.count, $0.0) < ($0.1.count, $1.0) }
    }
}
