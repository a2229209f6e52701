/// Which share of all codes is purer than a threshold τ, for every τ (SGC-VQGAN, Table 1).
struct UniquenessChart {
    /// τ of SGC-VQGAN's Table 1.
    static let thresholds = [0.1, 0.3, 0.5, 0.7, 0.9]

    /// Ascending, one per code.
    private let purities: [Double]

    /// - Parameter purities: the share of each code's tokens that have its class, `[K]`; 0 for a code without tokens.
    init(purities: [Double]) {
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

    var drawing: SVGDrawing {
        let marks = Self.thresholds.map { (threshold: $0, share: share(above: $0)) }
        let values = marks.map { "\(Numerals.percentage($0.share)) above \(Numerals.tick($0.threshold))" }
        var drawing = SVGDrawing(
            width: 560, height: 330, label: "Semantic uniqueness: \(values.joined(separator: ", "))")
        let frame = ChartFrame(
            width: drawing.width, height: drawing.height, x: ChartScale(from: 0, to: 1), y: ChartScale(from: 0, to: 1))
        frame.draw(
            into: &drawing, heading: "Semantic uniqueness", xTitle: "threshold τ",
            yTitle: "share of codes purer than τ")
        let curve = (0...200).map { step in
            frame.point(Double(step) / 200, share(above: Double(step) / 200))
        }
        drawing.path(curve, downTo: frame.bottom, style: "area")
        drawing.path(curve, style: "curve")
        for mark in marks {
            let place = frame.point(mark.threshold, mark.share)
            drawing.circle(
                x: place.x, y: place.y, radius: 4.5, style: "dot",
                hint: "τ = \(mark.threshold): \(Numerals.fixed(mark.share, 4))")
            // The curve falls: above and to the right of a point there is room.
            drawing.text(Numerals.fixed(mark.share, 3), x: place.x + 5, y: place.y - 8, style: "note")
        }
        return drawing
    }
}
