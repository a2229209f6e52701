import Glibc
package import SGCBase

/// SSIM, the structural similarity of two images (Wang, Bovik, Sheikh, Simoncelli 2004), K1 = 0.01, K2 = 0.03, peak 1.
///
/// Local means, variances and covariance are weighted sums over a square window. Only windows that lie inside the image
/// count; the map is averaged over its pixels per channel, then over the channels. Values of different modes are not
/// comparable: say which one a figure is.
package enum StructuralSimilarity: String, Sendable, CaseIterable {
    /// The paper's own: 11×11 Gaussian window with σ = 1.5, population covariance.
    case gaussian
    /// 7×7 uniform window, sample covariance: the default of scikit-image, and the choice of magic-research's benchmark.
    case uniform7
    /// 11×11 uniform window, sample covariance: the choice of CVQ-VAE.
    case uniform11

    /// The side of the window, in pixels: the smallest image that can be measured.
    package var windowSide: Int { self == .uniform7 ? 7 : 11 }

    /// SSIM of two images: 1 for identical ones, above −1.
    ///
    /// Where both images are constant in a window, its structure counts as equal and only the means are compared.
    ///
    /// - Throws: `.mismatch` when the shapes differ, `.argument` when a side is shorter than ``windowSide``.
    /// - Complexity: O(H · W · C · window side); memory O(W · C · window side).
    package func callAsFunction(_ x: MeasuredImage, _ y: MeasuredImage) throws(SGCError) -> Double {
        try x.requireSameShape(as: y, "SSIM")
        let side = windowSide
        guard x.width >= side, x.height >= side else {
            throw SGCError(
                .argument, "SSIM \(rawValue): expected sides of at least \(side) pixels, got \(x.width)x\(x.height)")
        }
        let weights = self.weights
        let rowCount = (x.width - side + 1) * x.channels
        // The last `side` rows, filtered along the row; row r of the image is at r % side.
        var ring = [Moments](repeating: .zero, count: side * rowCount)
        var row = [Moments](repeating: .zero, count: x.width * x.channels)
        var total = 0.0
        for r in 0..<x.height {
            for i in row.indices {
                let a = Double(x.values[r * row.count + i])
                let b = Double(y.values[r * row.count + i])
                row[i] = Moments(a, b, a * a + b * b, a * b)
            }
            let slot = (r % side) * rowCount
            for i in 0..<rowCount {
                var sum = Moments.zero
                for k in 0..<side { sum += row[i + k * x.channels] * weights[k] }
                ring[slot + i] = sum
            }
            if r >= side - 1 { total += rowSum(ring, firstRow: r - side + 1, rowCount, weights) }
        }
        return total / Double((x.height - side + 1) * rowCount)
    }

    /// Weighted means of x, y, x² + y² and xy: all that SSIM needs of a window.
    private typealias Moments = SIMD4<Double>

    /// The window along one axis, `[side]`, of sum 1; the window is its outer product with itself.
    private var weights: [Double] {
        guard self == .gaussian else { return Array(repeating: 1 / Double(windowSide), count: windowSide) }
        let sigma = 1.5
        let raw = (0..<windowSide).map { index in
            let offset = Double(index - windowSide / 2)
            return exp(-offset * offset / (2 * sigma * sigma))
        }
        let sum = raw.reduce(0, +)
        return raw.map { $0 / sum }
    }

    /// n/(n−1) for a window of n pixels where covariances are the sample's.
    private var covarianceFactor: Double {
        guard self != .gaussian else { return 1 }
        let n = Double(windowSide * windowSide)
        return n / (n - 1)
    }

    /// Sum of SSIM over the windows whose first row is `firstRow`, all channels.
    private func rowSum(_ ring: [Moments], firstRow: Int, _ rowCount: Int, _ weights: [Double]) -> Double {
        let side = weights.count
        let c1 = 0.01 * 0.01
        let c2 = 0.03 * 0.03
        let factor = covarianceFactor
        let slots = (0..<side).map { ((firstRow + $0) % side) * rowCount }
        var total = 0.0
        for i in 0..<rowCount {
            var m = Moments.zero
            for k in 0..<side { m += ring[slots[k] + i] * weights[k] }
            let meanProduct = m.x * m.y
            let meanSquares = m.x * m.x + m.y * m.y
            let covariance = factor * (m.w - meanProduct)
            let variances = factor * (m.z - meanSquares)
            total +=
                (2 * meanProduct + c1) * (2 * covariance + c2) / ((meanSquares + c1) * (variances + c2))
        }
        return total
    }
}
