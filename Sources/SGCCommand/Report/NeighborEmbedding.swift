import Glibc
import SGCBase

/// Points in a plane such that neighbours stay neighbours: t-SNE (van der Maaten and Hinton 2008), all pairs.
///
/// It begins with the principal components and not by chance (Kobak and Berens 2019), so that it is the same every time.
struct NeighborEmbedding {
    /// The place of each point, `[n, 2]`.
    private(set) var places: [Double]

    private static let perplexity = 30.0
    private static let iterations = 500
    /// While attraction is exaggerated, clusters form (section 3.4 of the paper).
    private static let earlyIterations = 150
    private static let exaggeration: Float = 12

    private let count: Int
    /// p of each pair in rows of blocks of eight points, `[n, blocks]`; zero beyond the last point.
    private let affinities: [SIMD8<Float>]
    /// 1 for points and 0 beyond the last, `[blocks]`.
    private let mask: [SIMD8<Float>]
    private var x: [SIMD8<Float>]
    private var y: [SIMD8<Float>]

    /// - Parameter rows: `[n, dimension]`.
    /// - Throws: `.mismatch` when the rows are not whole, `.numeric` for one that is not finite.
    /// - Complexity: O(n² · iterations), about two seconds for 2,048 points.
    init(of rows: [Float], dimension: Int) throws(SGCError) {
        let cloud = try PointCloud(rows, dimension: dimension)
        let start = try PrincipalComponents(of: rows, dimension: dimension, count: 2).projected(rows)
        let n = cloud.count
        let blocks = (n + 7) / 8
        count = n
        affinities = Self.affinities(cloud)
        var (mask, x) = (
            [SIMD8<Float>](repeating: .zero, count: blocks), [SIMD8<Float>](repeating: .zero, count: blocks)
        )
        var y = x
        // Small, so that no point has to cross others that are already pushed apart.
        let size = max(
            (stride(from: 0, to: 2 * n, by: 2).reduce(0) { $0 + start[$1] * start[$1] } / Double(max(1, n)))
                .squareRoot(), 1e-30)
        for point in 0..<n {
            mask[point / 8][point % 8] = 1
            x[point / 8][point % 8] = Float(start[2 * point] / size * 1e-2)
            y[point / 8][point % 8] = Float(start[2 * point + 1] / size * 1e-2)
        }
        (self.mask, self.x, self.y) = (mask, x, y)
        places = start
        guard n > 3 else { return }
        descend()
        for point in 0..<n {
            places[2 * point] = Double(self.x[point / 8][point % 8])
            places[2 * point + 1] = Double(self.y[point / 8][point % 8])
        }
    }

    /// Gradient descent with momentum and a gain for each coordinate.
    private mutating func descend() {
        let rate = max(50, Float(count) / Self.exaggeration / 4)
        var (velocityX, velocityY) = (x, y)
        for block in x.indices { (velocityX[block], velocityY[block]) = (.zero, .zero) }
        var gainX = [SIMD8<Float>](repeating: .one, count: x.count)
        var gainY = gainX
        for iteration in 0..<Self.iterations {
            let isEarly = iteration < Self.earlyIterations
            let (forceX, forceY) = gradient(exaggeration: isEarly ? Self.exaggeration : 1)
            let momentum: Float = isEarly ? 0.5 : 0.8
            for block in x.indices {
                Self.step(&x[block], &velocityX[block], &gainX[block], forceX[block], momentum, rate)
                Self.step(&y[block], &velocityY[block], &gainY[block], forceY[block], momentum, rate)
            }
        }
    }

    private static func step(
        _ place: inout SIMD8<Float>, _ velocity: inout SIMD8<Float>, _ gain: inout SIMD8<Float>,
        _ gradient: SIMD8<Float>, _ momentum: Float, _ rate: Float
    ) {
        // Against the direction of travel the gain falls, else it rises.
        let turns = (gradient * velocity) .> 0
        gain = (gain + 0.2).replacing(with: gain * 0.8, where: turns)
        gain.clamp(lowerBound: SIMD8(repeating: 0.01), upperBound: SIMD8(repeating: .greatestFiniteMagnitude))
        velocity = momentum * velocity - rate * gain * gradient
        place += velocity
    }

