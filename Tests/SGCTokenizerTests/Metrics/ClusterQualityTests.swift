import SGCBase
import SGCTokenizer
import Testing

@Suite struct ClusterQualityTests {
    @Test("silhouette and Davies-Bouldin equal scikit-learn, with singletons and coincident points")
    func goldens() throws {
        for (index, input) in MetricsInputs.clusterCases().enumerated() {
            let quality = try ClusterQuality(points: input.points, dimension: input.dimension, labels: input.labels)
            let silhouette = quality.silhouette()
            let daviesBouldin = quality.daviesBouldin()
            #expect(agrees(silhouette, MetricsGolden.silhouette[index]), "case \(index): \(silhouette)")
            #expect(agrees(daviesBouldin, MetricsGolden.daviesBouldin[index]), "case \(index): \(daviesBouldin)")
        }
    }

    @Test("points and clusters are counted, by distinct labels")
    func counts() throws {
        let quality = try ClusterQuality(points: [0, 1, 5, 6, 7], dimension: 1, labels: [9, 9, -3, 4, 4])
        #expect(quality.pointCount == 5)
        #expect(quality.clusterCount == 3)
    }

    @Test(
        "one cluster, or as many clusters as points, is an error",
        arguments: [[0, 0, 0], [0, 1, 2], [1], []])
    func clusterCounts(labels: [Int]) throws {
        let points = [Float](repeating: 0.25, count: labels.count * 2)
        let error = #expect(throws: SGCError.self) { try ClusterQuality(points: points, dimension: 2, labels: labels) }
        #expect(error?.code == .argument)
    }

    @Test("counts that do not fit and NaN are errors")
    func badPoints() throws {
        #expect(throws: SGCError.self) { try ClusterQuality(points: [1, 2, 3], dimension: 2, labels: [0, 0, 1]) }
        #expect(throws: SGCError.self) { try ClusterQuality(points: [], dimension: 0, labels: [0, 0, 1]) }
        #expect(throws: SGCError.self) { try ClusterQuality(points: [1], dimension: .max, labels: [0, 0, 1]) }
        let nan = #expect(throws: SGCError.self) {
            try ClusterQuality(points: [1, 2, .nan], dimension: 1, labels: [0, 0, 1])
        }
        #expect(nan?.code == .numeric)
    }
}
