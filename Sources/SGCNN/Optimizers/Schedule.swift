import Glibc

/// The learning rate over the steps of a run: a linear warm-up, then constant or falling along a cosine.
package struct Schedule: Sendable, Equatable {
    package enum Shape: String, Sendable, CaseIterable {
        case constant, cosine
    }

    /// The rate after warm-up.
    package var peak: Double
    package var shape: Shape
    /// Steps of linear warm-up from 0.
    package var warmUpSteps: Int
    /// The step at which the cosine reaches its end.
    package var totalSteps: Int
    /// The share of ``peak`` at the cosine's end.
    package var finalShare: Double

    package init(peak: Double, shape: Shape, warmUpSteps: Int, totalSteps: Int, finalShare: Double) {
        self.peak = peak
        self.shape = shape
        self.warmUpSteps = warmUpSteps
        self.totalSteps = totalSteps
        self.finalShare = finalShare
    }

    /// The rate of update number `step`, counted from 0.
    package func rate(at step: Int) -> Double {
        if step < warmUpSteps { return peak * Double(step + 1) / Double(warmUpSteps) }
        switch shape {
        case .constant: return peak
        case .cosine:
            let span = max(1, totalSteps - warmUpSteps)
            let progress = min(1, Double(step - warmUpSteps) / Double(span))
            return peak * (finalShare + (1 - finalShare) * 0.5 * (1 + cos(Double.pi * progress)))
        }
    }
}
