/// Reads numbers and bytes, one after another, from bytes that anybody may have written.
///
/// All numbers are little-endian. Every read is checked; the position only moves when it succeeds.
package struct ByteReader {
    private let bytes: [UInt8]
    /// What the bytes are, for messages.
    private let source: String
    package private(set) var position = 0

    package init(_ bytes: [UInt8], source: String) {
        self.bytes = bytes
        self.source = source
    }

    package var remaining: Int { bytes.count - position }

    /// The next number.
    /// - Throws: `.truncated`.
    package mutating func integer<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws(SGCError)
        -> Number
    {
        var result: Number = 0
        for (index, byte) in try take(Number.bitWidth / 8).enumerated() {
            result |= Number(truncatingIfNeeded: byte) << (8 * index)
        }
        return result
    }

    package mutating func float() throws(SGCError) -> Float {
        Float(bitPattern: try integer())
    }

    /// The next `count` bytes.
    /// - Throws: `.truncated`; `.format` when `count` is negative.
    package mutating func take(_ count: Int) throws(SGCError) -> ArraySlice<UInt8> {
        guard count >= 0 else { throw SGCError(.format, "\(source): expected a count of bytes, got \(count)") }
        guard count <= remaining else {
            throw SGCError(
                .truncated, "\(source): expected \(count) bytes at offset \(position), got \(remaining) before the end")
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Throws `.format` when bytes are left.
    package func finish() throws(SGCError) {
        guard remaining == 0 else {
            throw SGCError(.format, "\(source): expected the end at offset \(position), got \(remaining) more bytes")
        }
    }
}
