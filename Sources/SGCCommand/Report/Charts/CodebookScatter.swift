import SGCBase
import SGCTokenizer

/// The used codes as points: near each other where their semantic channels are alike, in the colors of their classes.
struct CodebookScatter {
    /// How many numbers become two.
    enum Projection: String, CaseIterable {
        /// What keeps neighbours together (``NeighborEmbedding``).
        case neighbors = "t-SNE"
        /// The two directions of the largest variance.
        case components = "PCA"
    }

    /// A code in the plane.
    private struct Point {
        let code: Int
        let x: Double
        let y: Double
    }

    private let points: [Point]
    private let semantics: CodeSemantics
    private let projection: Projection
    let caption: String

    /// How many codes are drawn at most; of more, evenly spaced ones.
    static let limit = 2048

    /// - Parameter isUsed: the codes to show, `[K]`; they decide about the directions.
    /// - Throws: `.numeric` when the codebook has no decomposition.
    init(
        _ codebook: ReportCodebook, semantics: CodeSemantics, isUsed: [Bool], projection: Projection
    ) throws(SGCError) {
        let channels = codebook.semanticChannels
        let used = (0..<codebook.size).filter { $0 < isUsed.count && isUsed[$0] }
        let count = min(used.count, Self.limit)
        let codes = (0..<count).map { used[$0 * used.count / count] }
        let rows = codebook.rows(channels, of: codes)
        let all = used.count == count ? "\(Numerals.fixed(Double(count), 0))" : "\(count) of \(used.count)"
        let part = channels.count == codebook.dimension ? "all \(channels.count)" : "the \(channels.count) high-level"
        let places: [Double]
        switch projection {
        case .neighbors:
            places = try NeighborEmbedding(of: rows, dimension: channels.count).places
            caption = "\(all) used codes by \(part) channels; distances between islands mean nothing"
        case .components:
            let components = try PrincipalComponents(of: rows, dimension: channels.count, count: 2)
            places = components.projected(rows)
            let kept = Numerals.percentage(components.explained[0] + components.explained[1])
            caption = "\(all) used codes by \(part) channels; the plane keeps \(kept) of their variance"
        }
        points = codes.enumerated().map { Point(code: $1, x: places[$0 * 2], y: places[$0 * 2 + 1]) }
        self.semantics = semantics
        self.projection = projection
    }

    var drawing: SVGDrawing {
        let (width, height, margin) = (480.0, 360.0, 16.0)
        var drawing = SVGDrawing(
            width: width, height: height, label: "Codebook map, \(projection.rawValue): \(caption)")
        let (x, y) = (points.map(\.x), points.map(\.y))
        let (left, top) = (x.min() ?? 0, y.min() ?? 0)
        let (spanX, spanY) = ((x.max() ?? 0) - left, (y.max() ?? 0) - top)
        // The same scale on both axes, the whole in the middle.
        let scale = min((width - 2 * margin) / max(spanX, 1e-30), (height - 2 * margin) / max(spanY, 1e-30))
        let radius = points.count > 1000 ? 2.6 : points.count > 300 ? 3.6 : 5
        for (item, members) in byClass {
            let color = semantics.classes.indices.contains(item) ? semantics.classes[item].color : CodeColors.unknown
            drawing.group(fill: color) { drawing in
                for point in members {
                    drawing.circle(
                        x: width / 2 + (point.x - left - spanX / 2) * scale,
                        y: height / 2 - (point.y - top - spanY / 2) * scale, radius: radius, style: "code",
                        code: point.code)
                }
            }
        }
        return drawing
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
