package import SGCBase

/// Mean reconstruction metrics of a set of images, gathered one pair at a time.
///
/// Every metric is taken per image and then averaged over images; in particular PSNR is not taken of the mean error.
package struct ReconstructionQuality: Sendable, Equatable {
    /// Which SSIM is measured.
    package let similarity: StructuralSimilarity
    package private(set) var imageCount = 0
    /// How many reconstructions equal their original in every value.
    package private(set) var identicalCount = 0

    private var squaredSum = 0.0
    private var absoluteSum = 0.0
    private var psnrSum = 0.0
    private var similaritySum = 0.0

    package init(similarity: StructuralSimilarity = .gaussian) {
        self.similarity = similarity
    }

    /// Adds one pair; after an error nothing was added.
    ///
    /// - Throws: `.mismatch` when the shapes differ, `.argument` when the image is smaller than the SSIM window.
    package mutating func add(_ original: MeasuredImage, _ reconstruction: MeasuredImage) throws(SGCError) {
        let error = try PixelError(original, reconstruction)
        let similar = try similarity(original, reconstruction)
        imageCount += 1
        squaredSum += error.meanSquared
        absoluteSum += error.meanAbsolute
        similaritySum += similar
        if error.meanSquared == 0 { identicalCount += 1 } else { psnrSum += error.psnr }
    }

    /// Adds what another accumulator gathered on other images.
    ///
    /// - Throws: `.mismatch` when the other measures another SSIM.
    package mutating func merge(_ other: ReconstructionQuality) throws(SGCError) {
        guard other.similarity == similarity else {
            throw SGCError(
                .mismatch,
                "reconstruction quality: expected SSIM \(similarity.rawValue), got \(other.similarity.rawValue)")
        }
        imageCount += other.imageCount
        identicalCount += other.identicalCount
        squaredSum += other.squaredSum
        absoluteSum += other.absoluteSum
        psnrSum += other.psnrSum
        similaritySum += other.similaritySum
    }

    /// Mean over images of the mean squared error; nil without images.
    package var meanSquaredError: Double? { mean(squaredSum) }

    /// Mean over images of the mean absolute error; nil without images.
    package var meanAbsoluteError: Double? { mean(absoluteSum) }

    /// Mean SSIM over images; nil without images.
    package var ssim: Double? { mean(similaritySum) }

    /// Mean PSNR in dB over the images that are not identical to their original, whose PSNR is infinite.
    ///
    /// `+infinity` when all are identical, nil without images; ``identicalCount`` says how many were left out.
    package var psnr: Double? {
        guard imageCount > 0 else { return nil }
        return imageCount == identicalCount ? .infinity : psnrSum / Double(imageCount - identicalCount)
    }

    private func mean(_ sum: Double) -> Double? { imageCount == 0 ? nil : sum / Double(imageCount) }
}
