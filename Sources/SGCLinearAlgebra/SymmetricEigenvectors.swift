import COpenBLAS
package import SGCBase

/// The eigenvalues of a real symmetric matrix and an orthonormal basis of eigenvectors.
package struct SymmetricEigenvectors: Sendable {
    /// Descending, `[n]`.
    package let values: [Double]
    /// `[n, n]`, row-major: row i belongs to `values[i]` and has length one; its component of largest magnitude (the
    /// first of equals) is positive.
    package let vectors: [Double]
}

/// The largest matrix that ``symmetricEigenvectors(of:size:)`` takes: 128 MiB, some ten seconds.
private let largestSize = 4096

/// Decomposes a symmetric matrix (LAPACK `dsyevd`: divide and conquer).
///
/// OpenBLAS starts its own threads when it is loaded and may use them for large matrices. Their number is a setting of the
/// whole process, which may be the host's, and is left alone: the last bits of a result may depend on it.
///
/// - Parameters:
///   - matrix: `[n, n]`; only the lower triangle is read.
///   - size: n, in 0...4096.
/// - Throws: `.argument` when matrix and size do not fit, `.numeric` for an entry that is not finite or when the
///   iteration does not converge, `.internalError` when LAPACK rejects the call.
/// - Complexity: O(n³).
package func symmetricEigenvectors(of matrix: [Double], size: Int) throws(SGCError) -> SymmetricEigenvectors {
    guard (0...largestSize).contains(size), matrix.count == size * size else {
        throw SGCError(
            .argument,
            "eigenvectors: expected a square matrix of size 0...\(largestSize), got \(matrix.count) values for size \(size)"
        )
    }
    guard size > 0 else { return SymmetricEigenvectors(values: [], vectors: []) }
    for row in 0..<size {
        if let column = (0...row).first(where: { !matrix[row * size + $0].isFinite }) {
            throw SGCError(
                .numeric,
                "eigenvectors: expected finite values, got \(matrix[row * size + column]) in row \(row), column \(column)"
            )
        }
    }
    var columns = matrix
    var values = [Double](repeating: 0, count: size)
    // LAPACK is column-major: our lower triangle is its upper one. Work sizes are dsyevd's documented minimum.
    try divideAndConquer(&columns, &values, size, work: 1 + 6 * size + 2 * size * size, integerWork: 3 + 5 * size)
    // LAPACK's column i, contiguous, is our row i; its order is ascending.
    var vectors: [Double] = []
    vectors.reserveCapacity(size * size)
    for index in (0..<size).reversed() {
        let vector = columns[index * size..<(index + 1) * size]
        var largest = vector.startIndex
        for place in vector.indices where abs(vector[place]) > abs(vector[largest]) { largest = place }
        let sign = vector[largest] < 0 ? -1.0 : 1.0
        vectors.append(contentsOf: vector.lazy.map { $0 * sign })
    }
    return SymmetricEigenvectors(values: values.reversed(), vectors: vectors)
}

private func divideAndConquer(
    _ matrix: inout [Double], _ values: inout [Double], _ size: Int, work: Int, integerWork: Int
) throws(SGCError) {
    // Sizes are at most 4096, so that all lengths fit.
    var (n, workCount, integerCount, status) = (Int32(size), Int32(work), Int32(integerWork), Int32(0))
    var space = [Double](repeating: 0, count: work)
    var integers = [Int32](repeating: 0, count: integerWork)
    // Single characters as C strings: the symbol takes no hidden lengths that it would read.
    var (vectorsToo, upper) = (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")))
    // Every array has the length that its argument states.
    unsafe dsyevd_(
        &vectorsToo, &upper, &n, &matrix, &n, &values, &space, &workCount, &integers, &integerCount, &status)
    guard status >= 0 else {
        throw SGCError(.internalError, "eigenvectors: LAPACK rejects argument \(-status) of dsyevd")
    }
    guard status == 0 else {
        throw SGCError(.numeric, "eigenvectors: expected dsyevd to converge, got status \(status)")
    }
}
