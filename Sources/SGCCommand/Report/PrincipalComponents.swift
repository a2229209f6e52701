import SGCBase
import SGCLinearAlgebra

/// The directions in which points vary most (principal component analysis).
struct PrincipalComponents {
    let dimension: Int
    /// How many directions; those beyond the dimension are zero.
    let count: Int
    /// The share of the points' variance in each direction, `[count]`, descending; 0 when the points do not vary.
    let explained: [Double]
    private let mean: [Double]
    /// `[count, dimension]`, unit length.
    private let axes: [Double]

    /// - Parameters:
    ///   - rows: `[n, dimension]`.
    ///   - count: how many directions are wanted.
    /// - Throws: `.mismatch` when the rows are not whole, `.numeric` for a coordinate that is not finite.
    /// - Complexity: O(n · d² + d³).
    init(of rows: [Float], dimension: Int, count: Int) throws(SGCError) {
        guard dimension > 0, count > 0, rows.count % dimension == 0 else {
            throw SGCError(
                .mismatch,
                "principal components: expected rows of dimension \(dimension), got \(rows.count) values")
        }
        let n = rows.count / dimension
        var mean = [Double](repeating: 0, count: dimension)
        for (index, value) in rows.enumerated() { mean[index % dimension] += Double(value) / Double(n) }
        var covariance = [Double](repeating: 0, count: dimension * dimension)
        var centered = mean
        for row in 0..<n {
            for k in 0..<dimension { centered[k] = Double(rows[row * dimension + k]) - mean[k] }
            // The eigenvalues need the lower triangle only.
            for i in 0..<dimension {
                for j in 0...i { covariance[i * dimension + j] += centered[i] * centered[j] / Double(n) }
            }
        }
        let decomposition = try symmetricEigenvectors(of: covariance, size: dimension)
        let total = decomposition.values.reduce(0) { $0 + max(0, $1) }
        let found = min(count, dimension)
        explained =
            (0..<count).map { $0 < found && total > 0 ? max(0, decomposition.values[$0]) / total : 0 }
        axes =
            decomposition.vectors.prefix(found * dimension)
            + [Double](repeating: 0, count: (count - found) * dimension)
        self.mean = mean
        self.dimension = dimension
        self.count = count
    }

    /// The places of rows `[n, dimension]` along the directions, `[n, count]`.
    func projected(_ rows: [Float]) -> [Double] {
        let n = rows.count / dimension
        var result = [Double](repeating: 0, count: n * count)
        for row in 0..<n {
            for axis in 0..<count {
                var sum = 0.0
                for k in 0..<dimension {
                    sum += (Double(rows[row * dimension + k]) - mean[k]) * axes[axis * dimension + k]
                }
                result[row * count + axis] = sum
            }
        }
        return result
    }
}
