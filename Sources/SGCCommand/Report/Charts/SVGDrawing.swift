/// An SVG picture that is being drawn. Colors and line widths are classes of ``ChartStyle``.
struct SVGDrawing {
    let width: Double
    let height: Double
    /// What the picture shows, for those who do not see it.
    private let label: String
    private var body = ""

    /// Which end of a text is at its place.
    enum Anchor: String {
        case start
        case middle
        case end
    }

    init(width: Double, height: Double, label: String) {
        self.width = width
        self.height = height
        self.label = label
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, style: String) {
        body += "<line class=\"\(style)\" x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\"/>"
    }

    /// A line through points, or the area between it and `base`.
    mutating func path(_ points: [(x: Double, y: Double)], downTo base: Double? = nil, style: String) {
        guard let first = points.first, let last = points.last else { return }
        var data = "M" + points.map { "\(n($0.x)) \(n($0.y))" }.joined(separator: "L")
        if let base { data += "L\(n(last.x)) \(n(base))L\(n(first.x)) \(n(base))Z" }
        body += "<path class=\"\(style)\" d=\"\(data)\"/>"
    }

    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, style: String, fill: SIMD3<UInt8>? = nil
    ) {
        let color = fill.map { " fill=\"\(Markup.hexadecimal($0))\"" } ?? ""
        body += "<rect class=\"\(style)\" x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(max(0, width)))\" "
        body += "height=\"\(n(max(0, height)))\"\(color)/>"
    }

    /// - Parameters:
    ///   - hint: shown when a pointer rests on the circle.
    ///   - code: what the circle stands for, for the page's script.
    mutating func circle(x: Double, y: Double, radius: Double, style: String, hint: String? = nil, code: Int? = nil) {
        body += "<circle class=\"\(style)\" cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(radius))\""
        body += code.map { " data-code=\"\($0)\"" } ?? ""
        body += hint.map { "><title>\(Markup.escaped($0))</title></circle>" } ?? "/>"
    }

    /// What is drawn until the end of `content` has one fill.
    mutating func group(fill: SIMD3<UInt8>, _ content: (inout SVGDrawing) -> Void) {
        body += "<g fill=\"\(Markup.hexadecimal(fill))\">"
        content(&self)
        body += "</g>"
    }

    /// What is drawn until the end of `content` has the color of one of the page's runs.
    mutating func group(run: Int, _ content: (inout SVGDrawing) -> Void) {
        body += "<g class=\"\(ChartStyle.runClass(run))\">"
        content(&self)
        body += "</g>"
    }

    /// The names of runs beside their colors, in one line.
    mutating func legend(_ runs: [(name: String, run: Int)], x: Double, y: Double) {
        var x = x
        for item in runs {
            group(run: item.run) { drawing in
                drawing.line(x, y - 4, x + 18, y - 4, style: "curve")
                drawing.text(item.name, x: x + 24, y: y, style: "name")
            }
            // A little more than the widest letters take.
            x += 40 + 7.2 * Double(item.name.count)
        }
    }

    /// - Parameter isUpright: false turns the text to run upward.
    mutating func text(
        _ text: String, x: Double, y: Double, style: String, anchor: Anchor = .start, isUpright: Bool = true
    ) {
        let turn = isUpright ? "" : " transform=\"rotate(-90 \(n(x)) \(n(y)))\""
        body += "<text class=\"\(style)\" x=\"\(n(x))\" y=\"\(n(y))\" text-anchor=\"\(anchor.rawValue)\"\(turn)>"
        body += Markup.escaped(text) + "</text>"
    }

    /// To be set into a page that has the chart styles; at most as wide as its place.
    var inline: String {
        "<svg class=\"chart\" width=\"\(n(width))\" height=\"\(n(height))\" viewBox=\"0 0 \(n(width)) \(n(height))\" role=\"img\" aria-label=\""
            + Markup.escaped(label) + "\">" + body + "</svg>"
    }

    /// A file of its own, with its styles and a background.
    var standalone: String {
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" width=\"\(n(width))\" height=\"\(n(height))\" "
            + "viewBox=\"0 0 \(n(width)) \(n(height))\" role=\"img\" aria-label=\"\(Markup.escaped(label))\">\n"
            + "<style>\(ChartStyle.colors(of: ":root"))\(ChartStyle.rules)</style>\n"
            + "<rect class=\"paper\" width=\"\(n(width))\" height=\"\(n(height))\"/>\n\(body)\n</svg>\n"
    }

    private func n(_ value: Double) -> String { Numerals.coordinate(value) }
}
