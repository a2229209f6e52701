/// Writes weights files in the safetensors format.
package enum SafetensorsWriter {
    /// Takes the next bytes of a tensor.
    package typealias Sink = (UnsafeRawBufferPointer) throws(SGCError) -> Void

    /// Writes a file atomically, with the SHA-256 of every tensor in its metadata.
    ///
    /// Tensors stand in the file by falling element size, else in the given order, so that each is aligned as other
    /// readers of the format want it; they are asked for in that order and never held in memory.
    /// - Parameters:
    ///   - metadata: Texts in the order in which they are written; keys that start with `sha256:` are taken.
    ///   - provide: Hands all bytes of the tensor with the given index in `tensors` to the sink, in any number of parts.
    /// - Throws: `.argument` for two equal names or keys, `.limit` for too much of anything, `.mismatch` when a tensor
    ///   gets another number of bytes than its shape says, `.path` and `.io` as ``AtomicFile/write(_:body:)``.
    package static func write(
        _ path: String, tensors: [SafetensorsTensor], metadata: [(key: String, value: String)] = [],
        limits: SafetensorsLimits = SafetensorsLimits(), provide: (Int, Sink) throws(SGCError) -> Void
    ) throws(SGCError) {
        try check(tensors, metadata, limits)
        let order = tensors.indices.sorted {
            (-tensors[$0].type.byteCount, $0) < (-tensors[$1].type.byteCount, $1)
        }
        let ordered = order.map { tensors[$0] }
        // Digests are known after the tensors are written; until then, zeros keep their place in the temporary file.
        let unknown = String(repeating: "0", count: 64)
        let placeholder = try header(ordered, [String](repeating: unknown, count: ordered.count), metadata)
        guard placeholder.count <= limits.headerBytes else {
            throw SGCError(
                .limit,
                "\(shown(path)): expected a header of at most \(limits.headerBytes) bytes, got \(placeholder.count)")
        }
        try AtomicFile.write(path) { (writer) throws(SGCError) in
            try writer.write((0..<8).map { UInt8(truncatingIfNeeded: placeholder.count >> (8 * $0)) })
            try writer.write(placeholder)
            var digests: [String] = []
            for index in order {
                digests.append(try unsafe write(tensors[index], index, to: &writer, provide))
            }
            try writer.overwrite(at: 8, try header(ordered, digests, metadata))
        }
    }

    /// Writes one tensor and returns its digest.
    private static func write(
        _ tensor: SafetensorsTensor, _ index: Int, to writer: inout FileWriter,
        _ provide: (Int, Sink) throws(SGCError) -> Void
    ) throws(SGCError) -> String {
        var hash = SHA256()
        let start = writer.count
        try unsafe provide(index) { (bytes) throws(SGCError) in
            unsafe hash.update(bytes)
            try unsafe writer.write(bytes)
        }
        guard writer.count - start == tensor.byteCount else {
            throw SGCError(
                .mismatch, "expected \(tensor.byteCount) bytes for \(tensor), got \(writer.count - start)")
        }
        return hash.hexDigest()
    }

    /// The JSON text, with spaces behind it so that the tensors begin at a multiple of 8 bytes.
    private static func header(
        _ tensors: [SafetensorsTensor], _ digests: [String], _ metadata: [(key: String, value: String)]
    ) throws(SGCError) -> [UInt8] {
        var texts = metadata.map { JSONObject.Member($0.key, .string($0.value)) }
        texts += zip(tensors, digests).map { JSONObject.Member(SafetensorsTensor.digestKey($0.name), .string($1)) }
        var members = [JSONObject.Member(SafetensorsTensor.metadataKey, .object(JSONObject(distinct: texts)))]
        var begin = 0
        for tensor in tensors {
            let end = begin + tensor.byteCount
            members.append(
                JSONObject.Member(
                    tensor.name,
                    [
                        "dtype": .string(tensor.type.rawValue), "shape": .array(tensor.shape.map { JSONValue($0) }),
                        "data_offsets": [JSONValue(begin), JSONValue(end)],
                    ]))
            begin = end
        }
        var bytes = Array(try JSONValue.object(JSONObject(distinct: members)).serialized().utf8)
        while bytes.count % 8 != 0 { bytes.append(UInt8(ascii: " ")) }
        return bytes
    }

    private static func check(
        _ tensors: [SafetensorsTensor], _ metadata: [(key: String, value: String)], _ limits: SafetensorsLimits
    ) throws(SGCError) {
        guard tensors.count <= limits.tensors else {
            throw SGCError(.limit, "expected at most \(limits.tensors) tensors, got \(tensors.count)")
        }
        var names: Set<String> = []
        var total = 0
        for tensor in tensors {
            guard names.insert(tensor.name).inserted else {
                throw SGCError(.argument, "expected tensors of different names, got two named \(quoted(tensor.name))")
            }
            // Cannot overflow: the sum so far and a tensor are each below the limits, far below 2⁶².
            guard tensor.byteCount <= limits.tensorBytes, total + tensor.byteCount <= limits.modelBytes else {
                throw SGCError(
                    .limit,
                    "expected tensors of at most \(limits.tensorBytes) and together \(limits.modelBytes) bytes, got more at \(tensor)"
                )
            }
            total += tensor.byteCount
        }
        var keys: Set<String> = []
        for (key, value) in metadata {
            guard keys.insert(key).inserted, !key.hasPrefix("sha256:"), !key.utf8.contains(0), !value.utf8.contains(0)
            else {
                throw SGCError(.argument, "expected distinct metadata keys without sha256: and NUL, got \(quoted(key))")
            }
        }
    }
}
