package import SGCBase

/// The images below a folder, with or without a parallel folder of label maps.
///
/// Images are all files named `.png`, `.jpg`, `.jpeg` or `.ppm` (in any case), in the order of the bytes of their
/// relative paths. The label map of `a/b.jpg` is `a/b.png` (or `.pgm`) in the label folder.
package struct ImageFolder: Dataset {
    private let pairs: [ImagePair]
    private let rules: LabelRules

    /// - Parameters:
    ///   - labels: the folder of label maps; nil for none.
    ///   - rules: how label maps are read.
    /// - Throws: `.io` for a folder that cannot be read or an image without a label map (the message names what was
    ///   looked for), `.argument` for a folder without images, `.path`, `.limit`.
    package init(_ images: String, labels: String? = nil, rules: LabelRules = LabelRules()) throws(SGCError) {
        let names = try FolderListing.files(below: images).filter {
            Self.isNamed($0, as: ["png", "jpg", "jpeg", "ppm"])
        }
        guard !names.isEmpty else {
            throw SGCError(.argument, "\(images): expected .png, .jpg, .jpeg or .ppm files, got none")
        }
        // A set is only asked for members here; the order of pairs is that of the names.
        let maps = try labels.map { (folder) throws(SGCError) in Set(try FolderListing.files(below: folder)) } ?? []
        var pairs: [ImagePair] = []
        for name in names {
            var map: String? = nil
            if let labels {
                let stem = Self.stem(of: name)
                guard let found = ["\(stem).png", "\(stem).pgm"].first(where: maps.contains) else {
                    throw SGCError(
                        .io, "\(labels)/\(stem).png: expected the label map of \(images)/\(name), got no such file")
                }
                map = "\(labels)/\(found)"
            }
            pairs.append(ImagePair(image: "\(images)/\(name)", labels: map))
        }
        self.pairs = pairs
        self.rules = rules
    }

    package var count: Int { pairs.count }

    package func name(at index: Int) -> String { pairs[index].image }

    package func sample(at index: Int, random: inout RandomSource) throws(SGCError) -> Sample {
        try pairs[index].sample(rules)
    }

    private static func isNamed(_ name: String, as endings: [String]) -> Bool {
        endings.contains { name.lowercased().hasSuffix(".\($0)") }
    }

    /// `name` without its last dot and what follows.
    private static func stem(of name: String) -> Substring {
        name[..<(name.lastIndex(of: ".") ?? name.endIndex)]
    }
}
