import Glibc
import SGCBase

/// A file of scalars that TensorBoard reads: protobuf events in TFRecord frames, written by hand.
///
/// TensorFlow: core/util/event.proto, core/framework/summary.proto, core/lib/io/record_writer.h.
struct EventFile {
    private let file: AppendingFile

    /// Starts a file in `directory` whose name TensorBoard recognizes.
    init(directory: String, seconds: Double) throws(SGCError) {
        let name = "events.out.tfevents.\(padded(Int(seconds), 10)).sgc.\(getpid())"
        file = try AppendingFile("\(directory)/\(name)")
        var event = ProtobufMessage()
        event.add(double: seconds, field: 1)
        event.add(string: "brain.Event:2", field: 3)
        try file.append(Self.record(event.bytes))
    }

    /// Adds the scalars of one step; values that are not finite are left out.
    func add(step: Int, seconds: Double, scalars: [(name: String, value: Double)]) throws(SGCError) {
        try file.append(Self.record(Self.event(step: step, seconds: seconds, scalars: scalars)))
    }

    /// The event: wall time (1), step (2), summary (5) of values (1) with tag (1) and number (2).
    static func event(step: Int, seconds: Double, scalars: [(name: String, value: Double)]) -> [UInt8] {
        var summary = ProtobufMessage()
        for scalar in scalars where scalar.value.isFinite {
            var value = ProtobufMessage()
            value.add(string: scalar.name, field: 1)
            value.add(float: Float(scalar.value), field: 2)
            summary.add(message: value, field: 1)
        }
        var event = ProtobufMessage()
        event.add(double: seconds, field: 1)
        event.add(integer: UInt64(max(0, step)), field: 2)
        event.add(message: summary, field: 5)
        return event.bytes
    }

    /// The frame: length (8 bytes), its masked CRC (4), data, its masked CRC (4); little-endian.
    static func record(_ data: [UInt8]) -> [UInt8] {
        let length = UInt64(data.count).littleEndianBytes
        return length + CRC32C.masked(length).littleEndianBytes + data + CRC32C.masked(data).littleEndianBytes
    }
}

/// The bytes of a protobuf message, field by field.
struct ProtobufMessage {
    private(set) var bytes: [UInt8] = []

    private mutating func add(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Wire types: 0 varint, 1 eight bytes, 2 a length and as many bytes, 5 four bytes.
    private mutating func add(tag field: UInt64, wire: UInt64) { add(varint: field << 3 | wire) }

    mutating func add(integer value: UInt64, field: UInt64) {
        add(tag: field, wire: 0)
        add(varint: value)
    }

    mutating func add(double value: Double, field: UInt64) {
        add(tag: field, wire: 1)
        bytes += value.bitPattern.littleEndianBytes
    }

    mutating func add(float value: Float, field: UInt64) {
        add(tag: field, wire: 5)
        bytes += value.bitPattern.littleEndianBytes
    }

    mutating func add(string value: String, field: UInt64) {
        add(tag: field, wire: 2)
        add(varint: UInt64(value.utf8.count))
        bytes += Array(value.utf8)
    }

    mutating func add(message: ProtobufMessage, field: UInt64) {
        add(tag: field, wire: 2)
        add(varint: UInt64(message.bytes.count))
        bytes += message.bytes
    }
}

/// The Castagnoli checksum (RFC 3720, appendix B.4), and how TFRecord masks it.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        var value = UInt32(byte)
        for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
        return value
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var value = UInt32.max
        for byte in bytes { value = value >> 8 ^ table[Int((value ^ UInt32(byte)) & 0xFF)] }
        return ~value
    }

    /// Rotated and shifted, so that the checksum of data that holds checksums is not trivial.
    static func masked(_ bytes: [UInt8]) -> UInt32 {
        let value = checksum(bytes)
        return (value >> 15 | value << 17) &+ 0xA282_EAD8
    }
}

extension FixedWidthInteger {
    var littleEndianBytes: [UInt8] {
        (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
    }
}