    /// The gradient of Kullback and Leibler's divergence (Eq. 5 of the paper), as blocks of eight points.
    private func gradient(exaggeration: Float) -> (x: [SIMD8<Float>], y: [SIMD8<Float>]) {
        let blocks = x.count
        var attraction = (x: [Float](), y: [Float]())
        var repulsion = attraction
        var total = Float(0)
        for point in 0..<count {
            let (ownX, ownY) = (x[point / 8][point % 8], y[point / 8][point % 8])
            var (pullX, pullY, pushX, pushY, sum) = (
                SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero
            )
            for block in 0..<blocks {
                let (dx, dy) = (ownX - x[block], ownY - y[block])
                let near = mask[block] / (1 + dx * dx + dy * dy)
                let pull = affinities[point * blocks + block] * near
                let push = near * near
                pullX += pull * dx
                pullY += pull * dy
                pushX += push * dx
                pushY += push * dy
                sum += near
            }
            attraction.x.append(pullX.sum())
            attraction.y.append(pullY.sum())
            repulsion.x.append(pushX.sum())
            repulsion.y.append(pushY.sum())
            // Without the point itself.
            total += sum.sum() - 1
        }
        var result = (x: [SIMD8<Float>](repeating: .zero, count: blocks), y: [SIMD8<Float>]())
        result.y = result.x
        for point in 0..<count {
            result.x[point / 8][point % 8] =
                4 * (exaggeration * attraction.x[point] - repulsion.x[point] / total)
            result.y[point / 8][point % 8] =
                4 * (exaggeration * attraction.y[point] - repulsion.y[point] / total)
        }
        return result
    }

    /// p of all pairs (Eq. 1 of the paper, made symmetric): around each point a Gaussian of the same perplexity.
    private static func affinities(_ cloud: PointCloud) -> [SIMD8<Float>] {
        let n = cloud.count
        let blocks = (n + 7) / 8
        let entropy = Float(log(max(1, min(perplexity, Double(n - 1) / 3))))
        var result = [SIMD8<Float>](repeating: .zero, count: n * blocks)
        var precision = Float(1)
        for point in 0..<n {
            let row = gaussian(cloud.squaredDistances(from: point), around: point, entropy: entropy, &precision)
            for (other, share) in row.enumerated() {
                result[point * blocks + other / 8][other % 8] += share / Float(2 * n)
                result[other * blocks + point / 8][point % 8] += share / Float(2 * n)
            }
        }
        return result
    }

    /// The shares of all points in a Gaussian around one of them, without it, of the wanted entropy.
    ///
    /// - Parameter precision: of the Gaussian relative to the mean distance: where the search begins, and what it found.
    private static func gaussian(
        _ squares: [Float], around point: Int, entropy: Float, _ precision: inout Float
    ) -> [Float] {
        let mean = max(squares.reduce(0, +) / Float(max(1, squares.count - 1)), .leastNormalMagnitude)
        let nearest = squares.indices.reduce(Float.infinity) { $1 == point ? $0 : min($0, squares[$1]) }
        var (low, high) = (Float(0), Float.infinity)
        var shares = squares
        for _ in 0..<40 {
            var (sum, moment) = (Float(0), Float(0))
            for index in squares.indices {
                // From the nearest on, so that one share at least is not too small to be told from zero.
                let distance = (squares[index] - nearest) / mean * precision
                shares[index] = index == point ? 0 : expf(-distance)
                sum += shares[index]
                moment += index == point ? 0 : shares[index] * distance
            }
            let surplus = logf(sum) + moment / sum - entropy
            for index in shares.indices { shares[index] /= sum }
            guard abs(surplus) > 1e-4 else { break }
            if surplus > 0 { low = precision } else { high = precision }
            precision = high < .infinity ? (low + high) / 2 : precision * 2
            guard precision < 1e20, precision > 1e-20 else {
                // Equal points have no Gaussian of fewer neighbours.
                precision = 1
                break
            }
        }
        return shares
    }
}
