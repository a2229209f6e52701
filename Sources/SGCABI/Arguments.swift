import Glibc
import SGCBase

/// The pointer, if it is one.
/// - Throws: `.argument` for NULL, with the parameter's name.
func require<Pointer>(_ pointer: Pointer?, _ name: StaticString) throws(SGCError) -> Pointer {
    guard let pointer else {
        throw SGCError(.argument, "\(name): expected a pointer, got NULL")
    }
    return pointer
}

/// A string of the host as a value.
/// - Parameter limit: the most bytes it may have.
/// - Throws: `.argument` for NULL, an empty string and what is not UTF-8; `tooLong` beyond the limit.
func string(
    _ pointer: UnsafePointer<CChar>?, _ name: StaticString, limit: Int, tooLong: SGCError.Code
) throws(SGCError) -> String {
    let pointer = try unsafe require(pointer, name)
    let count = unsafe strnlen(pointer, limit + 1)
    guard count > 0 else {
        throw SGCError(.argument, "\(name): expected text, got an empty string")
    }
    guard count <= limit else {
        throw SGCError(tooLong, "\(name): expected at most \(limit) bytes, got more")
    }
    let bytes = unsafe UnsafeRawBufferPointer(start: pointer, count: count)
    guard let text = unsafe String(validating: bytes, as: UTF8.self) else {
        throw SGCError(.argument, "\(name): expected UTF-8")
    }
    return text
}

/// A path of the host as a value.
func path(_ pointer: UnsafePointer<CChar>?, _ name: StaticString) throws(SGCError) -> String {
    try unsafe string(pointer, name, limit: Int(PATH_MAX) - 1, tooLong: .io)
}

/// A structure of the host as a value, read by its `struct_size`, which is its first field.
///
/// Structures grow at their end only. A newer caller's longer one is accepted if all that is not known here is zero.
/// - Throws: `.argument` for NULL; `.abi` for a size that does not fit or an unknown field that is set.
func structure<Value: BitwiseCopyable>(
    _ pointer: UnsafePointer<Value>?, _ name: StaticString
) throws(SGCError) -> Value {
    try unsafe structure(at: UnsafeRawPointer(require(pointer, name)), size: nil, name)
}

/// As ``structure(_:_:)``, from an address.
/// - Parameter size: what `struct_size` must be; `nil` when any that fits will do.
func structure<Value: BitwiseCopyable>(
    at address: UnsafeRawPointer, size expected: Int?, _ name: StaticString
) throws(SGCError) -> Value {
    let size = Int(unsafe address.loadUnaligned(as: UInt32.self))
    let known = MemoryLayout<Value>.size
    guard size >= known, size <= largestStructure else {
        throw SGCError(.abi, "\(name): expected a struct_size in \(known)...\(largestStructure), got \(size)")
    }
    guard expected == nil || size == expected else {
        throw SGCError(.abi, "\(name): expected one struct_size for all elements, \(expected ?? 0), got \(size)")
    }
    for offset in known..<size {
        guard unsafe address.load(fromByteOffset: offset, as: UInt8.self) == 0 else {
            throw SGCError(.abi, "\(name): byte \(offset) sets a field that this version does not know")
        }
    }
    return unsafe address.loadUnaligned(as: Value.self)
}

/// The largest `struct_size` that is taken for one.
private let largestStructure = 4096

/// Writes the fields that this version knows back into a host's structure; a longer one keeps its tail.
func write<Value: BitwiseCopyable>(_ value: Value, to pointer: UnsafeMutablePointer<Value>) {
    unsafe withUnsafeBytes(of: value) { bytes in
        if let start = bytes.baseAddress {
            unsafe UnsafeMutableRawPointer(pointer).copyMemory(from: start, byteCount: MemoryLayout<Value>.size)
        }
    }
}

/// Element `index` of a host's array of structures, which lie `struct_size` bytes apart.
/// - Throws: as ``structure(at:size:_:)``; `.argument` when the array would not fit into memory.
func element<Value: BitwiseCopyable>(
    _ index: Int, of array: UnsafePointer<Value>, _ name: StaticString
) throws(SGCError) -> Value {
    let start = unsafe UnsafeRawPointer(array)
    let size = Int(unsafe start.loadUnaligned(as: UInt32.self))
    let (offset, overflow) = index.multipliedReportingOverflow(by: size)
    guard !overflow else {
        throw SGCError(.argument, "\(name): expected an array that memory can hold")
    }
    try unsafe checkAddresses(of: start, extent: offset)
    return try unsafe structure(at: start + offset, size: size, name)
}

/// Copies text to a host's buffer, ended by NUL, and tells how many bytes that needs.
/// - Throws: `.argument` for a buffer that is too small; a NULL buffer of no capacity asks for the size only.
func answer(
    _ text: String, size: UnsafeMutablePointer<Int>?, buffer: UnsafeMutablePointer<CChar>?, capacity: Int
) throws(SGCError) {
    let size = try unsafe require(size, "out_size_bytes")
    let needed = text.utf8.count + 1
    unsafe size.pointee = needed
    if unsafe buffer == nil && capacity == 0 { return }
    let buffer = try unsafe require(buffer, "buffer")
    guard capacity >= needed || capacity < 0 else {
        throw SGCError(.argument, "buffer: expected room for \(needed) bytes, got \(capacity)")
    }
    let bytes = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: needed)
    unsafe bytes.copyBytes(from: text.utf8)
    unsafe bytes[needed - 1] = 0
}
