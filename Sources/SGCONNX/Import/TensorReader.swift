import COnnx
import SGCBase
import SGCTensor

/// Reads tensors out of a parsed model or out of the files that it refers to, and counts their bytes.
struct TensorReader {
    /// Where a tensor stands, which decides whether its elements may be in another file.
    enum Role {
        case initializer, attribute, branch
    }

    let limits: ImportLimits
    var external: ExternalData
    /// Bytes of all tensors so far.
    private var total = 0

    init(limits: ImportLimits, external: ExternalData) {
        self.limits = limits
        self.external = external
    }

    /// Reads a tensor and gives back what the parsed model keeps of it.
    ///
    /// - Parameter tensor: A handle that the model lends.
    mutating func read(
        _ tensor: OpaquePointer, as role: Role, place: String
    ) throws(SGCError) -> (name: String, tensor: ONNXTensor) {
        var info = unsafe connx_tensor_info()
        unsafe connx_tensor_read(tensor, &info)
        let name = try unsafe info.name.string(place)
        let place = name.isEmpty ? place : "\(place) \(quoted(name))"
        // Where it is comes before what it is: a reference that is not allowed stays unread whatever it says.
        if unsafe info.is_external { try external.check(role, place: place) }
        let type = try unsafe Self.elementType(info.type, place: place)
        guard unsafe !info.is_segment else {
            throw SGCError(.unsupported, "\(place): tensors stored in segments are not supported")
        }
        // The shim lends `rank` numbers.
        let extents = unsafe Array(UnsafeBufferPointer(start: info.dimensions, count: info.rank))
        let (dimensions, count) = try self.dimensions(extents, place: place)
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: type.size)
        guard !overflow else { throw SGCError(.format, "\(place): the size of \(dimensions) overflows") }
        let bytes: [UInt8]
        if unsafe info.is_external {
            bytes = try unsafe externalBytes(tensor, info, byteCount: byteCount, place: place)
        } else {
            bytes = try unsafe Self.bytes(info, type: type, count: count, place: place) { () throws(SGCError) in
                try reserve(byteCount, place: place)
            }
        }
        if type == .bool, bytes.contains(where: { $0 > 1 }) {
            throw SGCError(.format, "\(place): expected booleans 0 and 1, got another number")
        }
        unsafe connx_tensor_release(tensor)
        do {
            return (name, try ONNXTensor(type: type, shape: try Shape(dimensions), bytes: bytes))
        } catch {
            throw error.within(place)
        }
    }

    /// - Throws: `.unsupported` for types without numbers, and those newer than this code; `.format` for none.
    static func elementType(_ number: Int32, place: String) throws(SGCError) -> ElementType {
        guard number > 0 else { throw SGCError(.format, "\(place): expected an element type, got \(number)") }
        guard let type = ElementType(rawValue: number), type.size > 0, type != .complex64, type != .complex128 else {
            throw SGCError(.unsupported, "\(place): elements of type \(number) are not supported")
        }
        return type
    }

    private func dimensions(_ extents: [Int64], place: String) throws(SGCError) -> (dimensions: [Int], count: Int) {
        guard extents.count <= limits.rank else {
            throw SGCError(.limit, "\(place): expected at most \(limits.rank) axes, got \(extents.count)")
        }
        var dimensions: [Int] = []
        var count = 1
        for extent in extents {
            guard extent >= 0 else {
                throw SGCError(.format, "\(place): expected extents of at least 0, got \(extent)")
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(extent))
            guard !overflow else { throw SGCError(.format, "\(place): the number of elements overflows") }
            count = product
            dimensions.append(Int(extent))
        }
        return (dimensions, count)
    }

    /// Counts the bytes of a tensor before memory is taken for them.
    private mutating func reserve(_ count: Int, place: String) throws(SGCError) {
        guard count <= limits.tensorBytes else {
            throw SGCError(.limit, "\(place): expected at most \(limits.tensorBytes) bytes, got \(count)")
        }
        guard count <= limits.modelBytes - total else {
            throw SGCError(.limit, "\(place): expected at most \(limits.modelBytes) bytes in all tensors, got more")
        }
        total += count
    }

    private mutating func externalBytes(
        _ tensor: OpaquePointer, _ info: connx_tensor_info, byteCount: Int, place: String
    ) throws(SGCError) -> [UInt8] {
        guard unsafe Self.filledFields(info) == 0 else {
            throw SGCError(.format, "\(place): expected elements in another file only, got some here, too")
        }
        var entries: [(key: String, value: String)] = []
        for index in unsafe 0..<info.external_entries {
            let entry = unsafe connx_tensor_external(tensor, index)
            entries.append((try unsafe entry.key.string(place), try unsafe entry.value.string(place)))
        }
        let range = try external.locate(entries, byteCount: byteCount, place: place)
        try reserve(byteCount, place: place)
        return try range.read(place: place)
    }
}
