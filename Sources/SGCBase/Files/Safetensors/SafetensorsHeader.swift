/// The header of a safetensors file: which tensors, where, and the metadata.
struct SafetensorsHeader: Sendable {
    struct Entry: Sendable {
        let tensor: SafetensorsTensor
        /// The first byte, counted from the end of the header.
        let begin: Int
    }

    /// In the order of their bytes.
    let entries: [Entry]
    /// Text by key, for looking up; without the digests.
    let metadata: [String: String]
    /// Digests by tensor name, for looking up.
    let digests: [String: String]

    /// Reads a header strictly: the tensors have to fill `dataCount` bytes from the first to the last without holes or
    /// overlaps.
    ///
    /// - Parameters:
    ///   - bytes: The JSON text, perhaps with spaces behind it.
    ///   - source: The file, for messages.
    ///   - dataCount: The bytes of the file after the header.
    /// - Throws: `.format`, `.truncated` when the tensors need more bytes, `.limit`, `.unsupported`.
    init(parsing bytes: [UInt8], source: String, dataCount: Int, limits: SafetensorsLimits) throws(SGCError) {
        let members = try Self.members(bytes, source, limits)
        var entries: [Entry] = []
        var text: [String: String] = [:]
        for member in members {
            if member.key == SafetensorsTensor.metadataKey {
                text = try Self.metadata(member.value, source)
            } else {
                entries.append(try Self.entry(member, source))
            }
        }
        guard entries.count <= limits.tensors else {
            throw SGCError(.limit, "\(source): expected at most \(limits.tensors) tensors, got \(entries.count)")
        }
        entries.sort { ($0.begin, $0.tensor.byteCount) < ($1.begin, $1.tensor.byteCount) }
        try Self.checkLayout(entries, source, dataCount)
        try Self.checkSizes(entries, source, dataCount, limits)

        var digests: [String: String] = [:]
        for entry in entries {
            let key = SafetensorsTensor.digestKey(entry.tensor.name)
            guard let digest = text.removeValue(forKey: key) else { continue }
            digests[entry.tensor.name] = digest
        }
        self.entries = entries
        self.metadata = text
        self.digests = digests
    }

    private static func members(
        _ bytes: [UInt8], _ source: String, _ limits: SafetensorsLimits
    ) throws(SGCError) -> [JSONObject.Member] {
        guard bytes.first == UInt8(ascii: "{") else {
            throw SGCError(.format, "\(source): expected a header that starts with {")
        }
        do throws(SGCError) {
            guard case .object(let object) = try JSONValue(parsing: bytes, source: source, limits: limits.json) else {
                throw SGCError(.format, "\(source): expected a header that is an object")
            }
            return object.members
        } catch {
            // A number out of range is here only another header that nothing can be read by.
            throw error.code == .range ? SGCError(.format, error.message) : error
        }
    }

    private static func metadata(_ value: JSONValue, _ source: String) throws(SGCError) -> [String: String] {
        guard case .object(let object) = value else {
            throw SGCError(.format, "\(source): expected __metadata__ to be an object, got \(value.summary)")
        }
        var result: [String: String] = [:]
        for member in object.members {
            guard case .string(let text) = member.value else {
                throw SGCError(
                    .format,
                    "\(source): expected __metadata__ to hold strings, got \(member.value.summary) in \(quoted(member.key))"
                )
            }
            result[member.key] = text
        }
        return result
    }

    private static func entry(_ member: JSONObject.Member, _ source: String) throws(SGCError) -> Entry {
        let place = "\(source): tensor \(quoted(member.key))"
        guard case .object(let object) = member.value else {
            throw SGCError(.format, "\(place): expected an object, got \(member.value.summary)")
        }
        if let unknown = object.keys.first(where: { !["dtype", "shape", "data_offsets"].contains($0) }) {
            throw SGCError(.format, "\(place): expected dtype, shape and data_offsets, got \(quoted(unknown))")
        }
        guard case .string(let typeName)? = object["dtype"] else {
            throw SGCError(.format, "\(place): expected a dtype, got \(object["dtype"]?.summary ?? "none")")
        }
        guard let type = SafetensorsType(rawValue: typeName) else {
            let isForeign = SafetensorsType.foreign.contains(typeName)
            throw SGCError(isForeign ? .unsupported : .format, "\(place): unknown dtype \(quoted(typeName))")
        }
        let shape = try integers(object["shape"], "\(place): shape")
        let offsets = try integers(object["data_offsets"], "\(place): data_offsets")
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw SGCError(.format, "\(place): expected data_offsets [begin, end], got \(offsets.prefix(4))")
        }
        let tensor: SafetensorsTensor
        do {
            tensor = try SafetensorsTensor(name: member.key, type: type, shape: shape)
        } catch {
            throw error.within(source)
        }
        guard offsets[1] - offsets[0] == tensor.byteCount else {
            throw SGCError(
                .format, "\(place): expected \(tensor.byteCount) bytes for \(tensor), got \(offsets[1] - offsets[0])")
        }
        return Entry(tensor: tensor, begin: offsets[0])
    }

    /// An array of integers that are 0 or more.
    private static func integers(_ value: JSONValue?, _ place: String) throws(SGCError) -> [Int] {
        guard case .array(let elements)? = value else {
            throw SGCError(.format, "\(place): expected an array, got \(value?.summary ?? "none")")
        }
        var result: [Int] = []
        for element in elements {
            guard case .integer(let wide) = element, let integer = Int(exactly: wide), integer >= 0 else {
                throw SGCError(.format, "\(place): expected integers of 0 or more, got \(element.summary)")
            }
            result.append(integer)
        }
        return result
    }

    private static func checkLayout(_ entries: [Entry], _ source: String, _ dataCount: Int) throws(SGCError) {
        var end = 0
        for entry in entries {
            guard entry.begin == end else {
                throw SGCError(
                    .format,
                    "\(source): expected tensor \(quoted(entry.tensor.name)) to begin at \(end), got \(entry.begin)")
            }
            // Cannot overflow: `entry` has checked that the sum is the Int in the file.
            end += entry.tensor.byteCount
        }
        guard end <= dataCount else {
            throw SGCError(.truncated, "\(source): expected \(end) bytes of tensors, got \(dataCount)")
        }
        guard end == dataCount else {
            throw SGCError(.format, "\(source): expected the end after \(end) bytes of tensors, got \(dataCount)")
        }
    }

    private static func checkSizes(
        _ entries: [Entry], _ source: String, _ dataCount: Int, _ limits: SafetensorsLimits
    ) throws(SGCError) {
        guard dataCount <= limits.modelBytes else {
            throw SGCError(
                .limit, "\(source): expected at most \(limits.modelBytes) bytes of tensors, got \(dataCount)")
        }
        if let large = entries.first(where: { $0.tensor.byteCount > limits.tensorBytes })?.tensor {
            throw SGCError(
                .limit,
                "\(source): expected tensors of at most \(limits.tensorBytes) bytes, got \(large.byteCount) in \(large)"
            )
        }
    }
}
