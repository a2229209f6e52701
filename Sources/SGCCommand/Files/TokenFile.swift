import SGCBase
import SGCTokenizer

/// Tokens of images in a `.npy` file `[N, h, w]`, with a `.json` file beside it that says what they are.
struct TokenFile: Sendable, Equatable {
    /// What the `.json` file says.
    struct Description: Sendable, Equatable {
        /// SHA-256 of the weights of the model whose tokens these are.
        var model = ""
        var codebookSize = 0
        var downsamplingFactor = 0
        /// The size of the images, which the grid covers, in pixels.
        var width = 0
        var height = 0
        /// Whether images were scaled and cropped to that size.
        var isCropped = false
        var classNames: [String] = []
        /// Where each image came from.
        var files: [String] = []
    }

    let rows: Int
    let columns: Int
    /// `[N, h, w]`.
    let tokens: [Int32]
    /// nil when there is no `.json` file.
    let description: Description?

    var imageCount: Int { tokens.count / (rows * columns) }

    private static let format = "libsgc-tokens"
    private static let version = 1
    /// The most bytes of tokens that are read.
    private static let largest = 1 << 32

    /// - Throws: `.mismatch` when the tokens do not fill whole grids.
    init(rows: Int, columns: Int, tokens: [Int32], description: Description?) throws(SGCError) {
        guard rows > 0, columns > 0, !tokens.isEmpty, tokens.count % (rows * columns) == 0 else {
            throw SGCError(
                .mismatch, "tokens: expected grids of \(rows)x\(columns), got \(tokens.count) tokens")
        }
        self.rows = rows
        self.columns = columns
        self.tokens = tokens
        self.description = description
    }

    /// Writes both files; uint16 where the codebook allows, else int32.
    func write(_ path: String) throws(SGCError) {
        let shape = [imageCount, rows, columns]
        if (description?.codebookSize ?? .max) <= 65_536 {
            try NpyArray(shape: shape, elements: tokens.map { UInt16(truncatingIfNeeded: $0) }).write(path)
        } else {
            try NpyArray(shape: shape, elements: tokens).write(path)
        }
        if let description { try JSONFile.write(json(description), to: Self.sidecar(path)) }
    }

    /// - Throws: `.format` for an array that has not three sides, `.unsupported` for other elements; what files throw.
    static func read(_ path: String) throws(SGCError) -> TokenFile {
        let header = try NpyHeader(path: path)
        guard header.shape.count == 3, header.elementCount > 0 else {
            throw SGCError(
                .format, "\(shown(path)): expected tokens of shape [images, rows, columns], got \(header.shape)")
        }
        let tokens: [Int32]
        switch header.type {
        case .uint16: tokens = try NpyArray<UInt16>(path: path, limit: largest).elements.map { Int32($0) }
        case .int32: tokens = try NpyArray<Int32>(path: path, limit: largest).elements
        default:
            throw SGCError(
                .unsupported, "\(shown(path)): expected tokens as uint16 or int32, got \(header.type.rawValue)")
        }
        return try TokenFile(
            rows: header.shape[1], columns: header.shape[2], tokens: tokens, description: readDescription(path))
    }

    /// `tokens.npy` -> `tokens.json`.
    private static func sidecar(_ path: String) -> String {
        (path.hasSuffix(".npy") ? String(path.dropLast(4)) : path) + ".json"
    }

    private func json(_ d: Description) -> JSONValue {
        .object([
            ("format", .string(Self.format)), ("version", JSONValue(Self.version)), ("model", .string(d.model)),
            ("codebook_size", JSONValue(d.codebookSize)), ("downsampling_factor", JSONValue(d.downsamplingFactor)),
            ("width", JSONValue(d.width)), ("height", JSONValue(d.height)), ("cropped", .bool(d.isCropped)),
            ("rows", JSONValue(rows)), ("columns", JSONValue(columns)),
            ("class_names", .array(d.classNames.map { .string($0) })), ("files", .array(d.files.map { .string($0) })),
        ])
    }

    private static func readDescription(_ path: String) throws(SGCError) -> Description? {
        let path = sidecar(path)
        guard try File.exists(path) else { return nil }
        let limits = JSONLimits(bytes: 1 << 30, depth: 4, keys: 64)
        do throws(SGCError) {
            var reader = try JSONReader(File.readJSON(path, limits: limits))
            _ = try reader.choice("format", of: [format])
            _ = try reader.integer("version", range: 1...version)
            var d = Description()
            d.model = try reader.string("model")
            d.codebookSize = try reader.integer("codebook_size", range: 1 ... .max)
            d.downsamplingFactor = try reader.integer("downsampling_factor", range: 1 ... .max)
            d.width = try reader.integer("width", range: 1...PixelImage.largestSide)
            d.height = try reader.integer("height", range: 1...PixelImage.largestSide)
            d.isCropped = try reader.bool("cropped")
            _ = try reader.integer("rows", range: 1 ... .max)
            _ = try reader.integer("columns", range: 1 ... .max)
            d.classNames = try reader.strings("class_names")
            d.files = try reader.strings("files")
            try reader.finish()
            return d
        } catch {
            throw error.code == .io || error.code == .path ? error : error.within(shown(path))
        }
    }
}
