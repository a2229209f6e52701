/// The plane of a chart: axes with ticks, rules and titles around the place where data go.
struct ChartFrame {
    let x: ChartScale
    let y: ChartScale
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double

    /// - Parameters:
    ///   - width: of the whole picture; the frame leaves room for titles and ticks.
    ///   - hasXTitle: whether there is to be a title under the ticks.
    ///   - hasYTitle: whether there is to be a title beside the ticks.
    ///   - hasSubtitle: whether there is to be a line under the heading.
    init(
        width: Double, height: Double, x: ChartScale, y: ChartScale, hasXTitle: Bool = true, hasYTitle: Bool = true,
        hasSubtitle: Bool = false
    ) {
        self.x = x
        self.y = y
        left = hasYTitle ? 62 : 52
        right = width - 18
        top = hasSubtitle ? 58 : 34
        bottom = height - (hasXTitle ? 46 : 26)
    }

    func point(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        (left + self.x.share(x) * (right - left), bottom - self.y.share(y) * (bottom - top))
    }

    /// Draws the heading, rules, ticks and the titles of the axes.
    func draw(
        into drawing: inout SVGDrawing, heading: String, xTitle: String = "", yTitle: String = "", xTicks: Bool = true
    ) {
        drawing.text(heading, x: yTitle.isEmpty ? 4 : 8, y: 18, style: "heading")
        for tick in y.ticks {
            let place = point(x.lower, tick)
            drawing.line(left, place.y, right, place.y, style: "rule")
            drawing.text(Numerals.tick(tick), x: left - 8, y: place.y + 4, style: "tick", anchor: .end)
        }
        drawing.line(left, bottom, right, bottom, style: "axis")
        for tick in x.ticks where xTicks {
            let place = point(tick, y.lower)
            drawing.line(place.x, bottom, place.x, bottom + 4, style: "axis")
            drawing.text(Numerals.tick(tick), x: place.x, y: bottom + 18, style: "tick", anchor: .middle)
        }
        if !xTitle.isEmpty {
            drawing.text(xTitle, x: (left + right) / 2, y: drawing.height - 8, style: "title", anchor: .middle)
        }
        if !yTitle.isEmpty {
            drawing.text(
                yTitle, x: 16, y: (top + bottom) / 2, style: "title", anchor: .middle, isUpright: false)
        }
    }
}
