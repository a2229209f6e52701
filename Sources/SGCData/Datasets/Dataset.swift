package import SGCBase

/// One training example.
package struct Sample: Sendable, Equatable {
    package var image: PixelImage
    /// Class ids of the image's pixels, of the same size; nil where the data has none.
    package var labels: LabelMap?
    /// What a person finds it by: a path, or the generator's description.
    package var name: String

    /// - Throws: `.mismatch` when the label map has another size than the image; the message names both.
    package init(image: PixelImage, labels: LabelMap?, name: String) throws(SGCError) {
        if let labels, labels.width != image.width || labels.height != image.height {
            throw SGCError(
                .mismatch,
                "\(name): expected a label map of the image's size \(image.width)x\(image.height), "
                    + "got \(labels.width)x\(labels.height)")
        }
        self.image = image
        self.labels = labels
        self.name = name
    }
}

/// Examples that can be had one by one, in any order, from any thread.
package protocol Dataset: Sendable {
    /// How many examples there are; above 0.
    var count: Int { get }

    /// What ``Sample/name`` of example `index` is; needs no reading.
    func name(at index: Int) -> String

    /// Example `index`, in 0..<``count``. The same index and random source give the same example.
    ///
    /// - Throws: what reading the example throws; every message names its file.
    func sample(at index: Int, random: inout RandomSource) throws(SGCError) -> Sample
}

/// How label maps are read and which ids they may have.
package struct LabelRules: Sendable, Equatable {
    /// Ids are below it; nil when any id will do.
    package var classCount: Int?
    /// The id that means "no class" in files of 8 bits or fewer, as Cityscapes has it.
    package var ignored: UInt8?

    package init(classCount: Int? = nil, ignored: UInt8? = 255) {
        self.classCount = classCount
        self.ignored = ignored
    }

    /// Reads a label map and checks its ids.
    ///
    /// - Throws: as ``ImageFile/labels(at:ignoring:)``; `.range`, which names file, id and pixel, for an id that is
    ///   neither below ``classCount`` nor ``LabelMap/ignore``.
    package func labels(at path: String) throws(SGCError) -> LabelMap {
        let labels = try ImageFile.labels(at: path, ignoring: ignored)
        try check(labels, name: path)
        return labels
    }

    /// - Throws: `.range`.
    package func check(_ labels: LabelMap, name: String) throws(SGCError) {
        guard let classCount else { return }
        for (i, id) in labels.ids.enumerated() where Int(id) >= classCount && id != LabelMap.ignore {
            throw SGCError(
                .range,
                "\(name): expected class ids below \(classCount), got \(id) at (\(i % labels.width), \(i / labels.width))"
            )
        }
    }
}
