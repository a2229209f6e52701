import SGCBase
import SGCData
import SGCTokenizer

/// What the page's script shows, as JSON: pictures once each, and what every run knows of its codes.
struct PageData {
    private var images: [JSONValue] = []
    private var known: [(image: PixelImage, index: Int)] = []
    private var runs: [JSONValue] = []
    private var groups: [JSONValue] = []

    /// Larger pictures are made smaller.
    private static let largestSide = 512
    private static let neighborCount = 8

    /// The number of a picture; the same for equal ones.
    mutating func index(of image: PixelImage) throws(SGCError) -> Int {
        if let found = known.first(where: { $0.image == image }) { return found.index }
        let side = max(image.width, image.height)
        let picture =
            try side <= Self.largestSide
            ? image
            : image.resized(
                width: max(1, image.width * Self.largestSide / side),
                height: max(1, image.height * Self.largestSide / side))
        images.append(.string("data:image/png;base64,\(Base64.encode(try PNGEncoder.encode(picture)))"))
        known.append((image, images.count - 1))
        return images.count - 1
    }

    /// Adds the images that some runs have in common.
    mutating func add(group reports: [RunReport]) throws(SGCError) {
        guard let report = reports.first else { return }
        let classes = report.semantics.classes
        var scenes: [JSONValue] = []
        for sample in report.samples {
            let truth = try sample.labels.map { (labels) throws(SGCError) in
                try Pictures.classMap(labels, classes: classes)
            }
            let ids = try sample.labels?.labelGrid(
                rows: sample.grid.rows, columns: sample.grid.columns, factor: sample.grid.factor)
            scenes.append(
                .object([
                    ("name", .string(sample.name)), ("image", JSONValue(try index(of: sample.image))),
                    ("truth", try truth.map { (map) throws(SGCError) in JSONValue(try index(of: map)) } ?? .null),
                    ("labels", .array((ids ?? []).map { JSONValue($0 == LabelMap.ignore ? -1 : Int($0)) })),
                ]))
        }
        var gallery: [JSONValue] = []
        for image in report.gallery.images { gallery.append(JSONValue(try index(of: image))) }
        let (grid, image) = (report.samples.first?.grid, report.samples.first?.image)
        groups.append(
            .object([
                ("rows", JSONValue(grid?.rows ?? 0)), ("columns", JSONValue(grid?.columns ?? 0)),
                ("factor", JSONValue(grid?.factor ?? 1)), ("width", JSONValue(image?.width ?? 1)),
                ("height", JSONValue(image?.height ?? 1)), ("scenes", .array(scenes)), ("gallery", .array(gallery)),
            ]))
    }

    /// Adds a run that shows the images of group number `group`.
    mutating func add(_ report: RunReport, group: Int) throws(SGCError) {
        let size = report.codebook.size
        let semantics = report.semantics
        let cells = report.samples.first?.grid.count ?? 0
        var reconstructions: [JSONValue] = []
        for sample in report.samples {
            reconstructions.append(
                try sample.reconstruction.map { (image) throws(SGCError) in JSONValue(try index(of: image)) } ?? .null)
        }
        let meanings = try CodeColors(principalComponentsOf: report.codebook, isUsed: report.isUsed)
        runs.append(
            .object([
                ("name", .string(report.name)), ("group", JSONValue(group)), ("size", JSONValue(size)),
                (
                    "classes",
                    .array(
                        semantics.classes.map { .array([.string($0.name), .string(Markup.hexadecimal($0.color))]) })
                ),
                ("colors", Self.digits(CodeColors(classesOf: semantics, codebookSize: size))),
                ("meanings", Self.digits(meanings)),
                ("uses", .array(report.statistics.counts.map { JSONValue($0) })),
                ("class", .array((0..<size).map { JSONValue(Int(semantics.majorityClass(of: $0))) })),
                ("histogram", .array((0..<size).map { Self.shares(semantics, code: $0) })),
                ("neighbors", try Self.neighbors(report)),
                (
                    "patches",
                    .array(
                        report.gallery.patches.map { list in .array(list.map { JSONValue($0.image * cells + $0.cell) })
                        })
                ),
                ("tokens", .array(report.samples.map { .array($0.tokens.map { JSONValue(Int($0)) }) })),
                ("margins", .array(report.samples.map { .array($0.margins.map(Self.rounded)) })),
                ("reconstructions", .array(reconstructions)),
            ]))
    }

    /// JSON that can stand inside an element of a page, whatever names it contains.
    func text() throws(SGCError) -> String {
        let json = JSONValue.object([
            ("images", .array(images)), ("groups", .array(groups)), ("runs", .array(runs)),
        ])
        var bytes: [UInt8] = []
        for byte in try json.serialized().utf8 {
            if byte == UInt8(ascii: "<") { bytes += Array("\\u003c".utf8) } else { bytes.append(byte) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Six digits for each code.
    private static func digits(_ colors: CodeColors) -> JSONValue {
        .string(colors.colors.map { String(Markup.hexadecimal($0).dropFirst()) }.joined())
    }

    /// The classes of a code's tokens, in thousandths; empty when it has none.
    private static func shares(_ semantics: CodeSemantics, code: Int) -> JSONValue {
        let count = semantics.classes.count
        let row = semantics.histogram[code * count..<(code + 1) * count]
        let total = row.reduce(0, +)
        return .array(total > 0 ? row.map { JSONValue(Int(($0 / total * 1000).rounded())) } : [])
    }

    /// The used codes nearest to each used one, by all channels.
    private static func neighbors(_ report: RunReport) throws(SGCError) -> JSONValue {
        let codebook = report.codebook
        let used = (0..<codebook.size).filter { report.isUsed[$0] }
        let cloud = try PointCloud(
            codebook.rows(0..<codebook.dimension, of: used), dimension: codebook.dimension)
        var result = [JSONValue](repeating: .array([]), count: codebook.size)
        for (place, code) in used.enumerated() {
            result[code] = .array(cloud.nearest(to: place, count: neighborCount).map { JSONValue(used[$0]) })
        }
        return .array(result)
    }

    private static func rounded(_ margin: Float) -> JSONValue {
        .number((Double(margin) * 1000).rounded() / 1000)
    }
}
