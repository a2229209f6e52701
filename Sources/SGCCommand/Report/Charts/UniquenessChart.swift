/// Which share of all codes is purer than a threshold τ, for every τ, of one codebook or several
/// (SGC-VQGAN, Table 1).
struct UniquenessChart {
    /// A codebook's curve.
    struct Curve {
        let name: String
        /// Which of the page's runs it is: its color.
        let run: Int
        /// Ascending, one per code.
        private let purities: [Double]

        /// - Parameter purities: the share of each code's tokens that have its class, `[K]`; 0 for a code without tokens.
        init(name: String, run: Int, purities: [Double]) {
            self.name = name
            self.run = run
            self.purities = purities.sorted()
        }

        /// The share of codes purer than `threshold`.
        func share(above threshold: Double) -> Double {
            var (low, high) = (0, purities.count)
            while low < high {
                let middle = (low + high) / 2
                if purities[middle] > threshold { high = middle } else { low = middle + 1 }
            }
            return purities.isEmpty ? 0 : Double(purities.count - low) / Double(purities.count)
        }
    }

    let curves: [Curve]

    var drawing: SVGDrawing {
        var drawing = SVGDrawing(
            width: 620, height: 380, label: "Semantic uniqueness: \(labels.joined(separator: "; "))")
        let frame = ChartFrame(
            width: drawing.width, height: drawing.height, x: ChartScale(from: 0, to: 1),
            y: ChartScale(from: 0, to: 1), hasSubtitle: curves.count > 1)
        frame.draw(
            into: &drawing, heading: "Semantic uniqueness", xTitle: "threshold τ",
            yTitle: "share of codes purer than τ")
        if curves.count > 1 { drawing.legend(curves.map { ($0.name, $0.run) }, x: 8, y: 38) }
        for curve in curves {
            let line = (0...200).map { frame.point(Double($0) / 200, curve.share(above: Double($0) / 200)) }
            drawing.group(run: curve.run) { drawing in
                if curves.count == 1 { drawing.path(line, downTo: frame.bottom, style: "area") }
                drawing.path(line, style: "curve")
                for threshold in Evaluation.thresholds {
                    let share = curve.share(above: threshold)
                    let place = frame.point(threshold, share)
                    drawing.circle(
                        x: place.x, y: place.y, radius: 4.5, style: "dot",
                        hint: "\(curve.name), τ = \(threshold): \(Numerals.fixed(share, 4))")
                    // The curve falls: above and to the right of a point there is room.
                    guard curves.count == 1 else { continue }
                    drawing.text(Numerals.fixed(share, 3), x: place.x + 5, y: place.y - 8, style: "note")
                }
            }
        }
        return drawing
    }

    private var labels: [String] {
        curves.map { curve in
            let values = Evaluation.thresholds.map {
                "\(Numerals.percentage(curve.share(above: $0))) above \(Numerals.tick($0))"
            }
            return "\(curve.name): \(values.joined(separator: ", "))"
        }
    }
}
