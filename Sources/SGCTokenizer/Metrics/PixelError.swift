import Glibc
package import SGCBase

/// How far the pixels of two images are apart, on values in 0...1.
package struct PixelError: Sendable, Equatable {
    /// Mean of the squared differences over `[H, W, C]`; 0 for identical images, 1 at most for values in 0...1.
    package let meanSquared: Double
    /// Mean of the absolute differences (L1) over `[H, W, C]`, in 0...1.
    package let meanAbsolute: Double

    /// Compares a reconstruction with its original; the order does not matter.
    ///
    /// - Throws: `.mismatch` when the shapes differ.
    package init(_ original: MeasuredImage, _ reconstruction: MeasuredImage) throws(SGCError) {
        try original.requireSameShape(as: reconstruction, "pixel error")
        var squared = 0.0
        var absolute = 0.0
        for (x, y) in zip(original.values, reconstruction.values) {
            let difference = Double(x) - Double(y)
            squared += difference * difference
            absolute += abs(difference)
        }
        meanSquared = squared / Double(original.values.count)
        meanAbsolute = absolute / Double(original.values.count)
    }

    /// Peak signal-to-noise ratio in dB: −10·log₁₀(mean squared error), with the peak at 1.
    ///
    /// `+infinity` for identical images, as in scikit-image; at least 0 for values in 0...1.
    package var psnr: Double { meanSquared == 0 ? .infinity : -10 * log10(meanSquared) }
}
