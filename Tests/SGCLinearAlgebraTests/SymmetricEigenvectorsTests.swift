import SGCBase
import SGCLinearAlgebra
import Testing

@Suite("Eigenvectors of symmetric matrices")
struct SymmetricEigenvectorsTests {
    @Test("a matrix with a known decomposition")
    func known() throws {
        // 2 on the diagonal, -1 beside it: eigenvalues 2 - 2 cos(i π / 4), vectors sines.
        let result = try symmetricEigenvectors(of: [2, -1, 0, -1, 2, -1, 0, -1, 2], size: 3)
        let root = 2.0.squareRoot()
        let values = [2 + root, 2, 2 - root]
        let vectors = [-0.5, root / 2, -0.5, root / 2, 0, -root / 2, 0.5, root / 2, 0.5]
        for (got, want) in zip(result.values, values) { #expect(abs(got - want) < 1e-12) }
        for (index, want) in vectors.enumerated() where index / 3 != 1 {
            #expect(abs(result.vectors[index] - want) < 1e-12, "component \(index)")
        }
        // The two outer components of the middle vector are equally large: either may be the positive one.
        let middle = result.vectors[3..<6].map { $0 * (result.vectors[3] < 0 ? -1 : 1) }
        for (got, want) in zip(middle, vectors[3..<6]) { #expect(abs(got - want) < 1e-12) }
    }

    @Test("vectors times values give the matrix back, and are orthonormal", arguments: [1, 2, 7, 32, 65])
    func reconstruction(size n: Int) throws {
        var random = RandomSource(seed: 5)
        var matrix = [Double](repeating: 0, count: n * n)
        for i in 0..<n {
            for j in 0...i {
                let value = Double(random.uniform()) - 0.5
                matrix[i * n + j] = value
                matrix[j * n + i] = value
            }
        }
        let result = try symmetricEigenvectors(of: matrix, size: n)
        #expect(result.values == result.values.sorted(by: >))
        for i in 0..<n {
            for j in 0..<n {
                var (product, inner) = (0.0, 0.0)
                for k in 0..<n {
                    product += result.values[k] * result.vectors[k * n + i] * result.vectors[k * n + j]
                    inner += result.vectors[i * n + k] * result.vectors[j * n + k]
                }
                #expect(abs(product - matrix[i * n + j]) < 1e-10, "entry \(i), \(j)")
                #expect(abs(inner - (i == j ? 1 : 0)) < 1e-10, "vectors \(i), \(j)")
            }
        }
    }

    @Test("only the lower triangle counts")
    func lowerTriangle() throws {
        let result = try symmetricEigenvectors(of: [2, .nan, 1, 2], size: 2)
        #expect(abs(result.values[0] - 3) < 1e-12 && abs(result.values[1] - 1) < 1e-12)
    }

    @Test("wrong sizes and numbers are errors")
    func errors() throws {
        #expect(try symmetricEigenvectors(of: [], size: 0).values.isEmpty)
        #expect(
            throws: SGCError(
                .argument, "eigenvectors: expected a square matrix of size 0...4096, got 3 values for size 2")
        ) {
            try symmetricEigenvectors(of: [1, 2, 3], size: 2)
        }
        #expect(throws: SGCError.self) { try symmetricEigenvectors(of: [], size: -1) }
        #expect(throws: SGCError(.numeric, "eigenvectors: expected finite values, got inf in row 1, column 0")) {
            try symmetricEigenvectors(of: [1, 2, .infinity, 3], size: 2)
        }
    }
}
