/// A weights file in the safetensors format, open for reading.
///
/// Opening reads and checks the header only. Tensors are read into memory of the caller, in any order and from any
/// thread; the file is never mapped, so another process that cuts it short causes an error and nothing else.
/// Format: github.com/huggingface/safetensors, README. Stricter than it asks: no two equal keys, no unknown keys.
package final class SafetensorsFile: Sendable {
    private let file: OpenFile
    private let header: SafetensorsHeader
    private let dataStart: Int
    /// Where each tensor stands in the header, by name.
    private let indices: [String: Int]

    /// Whether NaN and infinity may stand in tensors of floating-point numbers.
    package enum NonFinite: Sendable {
        case refused, allowed
    }

    /// - Throws: `.path` or `.io` when the file cannot be opened, `.truncated`, `.format`, `.limit`, `.unsupported` for
    ///   what is wrong with its header.
    package convenience init(path: String, limits: SafetensorsLimits = SafetensorsLimits()) throws(SGCError) {
        try self.init(opening: OpenFile.reading(path), limits: limits)
    }

    /// - Throws: as above.
    package init(opening file: OpenFile, limits: SafetensorsLimits = SafetensorsLimits()) throws(SGCError) {
        let source = shown(file.path)
        let size = try file.size()
        guard size >= 8 else {
            throw SGCError(.truncated, "\(source): expected a length of 8 bytes first, got a file of \(size) bytes")
        }
        var lengthReader = ByteReader(try file.read(8, at: 0), source: source)
        let length: UInt64 = try lengthReader.integer()
        guard length > 0 else { throw SGCError(.format, "\(source): expected a header, got one of 0 bytes") }
        guard let headerCount = Int(exactly: length), headerCount <= limits.headerBytes else {
            throw SGCError(.limit, "\(source): expected a header of at most \(limits.headerBytes) bytes, got \(length)")
        }
        guard headerCount <= size - 8 else {
            throw SGCError(.truncated, "\(source): expected a header of \(headerCount) bytes, got \(size - 8)")
        }
        let start = 8 + headerCount
        self.header = try SafetensorsHeader(
            parsing: try file.read(headerCount, at: 8), source: source, dataCount: size - start, limits: limits)
        self.file = file
        self.dataStart = start
        var indices: [String: Int] = [:]
        for (index, entry) in header.entries.enumerated() { indices[entry.tensor.name] = index }
        self.indices = indices
    }

    /// All tensors, in the order of their bytes in the file.
    package var tensors: [SafetensorsTensor] { header.entries.map(\.tensor) }

    /// The tensor of that name; nil when there is none.
    package func tensor(_ name: String) -> SafetensorsTensor? {
        indices[name].map { header.entries[$0].tensor }
    }

    /// A text from the file's metadata; nil when there is none.
    package func metadata(_ key: String) -> String? { header.metadata[key] }

    /// The stored SHA-256 of a tensor in hexadecimal digits; nil when the file has none.
    package func digest(_ name: String) -> String? { header.digests[name] }

    /// Reads the elements of a tensor as they stand in the file (row-major, little-endian) and checks them against the
    /// stored digest if there is one.
    ///
    /// - Parameter buffer: ``SafetensorsTensor/byteCount`` bytes. What it holds after an error is undefined.
    /// - Throws: `.argument` when there is no such tensor or the buffer is of another size, `.checksum`, `.numeric` for
    ///   NaN or infinity where refused, `.truncated` or `.io`.
    package func read(
        _ name: String, into buffer: UnsafeMutableRawBufferPointer, nonFinite: NonFinite = .refused
    ) throws(SGCError) {
        guard let entry = indices[name].map({ header.entries[$0] }) else {
            throw SGCError(.argument, "\(shown(file.path)): there is no tensor \(quoted(name))")
        }
        guard buffer.count == entry.tensor.byteCount else {
            throw SGCError(
                .argument,
                "\(shown(file.path)): expected a buffer of \(entry.tensor.byteCount) bytes for \(entry.tensor), got \(buffer.count)"
            )
        }
        let expected = digest(name)
        var hash = SHA256()
        for start in stride(from: 0, to: buffer.count, by: Self.chunk) {
            let end = min(start + Self.chunk, buffer.count)
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start..<end])
            try unsafe file.read(into: part, at: dataStart + entry.begin + start)
            if expected != nil { unsafe hash.update(UnsafeRawBufferPointer(part)) }
            if nonFinite == .refused,
                let index = unsafe entry.tensor.type.firstNonFinite(in: UnsafeRawBufferPointer(part))
            {
                let element = start / entry.tensor.type.byteCount + index
                throw SGCError(
                    .numeric,
                    "\(shown(file.path)): expected finite numbers, got another at index \(element) of \(entry.tensor)")
            }
        }
        if let expected, hash.hexDigest() != expected {
            throw SGCError(
                .checksum,
                "\(shown(file.path)): expected SHA-256 \(quoted(expected)), got \(hash.hexDigest()) for \(entry.tensor)"
            )
        }
    }

    /// Reads the elements of a tensor into a new array; for small ones.
    package func read(_ name: String, nonFinite: NonFinite = .refused) throws(SGCError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: tensor(name)?.byteCount ?? 0)
        try unsafe bytes.withUnsafeMutableBufferPointer { (buffer) throws(SGCError) in
            try unsafe read(name, into: UnsafeMutableRawBufferPointer(buffer), nonFinite: nonFinite)
        }
        return bytes
    }

    /// Throws `.mismatch`, naming up to ten tensors, unless the file holds all of `expected` with their types and shapes.
    ///
    /// - Parameters:
    ///   - anyFloat: Whether a tensor may be stored as another of F64, F32, F16 and BF16 than expected.
    ///   - others: Whether the file may hold other tensors as well.
    package func require(
        _ expected: [SafetensorsTensor], anyFloat: Bool = false, others: Bool = false
    ) throws(SGCError) {
        var problems: [String] = []
        for tensor in expected {
            guard let found = self.tensor(tensor.name) else {
                problems.append("\(tensor) is missing")
                continue
            }
            let typeFits = found.type == tensor.type || anyFloat && found.type.isFloat && tensor.type.isFloat
            if !typeFits || found.shape != tensor.shape { problems.append("expected \(tensor), got \(found)") }
        }
        if !others {
            let names = Set(expected.map(\.name))
            for tensor in tensors where !names.contains(tensor.name) { problems.append("\(tensor) is not expected") }
        }
        guard !problems.isEmpty else { return }
        let more = problems.count > 10 ? "; and \(problems.count - 10) more" : ""
        throw SGCError(.mismatch, "\(shown(file.path)): \(problems.prefix(10).joined(separator: "; "))\(more)")
    }

    /// Bytes that are read, digested and looked through at a time, so that they are still in the cache; a multiple of
    /// every element's size.
    private static let chunk = 1 << 18
}

