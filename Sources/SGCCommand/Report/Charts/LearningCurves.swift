/// The figures of training over its steps, one small chart each.
struct LearningCurves {
    /// A chart of one figure.
    struct Panel {
        let name: String
        let drawing: SVGDrawing
    }

    /// Those that a reader wants first.
    let main: [Panel]
    /// All others.
    let others: [Panel]

    /// What is shown at once, where a run has it, and what it is called; `_` between words becomes a space elsewhere.
    private static let mainFigures = [
        ("loss", "Total loss"), ("psnr", "PSNR of the batch, dB"), ("reconstruction", "Reconstruction loss"),
        ("perceptual", "Perceptual loss"), ("adversarial", "Adversarial loss"),
        ("discriminator", "Discriminator loss"), ("commitment", "Commitment loss"), ("semantic", "Semantic loss"),
        ("usage", "Codebook usage"), ("perplexity", "Perplexity of the batch"), ("class_purity", "Class purity"),
        ("gradient_norm", "Gradient norm"), ("learning_rate", "Learning rate"),
        ("images_per_second", "Images per second"),
    ]
    /// Bookkeeping that is not a curve.
    private static let hidden = ["step", "skipped"]
    /// As many points as a small chart can show.
    private static let resolution = 240

    /// - Parameter runs: their names and figures; a chart shows all that have its figure.
    init(_ runs: [(name: String, history: TrainingHistory)]) {
        var names: [String] = []
        for series in runs.flatMap(\.history.series) where !names.contains(series.name) { names.append(series.name) }
        let known = Self.mainFigures.map { $0.0 }
        func panel(_ name: String, _ heading: String) -> Panel {
            let curves = runs.enumerated().compactMap { index, run in run.history[name].map { (index, $0) } }
            return Panel(name: name, drawing: Self.draw(curves, heading: heading, isAlone: runs.count == 1))
        }
        main = Self.mainFigures.filter { names.contains($0.0) }.map { panel($0.0, $0.1) }
        others = names.filter { !known.contains($0) && !Self.hidden.contains($0) }.map { name in
            panel(name, String(name.map { $0 == "_" ? " " : $0 }))
        }
    }

    private static func draw(
        _ curves: [(run: Int, series: TrainingHistory.Series)], heading: String, isAlone: Bool
    ) -> SVGDrawing {
        let reduced = curves.map { $0.series.reduced(to: resolution) }
        let last = curves.map { Numerals.significant($0.series.values.last ?? 0) }
        var drawing = SVGDrawing(
            width: 320, height: 190, label: "\(heading) over the steps; last \(last.joined(separator: ", "))")
        let end = curves.reduce(1) { max($0, $1.series.steps.last ?? 1) }
        let frame = ChartFrame(
            width: drawing.width, height: drawing.height, x: ChartScale(from: 0, to: end, tickCount: 4),
            y: scale(reduced.flatMap(\.values)), hasXTitle: false, hasYTitle: false)
        frame.draw(into: &drawing, heading: heading)
        for (curve, (steps, values)) in zip(curves, reduced) {
            let points = zip(steps, values).map { frame.point($0, $1) }
            drawing.group(run: curve.run) { drawing in
                if points.count >= 40 {
                    if isAlone { drawing.path(points, style: "faint") }
                    drawing.path(zip(steps, smoothed(values)).map { frame.point($0, $1) }, style: "curve")
                } else {
                    drawing.path(points, style: "curve")
                }
                if let place = points.last, points.count == 1 {
                    drawing.circle(x: place.x, y: place.y, radius: 4, style: "dot")
                }
            }
        }
        if isAlone { drawing.text(last.first ?? "", x: frame.right, y: 18, style: "note", anchor: .end) }
        return drawing
    }

    /// Logarithmic for positive numbers over more than a factor of 50.
    private static func scale(_ values: [Double]) -> ChartScale {
        let (low, high) = (values.min() ?? 0, values.max() ?? 1)
        return low > 0 && high > 50 * low
            ? ChartScale(logarithmic: values) : ChartScale(linear: values, tickCount: 4)
    }

    /// The mean of each value and up to six on both sides, as many before as after it, so that nothing is late.
    private static func smoothed(_ values: [Double]) -> [Double] {
        values.indices.map { index in
            let reach = min(6, index, values.count - 1 - index)
            return values[index - reach...index + reach].reduce(0, +) / Double(2 * reach + 1)
        }
    }
}
