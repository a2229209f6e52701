import COnnx
import SGCBase

extension TensorReader {
    /// How many of the fields that may hold elements do.
    static func filledFields(_ info: connx_tensor_info) -> Int {
        let counts = unsafe [
            info.raw.count, info.float_count, info.int32_count, info.int64_count, info.double_count, info.uint64_count,
            info.string_count,
        ]
        return counts.count { $0 > 0 }
    }

    /// The elements that the file itself holds, little endian.
    ///
    /// - Parameters:
    ///   - info: What the shim lends, with the pointers and counts that belong together.
    ///   - reserve: Called once the elements are known to be there, before memory is taken for them.
    static func bytes(
        _ info: connx_tensor_info, type: ElementType, count: Int, place: String, reserve: () throws(SGCError) -> Void
    ) throws(SGCError) -> [UInt8] {
        let filled = unsafe filledFields(info)
        guard filled == (count == 0 ? 0 : 1) else {
            throw SGCError(
                .format, "\(place): expected \(count) elements in one field, got \(filled) fields with elements")
        }
        guard count > 0 else { return [] }
        if unsafe info.raw.count > 0 {
            // The caller knows that the product does not overflow.
            guard unsafe info.raw.count == count * type.size else {
                throw unsafe SGCError(
                    .format,
                    "\(place): expected \(count * type.size) bytes for \(count) elements, got \(info.raw.count)")
            }
            try reserve()
            return unsafe Array(UnsafeRawBufferPointer(start: info.raw.bytes, count: info.raw.count))
        }
        // Which field holds which type: onnx.proto, TensorProto.
        let stored: Int
        switch type {
        case .float32: stored = unsafe info.float_count
        case .float64: stored = unsafe info.double_count
        case .int64: stored = unsafe info.int64_count
        case .uint32, .uint64: stored = unsafe info.uint64_count
        default: stored = unsafe info.int32_count
        }
        guard stored == count else {
            throw SGCError(
                .format, "\(place): expected \(count) elements of \(type), got \(stored) in the field for them")
        }
        try reserve()
        switch type {
        case .float32:
            return unsafe Array(UnsafeRawBufferPointer(UnsafeBufferPointer(start: info.floats, count: count)))
        case .float64:
            return unsafe Array(UnsafeRawBufferPointer(UnsafeBufferPointer(start: info.doubles, count: count)))
        case .int64: return unsafe Array(UnsafeRawBufferPointer(UnsafeBufferPointer(start: info.ints64, count: count)))
        case .uint64:
            return unsafe Array(UnsafeRawBufferPointer(UnsafeBufferPointer(start: info.uints64, count: count)))
        case .int32: return unsafe Array(UnsafeRawBufferPointer(UnsafeBufferPointer(start: info.ints32, count: count)))
        case .uint32:
            return try unsafe narrowed(UnsafeBufferPointer(start: info.uints64, count: count), to: UInt32.self, place)
        case .int8:
            return try unsafe narrowed(UnsafeBufferPointer(start: info.ints32, count: count), to: Int8.self, place)
        case .int16:
            return try unsafe narrowed(UnsafeBufferPointer(start: info.ints32, count: count), to: Int16.self, place)
        case .uint8, .bool:
            return try unsafe narrowed(UnsafeBufferPointer(start: info.ints32, count: count), to: UInt8.self, place)
        case .uint16, .float16, .bfloat16:
            // The bits of the two floating-point types stand in the lower half.
            return try unsafe narrowed(UnsafeBufferPointer(start: info.ints32, count: count), to: UInt16.self, place)
        case .string, .complex64, .complex128:
            throw SGCError(.unsupported, "\(place): elements of type \(type) are not supported")
        }
    }

    private static func narrowed<Stored: FixedWidthInteger, Number: FixedWidthInteger>(
        _ numbers: UnsafeBufferPointer<Stored>, to type: Number.Type, _ place: String
    ) throws(SGCError) -> [UInt8] {
        var result: [Number] = []
        result.reserveCapacity(numbers.count)
        for index in numbers.indices {
            let number = unsafe numbers[index]
            guard let narrow = Number(exactly: number) else {
                throw SGCError(
                    .format, "\(place): expected elements from \(Number.min) to \(Number.max), got \(number)")
            }
            result.append(narrow.littleEndian)
        }
        return unsafe result.withUnsafeBytes { unsafe Array($0) }
    }
}
