import COnnx
import SGCBase

/// A model as protobuf parsed it; what its parts lend lives as long as this.
@safe final class ParsedModel {
    let handle: OpaquePointer

    /// - Parameter bytes: What ``WireScan`` accepted.
    /// - Throws: `.format`, `.outOfMemory`.
    init(parsing bytes: [UInt8]) throws(SGCError) {
        var handle: OpaquePointer?
        // The shim reads `bytes.count` bytes and keeps none of them.
        let outcome = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe Self.call { message, capacity in
                unsafe connx_parse(buffer.baseAddress, buffer.count, &handle, message, capacity)
            }
        }
        if let failure = outcome { throw failure }
        guard let handle = unsafe handle else { throw SGCError(.internalError, "no model came back") }
        unsafe self.handle = handle
    }

    deinit {
        unsafe connx_free(handle)
    }

    /// The free properties of the model; of equal keys the first counts.
    func metadata(count: Int) throws(SGCError) -> [String: String] {
        var metadata: [String: String] = [:]
        for index in 0..<count {
            let entry = unsafe connx_model_metadata(handle, index)
            let key = try unsafe entry.key.string("metadata_props")
            let value = try unsafe entry.value.string("metadata_props")
            if metadata[key] == nil { metadata[key] = value }
        }
        return metadata
    }

    /// Runs libonnx's checker. Ends the life of all tensors' elements, metadata and external references.
    /// - Throws: `.format` with what the checker says, `.outOfMemory`.
    func check() throws(SGCError) {
        let failure = unsafe Self.call { message, capacity in unsafe connx_check(handle, message, capacity) }
        if let failure { throw failure.within("refused by the ONNX checker") }
    }

    /// Calls a function of the shim that reports failures in a status and a message; nil when it worked.
    private static func call(_ body: (UnsafeMutablePointer<CChar>?, Int) -> Int32) -> SGCError? {
        var message = [CChar](repeating: 0, count: 512)
        let status = unsafe message.withUnsafeMutableBufferPointer { buffer in
            unsafe body(buffer.baseAddress, buffer.count)
        }
        guard Int(status) != CONNX_OK else { return nil }
        let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The checker quotes names of the file, and breaks lines.
        return SGCError(Int(status) == CONNX_MEMORY ? .outOfMemory : .format, quoted(text, limit: 400))
    }
}

extension connx_text {
    /// The bytes as text.
    /// - Throws: `.format` when they are not UTF-8.
    func string(_ place: @autoclosure () -> String) throws(SGCError) -> String {
        // The shim lends `count` bytes while the model lives.
        let bytes = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
        guard let text = unsafe String(validating: bytes, as: UTF8.self) else {
            throw SGCError(.format, "\(place()): expected text in UTF-8")
        }
        return text
    }
}
