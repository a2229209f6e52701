import Glibc
package import SGCBase

/// The images that a text file lists.
///
/// One per line: a path, or the path of the image, a tab, and the path of its label map (then every line has one).
/// Relative paths begin at the folder of the list. Empty lines and lines that begin with `#` are skipped.
package struct ImageList: Dataset {
    private let pairs: [ImagePair]
    private let rules: LabelRules

    /// Reads the list and checks that its files are there.
    ///
    /// - Throws: `.io` for a list that cannot be read or a file that is missing, `.format` for a malformed line, each with
    ///   `list:line`; `.argument` for a list without images.
    package init(_ path: String, rules: LabelRules = LabelRules()) throws(SGCError) {
        guard let text = String(validating: try File.read(path, limit: ImageLimits.largestFile), as: UTF8.self) else {
            throw SGCError(.format, "\(path): expected UTF-8 text")
        }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        var pairs: [ImagePair] = []
        // Unicode scalars: a carriage return and a line feed are one character.
        for (number, line) in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        {
            let line = line.last == "\r" ? line.dropLast() : line
            if line.isEmpty || line.first == "#" { continue }
            let place = "\(path):\(number + 1)"
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
            guard fields.count <= 2, !fields.contains("") else {
                throw SGCError(.format, "\(place): expected an image, or an image, a tab and a label map")
            }
            let pair = ImagePair(
                image: Self.resolve(fields[0], folder),
                labels: fields.count == 2 ? Self.resolve(fields[1], folder) : nil)
            if let first = pairs.first, (first.labels == nil) != (pair.labels == nil) {
                throw SGCError(.format, "\(place): expected a label map in every line or in none")
            }
            for file in [pair.image, pair.labels] {
                guard let file else { continue }
                guard unsafe access(file, F_OK) == 0 else { throw systemFailure("read", file).within(place) }
            }
            pairs.append(pair)
        }
        guard !pairs.isEmpty else { throw SGCError(.argument, "\(path): expected a list of images, got none") }
        self.pairs = pairs
        self.rules = rules
    }

    package var count: Int { pairs.count }

    /// Whether every image has a label map; else none has.
    package var hasLabels: Bool { pairs.first?.labels != nil }

    package func name(at index: Int) -> String { pairs[index].image }

    package func sample(at index: Int, random: inout RandomSource) throws(SGCError) -> Sample {
        try pairs[index].sample(rules)
    }

    private static func resolve(_ path: String, _ folder: String) -> String {
        path.hasPrefix("/") ? path : folder + path
    }
}
