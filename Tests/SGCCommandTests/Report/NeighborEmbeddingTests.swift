import SGCBase
import Testing

@testable import SGCCommand

@Suite("Points in a plane that keep their neighbours")
struct NeighborEmbeddingTests {
    private let dimension = 12
    private let clusters = 10

    /// Clouds of points around as many centers, far apart in all dimensions: two of them cannot keep all apart.
    private func points(_ count: Int) -> [Float] {
        var random = RandomSource(seed: 5)
        let centers = (0..<clusters * dimension).map { _ in random.uniform(-1, 1) }
        return (0..<count * dimension).map {
            centers[$0 / dimension % clusters * dimension + $0 % dimension] + random.uniform(-0.3, 0.3)
        }
    }

    /// The share of each point's nearest neighbours in the plane that are among its nearest in all dimensions.
    private func kept(_ places: [Double], of rows: [Float], neighbors: Int) throws -> Double {
        let plane = try PointCloud(places.map { Float($0) }, dimension: 2)
        let space = try PointCloud(rows, dimension: dimension)
        let shares = (0..<space.count).map { point in
            Set(plane.nearest(to: point, count: neighbors))
                .intersection(space.nearest(to: point, count: neighbors)).count
        }
        return Double(shares.reduce(0, +)) / Double(neighbors * space.count)
    }

    @Test("t-SNE keeps far more neighbours than the principal components, all clusters apart, and its bits")
    func neighbors() throws {
        let rows = points(300)
        let places = try NeighborEmbedding(of: rows, dimension: dimension).places
        let components = try PrincipalComponents(of: rows, dimension: dimension, count: 2).projected(rows)
        let (kept, linear) = (
            try kept(places, of: rows, neighbors: 10), try kept(components, of: rows, neighbors: 10)
        )
        #expect(kept > 0.5 && kept > 1.5 * linear, "\(kept) and \(linear)")
        let plane = try PointCloud(places.map { Float($0) }, dimension: 2)
        let strangers = (0..<300).count { point in
            plane.nearest(to: point, count: 10).contains { $0 % clusters != point % clusters }
        }
        #expect(strangers <= 3)
        #expect(places == (try NeighborEmbedding(of: rows, dimension: dimension).places))
    }

    @Test("few points, equal points and points of one dimension have places, too", arguments: [0, 1, 2, 4, 9, 20])
    func small(count: Int) throws {
        for rows in [[Float](repeating: 3, count: count * dimension), points(count)] {
            let places = try NeighborEmbedding(of: rows, dimension: dimension).places
            #expect(places.count == 2 * count && places.allSatisfy(\.isFinite))
        }
        let line = try NeighborEmbedding(of: (0..<count).map { Float($0) }, dimension: 1).places
        #expect(line.count == 2 * count && line.allSatisfy(\.isFinite))
    }

    @Test("distances and nearest points are those of the definition")
    func cloud() throws {
        let rows = points(21)
        let cloud = try PointCloud(rows, dimension: dimension)
        for point in [0, 7, 8, 20] {
            let expected = (0..<21).map { other in
                (0..<dimension).reduce(Float(0)) {
                    let difference = rows[point * dimension + $1] - rows[other * dimension + $1]
                    return $0 + difference * difference
                }
            }
            for (found, wanted) in zip(cloud.squaredDistances(from: point), expected) {
                #expect(abs(found - wanted) < 1e-5)
            }
            let order = (0..<21).filter { $0 != point }.sorted { expected[$0] < expected[$1] }
            #expect(cloud.nearest(to: point, count: 5) == Array(order.prefix(5)))
        }
        #expect(try PointCloud([1, 1, 1], dimension: 1).nearest(to: 1, count: 8) == [0, 2])
        #expect(throws: SGCError(.mismatch, "points: expected rows of dimension 2, got 3 values")) {
            try PointCloud([1, 2, 3], dimension: 2)
        }
    }
}
