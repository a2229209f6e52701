package import SGCBase

/// An endless set of single views: index `i` is a scene of its own, whatever else is asked for.
///
/// Two seeds give sets without common scenes: train on one, evaluate on the other.
package struct SceneSet: Sendable {
    /// A view and its classes.
    package struct Sample: Sendable {
        package let image: PixelImage
        /// Ids of ``Scenes/classes``.
        package let labels: LabelMap
    }

    package let seed: UInt64
    package let width: Int
    package let height: Int

    /// - Throws: `.argument` when a side is outside 8...`PixelImage.largestSide`.
    package init(seed: UInt64, width: Int, height: Int) throws(SGCError) {
        guard (8...PixelImage.largestSide).contains(width), (8...PixelImage.largestSide).contains(height) else {
            throw SGCError(
                .argument, "scene set: expected sides in 8...\(PixelImage.largestSide), got \(width)x\(height)")
        }
        self.seed = seed
        self.width = width
        self.height = height
    }

    /// The scene of an index.
    package func scene(_ index: Int) -> Scene {
        var random = RandomSource(seed: seed).split(UInt64(bitPattern: Int64(index)))
        return Scene(seed: random.next())
    }

    /// The view of an index.
    ///
    /// - Throws: what ``Scene/frame(time:width:height:)`` throws; not for any index of a valid set.
    package func sample(_ index: Int) throws(SGCError) -> Sample {
        let frame = try scene(index).frame(time: 0, width: width, height: height)
        return Sample(image: frame.image, labels: frame.labels)
    }
}
