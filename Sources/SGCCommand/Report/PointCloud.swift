import SGCBase

/// Points whose distances are computed eight at a time.
struct PointCloud: Sendable {
    let count: Int
    private let dimension: Int
    /// Channel k of points 8 b ..< 8 b + 8 at `[b * dimension + k]`; zeros beyond the last point.
    private let blocks: [SIMD8<Float>]

    /// - Parameter rows: `[n, dimension]`.
    /// - Throws: `.mismatch` when the rows are not whole.
    init(_ rows: [Float], dimension: Int) throws(SGCError) {
        guard dimension > 0, rows.count % dimension == 0 else {
            throw SGCError(.mismatch, "points: expected rows of dimension \(dimension), got \(rows.count) values")
        }
        count = rows.count / dimension
        self.dimension = dimension
        var blocks = [SIMD8<Float>](repeating: .zero, count: (count + 7) / 8 * dimension)
        for (index, value) in rows.enumerated() {
            let (point, channel) = index.quotientAndRemainder(dividingBy: dimension)
            blocks[point / 8 * dimension + channel][point % 8] = value
        }
        self.blocks = blocks
    }

    /// The squared Euclidean distances from one point to all, `[n]`.
    func squaredDistances(from point: Int) -> [Float] {
        let own = (0..<dimension).map { SIMD8<Float>(repeating: blocks[point / 8 * dimension + $0][point % 8]) }
        var result: [Float] = []
        result.reserveCapacity(blocks.count / dimension * 8)
        for start in stride(from: 0, to: blocks.count, by: dimension) {
            var sum = SIMD8<Float>.zero
            for channel in 0..<dimension {
                let difference = blocks[start + channel] - own[channel]
                sum += difference * difference
            }
            for lane in 0..<8 { result.append(sum[lane]) }
        }
        result.removeLast(result.count - count)
        return result
    }

    /// The points nearest to one, without it, by rising distance; the first of equals first.
    func nearest(to point: Int, count wanted: Int) -> [Int] {
        var found: [(distance: Float, index: Int)] = []
        for (index, distance) in squaredDistances(from: point).enumerated() where index != point {
            if found.count == wanted, let last = found.last, distance >= last.distance { continue }
            found.insert((distance, index), at: found.firstIndex { $0.distance > distance } ?? found.endIndex)
            if found.count > wanted { found.removeLast() }
        }
        return found.map(\.index)
    }
}
