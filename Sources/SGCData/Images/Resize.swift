package import SGCBase

extension PixelImage {
    /// The image at another size: bilinear, antialiased where it shrinks.
    ///
    /// Pixel centers are at half-integers (corners align). Each axis is filtered by a triangle that is one pixel wide on
    /// either side in the coarser of the two grids, so every source pixel counts when shrinking and enlarging is plain
    /// bilinear interpolation; beyond the edge the weights are renormalized. This is what Pillow's
    /// `resize(..., BILINEAR)` computes, in Float and rounded once.
    ///
    /// - Throws: `.argument` for a size below 1, `.limit` for one above ``ImageLimits``.
    /// - Complexity: O(height · width' · max(1, width / width') + height' · width' · max(1, height / height')).
    package func resized(width newWidth: Int, height newHeight: Int) throws(SGCError) -> PixelImage {
        try checkResize(width, height, newWidth, newHeight)
        if newWidth == width && newHeight == height { return self }
        let columns = AxisFilter(from: width, to: newWidth)
        let rows = AxisFilter(from: height, to: newHeight)
        var result = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
        // Horizontally filtered rows [3 * newWidth] are kept as long as a later output row needs them.
        var kept: [[Float]] = []
        var firstKept = 0
        var sum = [Float](repeating: 0, count: newWidth * 3)
        for y in 0..<newHeight {
            let first = rows.first[y]
            if first > firstKept {
                kept.removeFirst(min(kept.count, first - firstKept))
                firstKept = first
            }
            while firstKept + kept.count < first + rows.counts[y] {
                kept.append(filteredRow(firstKept + kept.count, columns))
            }
            for i in sum.indices { sum[i] = 0 }
            for tap in 0..<rows.counts[y] {
                Self.add(kept[first - firstKept + tap], times: rows.weights[y * rows.taps + tap], to: &sum)
            }
            let start = y * newWidth * 3
            for i in sum.indices { result[start + i] = UInt8(max(0, min(255, sum[i] + 0.5))) }
        }
        return try PixelImage(width: newWidth, height: newHeight, pixels: result)
    }

    /// Row `y`, filtered along x: `[W', C]`.
    private func filteredRow(_ y: Int, _ filter: AxisFilter) -> [Float] {
        var row = [Float](repeating: 0, count: filter.first.count * 3)
        let start = y * width * 3
        let source = pixels.span
        let weights = filter.weights.span
        for x in filter.first.indices {
            var red: Float = 0
            var green: Float = 0
            var blue: Float = 0
            var i = start + filter.first[x] * 3
            for tap in x * filter.taps..<x * filter.taps + filter.counts[x] {
                let weight = weights[tap]
                red += weight * Float(source[i])
                green += weight * Float(source[i + 1])
                blue += weight * Float(source[i + 2])
                i += 3
            }
            row[3 * x] = red
            row[3 * x + 1] = green
            row[3 * x + 2] = blue
        }
        return row
    }

    private static func add(_ row: [Float], times weight: Float, to sum: inout [Float]) {
        let source = row.span
        var target = sum.mutableSpan
        for i in 0..<min(source.count, target.count) { target[i] += weight * source[i] }
    }
}

extension LabelMap {
    /// The map at another size: each pixel takes the id at its center (nearest; ids are never interpolated).
    ///
    /// - Throws: `.argument` for a size below 1, `.limit` for one above ``ImageLimits``.
    package func resized(width newWidth: Int, height newHeight: Int) throws(SGCError) -> LabelMap {
        try checkResize(width, height, newWidth, newHeight)
        var result: [UInt16] = []
        result.reserveCapacity(newWidth * newHeight)
        for y in 0..<newHeight {
            // floor((y + 1/2) * height / newHeight), exact in integers.
            let row = (2 * y + 1) * height / (2 * newHeight) * width
            for x in 0..<newWidth { result.append(ids[row + (2 * x + 1) * width / (2 * newWidth)]) }
        }
        return try LabelMap(width: newWidth, height: newHeight, ids: result)
    }
}

private func checkResize(_ width: Int, _ height: Int, _ newWidth: Int, _ newHeight: Int) throws(SGCError) {
    guard newWidth > 0, newHeight > 0 else {
        throw SGCError(.argument, "resize: expected positive sides, got \(newWidth)x\(newHeight)")
    }
    try ImageLimits.check(width: newWidth, height: newHeight, name: "resize of \(width)x\(height)")
}

/// The weights with which the pixels of one axis make up those of another length.
private struct AxisFilter {
    /// For each output the first input that counts.
    var first: [Int] = []
    /// For each output how many inputs count.
    var counts: [Int] = []
    /// The largest of ``counts``.
    let taps: Int
    /// `[outputs, taps]`; each row sums to 1, unused ends are 0.
    var weights: [Float] = []

    init(from source: Int, to target: Int) {
        let scale = Double(source) / Double(target)
        // Half the width of the triangle, in source pixels.
        let support = max(1, scale)
        taps = Int(support.rounded(.up)) * 2 + 1
        weights = [Float](repeating: 0, count: target * taps)
        for i in 0..<target {
            let center = (Double(i) + 0.5) * scale
            let low = max(0, Int((center - support + 0.5).rounded(.down)))
            let high = min(source, Int((center + support + 0.5).rounded(.down)))
            let raw = (low..<max(low + 1, high)).map { max(0, 1 - abs((Double($0) + 0.5 - center) / support)) }
            let total = raw.reduce(0, +)
            first.append(low)
            counts.append(raw.count)
            for (tap, weight) in raw.enumerated() { weights[i * taps + tap] = Float(weight / total) }
        }
    }
}
