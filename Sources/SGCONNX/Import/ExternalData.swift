import SGCBase

/// The files beside a model that hold elements of its tensors.
struct ExternalData {
    /// A part of a file, known to lie inside it.
    struct Range {
        let file: OpenFile
        let offset: Int
        let count: Int

        /// - Throws: `.truncated` when the file has shrunk meanwhile, `.io`.
        func read(place: String) throws(SGCError) -> [UInt8] {
            do {
                return try file.read(count, at: offset)
            } catch {
                throw error.within(place)
            }
        }
    }

    /// How many entries said something that is not read.
    private var ignoredKeys = 0
    /// The model's path; nil for a model that came as bytes.
    private let model: String?
    /// Made for the first reference.
    private var files: EnclosedFiles?
    /// The last file, as most models have one for all tensors; some have one for each.
    private var open: OpenFile?

    /// - Parameter model: The model's path; nil when it has none, and then no tensor may refer to a file.
    init(model: String?) {
        self.model = model
    }

    /// What was ignored, one sentence each.
    var notes: [String] {
        ignoredKeys == 0
            ? [] : ["ignored \(ignoredKeys) entries of external data other than location, offset and length"]
    }

    /// Refuses a tensor that may not refer to another file.
    /// - Throws: `.path`, and `.unsupported` inside branches.
    func check(_ role: TensorReader.Role, place: String) throws(SGCError) {
        guard model != nil else { throw Self.noDirectory(place) }
        switch role {
        case .initializer: return
        case .attribute: throw SGCError(.path, "\(place): an attribute cannot refer to another file")
        case .branch:
            throw SGCError(.unsupported, "\(place): elements in another file are not supported inside branches")
        }
    }

    /// Opens the file that the entries name and checks that it holds the bytes.
    ///
    /// - Throws: `.path` for a name that is not allowed, `.format` for offsets and lengths that are no numbers or do not
    ///   fit the tensor, `.truncated` when they lie beyond the end, `.io`.
    mutating func locate(
        _ entries: [(key: String, value: String)], byteCount: Int, place: String
    ) throws(SGCError) -> Range {
        guard let model else { throw Self.noDirectory(place) }
        var location: String?
        var offset: Int?
        var length: Int?
        for (key, value) in entries {
            switch key {
            case "location":
                guard location == nil else { throw SGCError(.format, "\(place): expected one location, got several") }
                location = value
            case "offset": offset = try Self.number(value, key, once: offset == nil, place)
            case "length": length = try Self.number(value, key, once: length == nil, place)
            default: ignoredKeys += 1
            }
        }
        let name = location ?? ""
        let file: OpenFile
        if let open, open.path == name {
            file = open
        } else {
            do {
                let files = if let files { files } else { try EnclosedFiles(beside: model) }
                self.files = files
                file = try files.open(name)
            } catch {
                throw error.within(place)
            }
            open = file
        }
        let start = offset ?? 0
        let count = length ?? byteCount
        let size = try file.size()
        let (end, overflow) = start.addingReportingOverflow(count)
        guard !overflow, end <= size else {
            throw SGCError(
                .truncated, "\(place): expected \(count) bytes at \(start) of \(shown(name)), which has \(size) bytes")
        }
        guard count == byteCount else {
            throw SGCError(.format, "\(place): expected \(byteCount) bytes in \(shown(name)), got a length of \(count)")
        }
        return Range(file: file, offset: start, count: count)
    }

    private static func noDirectory(_ place: String) -> SGCError {
        SGCError(.path, "\(place): a model given as bytes cannot refer to another file")
    }

    private static func number(_ text: String, _ key: String, once: Bool, _ place: String) throws(SGCError) -> Int {
        guard once else { throw SGCError(.format, "\(place): expected one \(key), got several") }
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(text)
        else {
            throw SGCError(.format, "\(place): expected a number of bytes as \(key), got \(quoted(text))")
        }
        return number
    }
}