extension SafetensorsType {
    package var isFloat: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: true
        default: false
        }
    }

    /// The index of the first NaN or infinity among the elements in `bytes`; nil when there is none.
    func firstNonFinite(in bytes: UnsafeRawBufferPointer) -> Int? {
        // A number is finite unless all bits of its exponent are set.
        switch self {
        case .float64: unsafe Self.firstIndex(of: UInt64(0x7FF0_0000_0000_0000), in: bytes)
        case .float32: unsafe Self.firstIndex(of: UInt32(0x7F80_0000), in: bytes)
        case .float16: unsafe Self.firstIndex(of: UInt16(0x7C00), in: bytes)
        case .bfloat16: unsafe Self.firstIndex(of: UInt16(0x7F80), in: bytes)
        default: nil
        }
    }

    @inline(__always)
    private static func firstIndex<Word: FixedWidthInteger & BitwiseCopyable>(
        of mask: Word, in bytes: UnsafeRawBufferPointer
    ) -> Int? {
        let size = MemoryLayout<Word>.size
        // Invariant: every offset is at most bytes.count - size.
        for index in 0..<bytes.count / size {
            let word = unsafe Word(littleEndian: bytes.loadUnaligned(fromByteOffset: index &* size, as: Word.self))
            if word & mask == mask { return index }
        }
        return nil
    }
}
