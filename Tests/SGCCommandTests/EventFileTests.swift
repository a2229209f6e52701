import SGCBase
import Testing

@testable import SGCCommand

@Suite("TensorBoard event files")
struct EventFileTests {
    @Test("CRC-32C has the check values of RFC 3720")
    func checksum() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
    }

    @Test("An event has the bytes that protobuf gives it")
    func event() {
        let bytes = EventFile.event(step: 300, seconds: 1.5, scalars: [("loss", 0.5), ("bad", .nan)])
        let summary: [UInt8] = [0x0A, 0x0B, 0x0A, 4] + Array("loss".utf8) + [0x15, 0, 0, 0, 0x3F]
        #expect(bytes == [0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0x10, 0xAC, 0x02, 0x2A, UInt8(summary.count)] + summary)
    }

    @Test("A file is a sequence of frames whose checksums hold, the first with the version")
    func file() throws {
        let folder = try TemporaryFolder()
        let file = try EventFile(directory: folder.path, seconds: 1_700_000_000)
        try file.add(step: 1, seconds: 2, scalars: [("a", 1)])
        try file.add(step: 2, seconds: 3, scalars: [("a", 2), ("b", 3)])
        let name = try #require(Directory.list(folder.path).first)
        #expect(name.hasPrefix("events.out.tfevents.1700000000."))
        var reader = ByteReader(try File.read("\(folder.path)/\(name)", limit: 1 << 20), source: name)
        var frames: [[UInt8]] = []
        while reader.remaining > 0 {
            let length: UInt64 = try reader.integer()
            #expect(try reader.integer(UInt32.self) == CRC32C.masked(length.littleEndianBytes))
            let data = Array(try reader.take(Int(length)))
            #expect(try reader.integer(UInt32.self) == CRC32C.masked(data))
            frames.append(data)
        }
        #expect(frames.count == 3)
        #expect(String(decoding: frames[0].suffix(13), as: UTF8.self) == "brain.Event:2")
        #expect(frames[1] == EventFile.event(step: 1, seconds: 2, scalars: [("a", 1)]))
        #expect(frames[2] == EventFile.event(step: 2, seconds: 3, scalars: [("a", 2), ("b", 3)]))
    }
}
