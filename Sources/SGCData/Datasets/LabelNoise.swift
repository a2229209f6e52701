package import SGCBase

/// Wrong labels on purpose, to see how accurate annotations have to be.
///
/// An image is divided into square cells from the top left. In a given share of them, drawn cell by cell, every class is
/// replaced by another: classes are shifted by one random number, so that outlines within a cell stay, no pixel keeps its
/// class, and all others are equally likely. With cells of a token's size this is the share of tokens that are taught a
/// wrong class. The same example gets the same wrong labels every time.
package struct LabelNoise: Sendable, Equatable {
    /// Of the cells, in 0...1.
    package let share: Double
    /// Of a cell, in pixels.
    package let side: Int
    package let classCount: Int
    package let seed: UInt64

    /// The stream of the seed from which the noise comes; scenes have those of their numbers.
    private static let stream: UInt64 = 0x6C61_6265_6C73

    /// - Throws: `.argument` for a share outside 0...1, cells without pixels, or fewer than two classes.
    package init(share: Double, side: Int, classCount: Int, seed: UInt64) throws(SGCError) {
        guard (0...1).contains(share), side > 0 else {
            throw SGCError(
                .argument,
                "label noise: expected a share in 0...1 and cells of at least 1 pixel, got \(share) and \(side)")
        }
        guard (2...Int(LabelMap.ignore)).contains(classCount) else {
            throw SGCError(
                .argument, "label noise: expected 2...\(LabelMap.ignore) classes, got \(classCount)")
        }
        self.share = share
        self.side = side
        self.classCount = classCount
        self.seed = seed
    }

    /// The labels of example `index` with the noise; pixels without a class stay without.
    package func apply(to labels: LabelMap, index: Int) -> LabelMap {
        var random = RandomSource(seed: seed).split(Self.stream).split(UInt64(bitPattern: Int64(index)))
        var result = labels
        for top in stride(from: 0, to: labels.height, by: side) {
            for left in stride(from: 0, to: labels.width, by: side) {
                let isWrong = Double(random.uniform()) < share
                let shift = 1 + random.integer(below: classCount - 1)
                guard isWrong else { continue }
                for y in top..<min(top + side, labels.height) {
                    for i in y * labels.width + left..<y * labels.width + min(left + side, labels.width) {
                        let id = Int(labels.ids[i])
                        // What is no class is left for those who check ids.
                        if id < classCount { result.ids[i] = UInt16((id + shift) % classCount) }
                    }
                }
            }
        }
        return result
    }
}

/// A dataset whose labels are wrong on purpose.
package struct MislabelledDataset<Source: Dataset>: Dataset {
    private let source: Source
    private let noise: LabelNoise

    package init(_ source: Source, _ noise: LabelNoise) {
        self.source = source
        self.noise = noise
    }

    package var count: Int { source.count }

    package func name(at index: Int) -> String { source.name(at: index) }

    package func sample(at index: Int, random: inout RandomSource) throws(SGCError) -> Sample {
        var sample = try source.sample(at: index, random: &random)
        sample.labels = sample.labels.map { noise.apply(to: $0, index: index) }
        return sample
    }
}
