package import SGCBase

/// How an example of any size becomes one of a model's size: scale, crop, perhaps flip; labels alike.
package struct SamplePreparation: Sendable, Equatable {
    /// Which part of the scaled image is taken.
    package enum Crop: Sendable, Equatable {
        case center
        case random
    }

    /// The size of every prepared example, in pixels.
    package let width: Int
    package let height: Int
    /// The shortest side after scaling; nil for as little as covers the crop.
    ///
    /// An image whose other side would then not cover the crop is scaled until it does.
    package let shortestSide: Int?
    package let crop: Crop
    /// Whether every other example, by chance, is mirrored left to right.
    package let flip: Bool

    /// - Throws: `.argument` for sides outside 1...``PixelImage/largestSide``, or a shortest side outside it.
    package init(
        width: Int, height: Int, shortestSide: Int? = nil, crop: Crop = .center, flip: Bool = false
    ) throws(SGCError) {
        for side in [width, height, shortestSide ?? width] where !(1...PixelImage.largestSide).contains(side) {
            throw SGCError(.argument, "preparation: expected sides in 1...\(PixelImage.largestSide), got \(side)")
        }
        self.width = width
        self.height = height
        self.shortestSide = shortestSide
        self.crop = crop
        self.flip = flip
    }

    /// The prepared example.
    ///
    /// Draws from `random` the same number of times for every image of a configuration.
    ///
    /// - Throws: `.limit` when the scaled image would be larger than ``ImageLimits``.
    package func apply(to sample: Sample, random: inout RandomSource) throws(SGCError) -> Sample {
        let scaled = scaledSize(of: sample.image)
        let region = region(in: scaled, random: &random)
        let mirrored = flip && random.integer(below: 2) == 1
        do {
            var image = try sample.image.resized(width: scaled.width, height: scaled.height).cropped(to: region)
            if mirrored { image = try image.flippedHorizontally() }
            guard var labels = sample.labels else { return try Sample(image: image, labels: nil, name: sample.name) }
            labels = try labels.resized(width: scaled.width, height: scaled.height).cropped(to: region)
            if mirrored { labels = try labels.flippedHorizontally() }
            return try Sample(image: image, labels: labels, name: sample.name)
        } catch {
            throw error.within(sample.name)
        }
    }

    private func scaledSize(of image: PixelImage) -> (width: Int, height: Int) {
        let cover = max(Double(width) / Double(image.width), Double(height) / Double(image.height))
        let wanted = shortestSide.map { Double($0) / Double(min(image.width, image.height)) } ?? cover
        let scale = max(cover, wanted)
        // At most 2¹⁵ * 2¹⁵; rounding must not leave a side short of the crop.
        return (
            max(width, Int((Double(image.width) * scale).rounded())),
            max(height, Int((Double(image.height) * scale).rounded()))
        )
    }

    private func region(in size: (width: Int, height: Int), random: inout RandomSource) -> ImageRegion {
        let freeX = size.width - width
        let freeY = size.height - height
        switch crop {
        case .center: return ImageRegion(x: freeX / 2, y: freeY / 2, width: width, height: height)
        case .random:
            let x = random.integer(below: freeX + 1)
            let y = random.integer(below: freeY + 1)
            return ImageRegion(x: x, y: y, width: width, height: height)
        }
    }
}

/// A dataset whose examples are prepared as they are read.
package struct PreparedDataset<Source: Dataset>: Dataset {
    private let source: Source
    private let preparation: SamplePreparation

    package init(_ source: Source, _ preparation: SamplePreparation) {
        self.source = source
        self.preparation = preparation
    }

    package var count: Int { source.count }

    package func name(at index: Int) -> String { source.name(at: index) }

    package func sample(at index: Int, random: inout RandomSource) throws(SGCError) -> Sample {
        let sample = try source.sample(at: index, random: &random)
        return try preparation.apply(to: sample, random: &random)
    }
}
