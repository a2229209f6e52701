package import SGCBase

/// How well labels separate points: silhouette and Davies-Bouldin index, Euclidean, as scikit-learn defines them.
///
/// For a codebook the points are the used entries and the labels their classes (SGC-VQGAN Tables 2 and 4); publish
/// ``pointCount`` and ``clusterCount`` with the figures.
package struct ClusterQuality: Sendable {
    package let pointCount: Int
    package let clusterCount: Int
    private let dimension: Int
    /// The cluster of each point, in `0..<clusterCount`, by ascending label.
    private let clusters: [Int]
    private let sizes: [Int]
    /// Points by groups of eight, coordinate by coordinate: `[ceil(n / 8), d]` vectors; the last group is padded with 0.
    private let groups: [Lane]

    private typealias Lane = SIMD8<Double>

    /// - Parameters:
    ///   - points: `[n, d]`.
    ///   - dimension: d, at least 1.
    ///   - labels: the cluster of each point, `[n]`, any integers.
    /// - Throws: `.mismatch` when the counts do not fit, `.numeric` for a coordinate that is not finite, `.argument` unless
    ///   there are 2...n−1 clusters (neither metric is defined otherwise).
    package init(points: [Float], dimension: Int, labels: [Int]) throws(SGCError) {
        let (expected, overflow) = labels.count.multipliedReportingOverflow(by: dimension)
        guard dimension > 0, !overflow, points.count == expected else {
            throw SGCError(
                .mismatch,
                "cluster quality: expected \(labels.count) points of dimension \(dimension), got \(points.count) values"
            )
        }
        if let index = points.firstIndex(where: { !$0.isFinite }) {
            throw SGCError(
                .numeric, "cluster quality: expected finite values, got \(points[index]) in point \(index / dimension)")
        }
        let (clusters, clusterCount) = Self.numbered(labels)
        guard clusterCount >= 2, clusterCount <= labels.count - 1 else {
            throw SGCError(
                .argument,
                "cluster quality: expected at least 2 clusters and fewer than the \(labels.count) points, got "
                    + "\(clusterCount)")
        }
        pointCount = labels.count
        self.clusterCount = clusterCount
        self.dimension = dimension
        self.clusters = clusters
        var sizes = [Int](repeating: 0, count: clusterCount)
        for cluster in clusters { sizes[cluster] += 1 }
        self.sizes = sizes
        var groups = [Lane](repeating: .zero, count: (labels.count + 7) / 8 * dimension)
        for i in labels.indices {
            for k in 0..<dimension { groups[i / 8 * dimension + k][i % 8] = Double(points[i * dimension + k]) }
        }
        self.groups = groups
    }

    /// Mean over the points of (b − a) / max(a, b), in −1...1, higher is better (Rousseeuw 1987).
    ///
    /// a is the mean distance to the other points of the own cluster, b the smallest mean distance to another cluster. A
    /// point alone in its cluster, or with a = b = 0, counts as 0.
    ///
    /// - Complexity: O(n² · d) time, O(n · d) memory.
    package func silhouette() -> Double {
        var total = 0.0
        var sums = [Double](repeating: 0, count: clusterCount)
        var origin = [Double](repeating: 0, count: dimension)
        for i in 0..<pointCount {
            for k in 0..<dimension { origin[k] = groups[i / 8 * dimension + k][i % 8] }
            for c in sums.indices { sums[c] = 0 }
            for group in 0..<groups.count / dimension {
                let distances = self.distances(from: origin, toGroup: group)
                for lane in 0..<min(8, pointCount - group * 8) { sums[clusters[group * 8 + lane]] += distances[lane] }
            }
            total += silhouette(ofCluster: clusters[i], sums)
        }
        return total / Double(pointCount)
    }

    /// Mean over clusters of the largest (S_i + S_j) / ‖μ_i − μ_j‖, at least 0, lower is better (Davies, Bouldin 1979).
    ///
    /// S is the mean distance of a cluster's points to its centroid μ. 0 when all S or all distances of centroids vanish
    /// (at most 1e-8, as in scikit-learn); clusters whose centroids coincide are not compared with each other.
    ///
    /// - Complexity: O(n · d + clusters² · d).
    package func daviesBouldin() -> Double {
        let centroids = self.centroids()
        var spreads = [Double](repeating: 0, count: clusterCount)
        for i in 0..<pointCount {
            let c = clusters[i]
            var square = 0.0
            for k in 0..<dimension {
                let difference = groups[i / 8 * dimension + k][i % 8] - centroids[c * dimension + k]
                square += difference * difference
            }
            spreads[c] += square.squareRoot()
        }
        for c in spreads.indices { spreads[c] /= Double(sizes[c]) }
        var farthest = 0.0
        var total = 0.0
        for i in 0..<clusterCount {
            var worst = 0.0
            for j in 0..<clusterCount where j != i {
                let distance = self.distance(centroids, i, j)
                farthest = max(farthest, distance)
                if distance > 0 { worst = max(worst, (spreads[i] + spreads[j]) / distance) }
            }
            total += worst
        }
        let vanishing = 1e-8
        guard farthest > vanishing, spreads.contains(where: { $0 > vanishing }) else { return 0 }
        return total / Double(clusterCount)
    }

    /// Clusters numbered by ascending label, and how many there are.
    private static func numbered(_ labels: [Int]) -> ([Int], Int) {
        let order = labels.indices.sorted { labels[$0] < labels[$1] }
        var clusters = [Int](repeating: 0, count: labels.count)
        var count = 0
        for (position, index) in order.enumerated() {
            if position == 0 || labels[index] != labels[order[position - 1]] { count += 1 }
            clusters[index] = count - 1
        }
        return (clusters, count)
    }

    private func distances(from origin: [Double], toGroup group: Int) -> Lane {
        var squares = Lane.zero
        for k in 0..<dimension {
            let difference = groups[group * dimension + k] - origin[k]
            squares += difference * difference
        }
        return squares.squareRoot()
    }

    /// The silhouette of a point of cluster `own` whose distances to all points sum up to `sums` per cluster.
    private func silhouette(ofCluster own: Int, _ sums: [Double]) -> Double {
        guard sizes[own] > 1 else { return 0 }
        let a = sums[own] / Double(sizes[own] - 1)
        var b = Double.infinity
        for c in sums.indices where c != own { b = min(b, sums[c] / Double(sizes[c])) }
        let larger = max(a, b)
        return larger == 0 ? 0 : (b - a) / larger
    }

    /// The mean of each cluster's points, `[clusters, d]`.
    private func centroids() -> [Double] {
        var result = [Double](repeating: 0, count: clusterCount * dimension)
        for i in 0..<pointCount {
            for k in 0..<dimension { result[clusters[i] * dimension + k] += groups[i / 8 * dimension + k][i % 8] }
        }
        for index in result.indices { result[index] /= Double(sizes[index / dimension]) }
        return result
    }

    private func distance(_ rows: [Double], _ i: Int, _ j: Int) -> Double {
        var square = 0.0
        for k in 0..<dimension {
            let difference = rows[i * dimension + k] - rows[j * dimension + k]
            square += difference * difference
        }
        return square.squareRoot()
    }
}
