import SGCBase
import SGCTokenizer

/// The inputs of Tests/Golden/metrics/make_metrics_golden.py, by the same integer formulas.
enum MetricsInputs {
    static let ignore = Int(LabelMap.ignore)

    static func scramble(_ i: Int, _ seed: Int) -> Int {
        var h = UInt32(truncatingIfNeeded: i + seed * 7919) &* 2_654_435_761
        h ^= h >> 15
        h = h &* 2_246_822_519
        return Int(h ^ (h >> 13))
    }

    static func image(_ width: Int, _ height: Int, _ seed: Int, _ noise: Int) throws -> MeasuredImage {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<3 {
                    let dx = x - width / 2
                    let dy = y - height / 3
                    let disc = dx * dx + dy * dy < 50 ? 60 : 0
                    let base = (3 * x * (c + 1) + 5 * y) % 150 + disc
                    pixels.append(UInt8(min(base + scramble((y * width + x) * 3 + c, seed) % noise, 255)))
                }
            }
        }
        return MeasuredImage(try PixelImage(width: width, height: height, pixels: pixels))
    }

    static func flat(_ width: Int, _ height: Int, _ value: UInt8) throws -> MeasuredImage {
        let pixels = [UInt8](repeating: value, count: width * height * 3)
        return MeasuredImage(try PixelImage(width: width, height: height, pixels: pixels))
    }

    /// Pairs of images; the last is identical.
    static func imagePairs() throws -> [(MeasuredImage, MeasuredImage)] {
        [
            (try image(37, 23, 1, 90), try image(37, 23, 2, 90)),
            (try image(16, 32, 3, 20), try image(16, 32, 4, 100)),
            (try image(11, 11, 5, 30), try image(11, 11, 6, 30)),
            (try flat(13, 11, 80), try flat(13, 11, 90)),
            (try flat(13, 11, 80), try image(13, 11, 7, 40)),
            (try image(19, 12, 8, 50), try image(19, 12, 8, 50)),
        ]
    }

    static let codebookSize = 23
    static let classCount = 5

    static func codes() -> [Int32] {
        (0..<400).map { Int32((scramble($0, 11) % 17) * (scramble($0, 12) % 17) / 16) }
    }

    static func labels() -> [UInt16] {
        codes().enumerated().map { i, code in
            let r = scramble(i, 13) % 10
            if code == 3 || r == 0 { return LabelMap.ignore }
            return UInt16(r < 7 ? Int(code) % classCount : scramble(i, 14) % classCount)
        }
    }

    static func points(_ n: Int, _ d: Int, _ seed: Int, _ spread: Int) -> [Float] {
        (0..<n * d).map { index in
            let centre = scramble(index / d % 5 * d + index % d, seed + 1) % 100
            return Float(centre + scramble(index, seed) % spread) / 64
        }
    }

    struct ClusterCase {
        let points: [Float]
        let dimension: Int
        let labels: [Int]
    }

    static func clusterCases() -> [ClusterCase] {
        let spread = [(53, 3, 21, 40), (40, 8, 22, 200), (17, 1, 23, 60)].map { n, d, seed, spread in
            ClusterCase(points: points(n, d, seed, spread), dimension: d, labels: (0..<n).map { $0 % 5 * 3 - 4 })
        }
        let alone = (0..<30).map { $0 == 7 ? 100 : $0 == 29 ? -9 : $0 % 3 }
        let places: [Float] = [1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 4, 6, 4, 7, 5, 6]
        return spread + [
            ClusterCase(points: points(30, 4, 24, 90), dimension: 4, labels: alone),
            ClusterCase(points: places, dimension: 2, labels: [0, 0, 0, 1, 1, 1, 2, 2, 2]),
            ClusterCase(points: Array(repeating: 0.5, count: 15), dimension: 3, labels: [0, 0, 1, 1, 1]),
            ClusterCase(points: [0, 0, 3, 3], dimension: 1, labels: [0, 0, 1, 1]),
        ]
    }

    static func labelMap(_ width: Int, _ height: Int, _ seed: Int, _ classes: Int) throws -> LabelMap {
        let ids = (0..<width * height).map { i in
            let id = scramble(i, seed) % (classes + 1)
            return id == classes ? LabelMap.ignore : UInt16(id)
        }
        return try LabelMap(width: width, height: height, ids: ids)
    }
}
