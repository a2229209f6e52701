import SGCBase

/// The files of one example.
struct ImagePair: Sendable, Equatable {
    let image: String
    let labels: String?

    /// Reads both.
    ///
    /// - Throws: as ``ImageFile/image(at:)`` and ``LabelRules/labels(at:)``; `.mismatch` for different sizes.
    func sample(_ rules: LabelRules) throws(SGCError) -> Sample {
        let picture = try ImageFile.image(at: image)
        guard let labels else { return try Sample(image: picture, labels: nil, name: image) }
        let map = try rules.labels(at: labels)
        guard map.width == picture.width, map.height == picture.height else {
            throw SGCError(
                .mismatch,
                "\(labels): expected \(picture.width)x\(picture.height) as \(image) has, got \(map.width)x\(map.height)"
            )
        }
        return try Sample(image: picture, labels: map, name: image)
    }
}
