import Glibc
import SGCBase
import Testing

@testable import SGCData

@Suite("Bad image files")
struct BadImageTests {
    private func code(_ bytes: [UInt8]) throws -> SGCError.Code {
        let error = try failure { _ = try ImageFile.image(in: bytes, name: "some/file.png") }
        #expect(error.message.hasPrefix("some/file.png: "))
        return error.code
    }

    @Test("A file cut anywhere is truncated", arguments: ["rgb8-interlaced.png", "palette8.png", "max200.ppm"])
    func cut(name: String) throws {
        let bytes = try ImageGolden.bytes(name)
        for count in 0..<bytes.count {
            #expect(try code(Array(bytes.prefix(count))) == .truncated, "cut after \(count) of \(bytes.count) bytes")
        }
    }

    @Test("A JPEG cut anywhere is truncated, never filled with grey", arguments: ["baseline.jpg", "progressive.jpg"])
    func cutJPEG(name: String) throws {
        let bytes = try ImageGolden.bytes(name)
        for count in 0..<bytes.count {
            #expect(try code(Array(bytes.prefix(count))) == .truncated, "cut after \(count) of \(bytes.count) bytes")
        }
    }

    @Test("No single changed byte of a PNG is taken for the image")
    func changedPNG() throws {
        let bytes = try ImageGolden.bytes("palette4.png")
        for i in bytes.indices {
            var changed = bytes
            changed[i] ^= 0x20
            #expect(throws: SGCError.self, "byte \(i)") { try ImageFile.image(in: changed, name: "x") }
            #expect(throws: SGCError.self, "byte \(i)") { try ImageFile.labels(in: changed, name: "x") }
        }
    }

    @Test("Random damage to any format ends in an image or an error")
    func randomDamage() throws {
        var random = RandomSource(seed: 7)
        for name in ["rgba8.png", "grey16.png", "baseline.jpg", "progressive.jpg", "cmyk.jpg", "max200.ppm"] {
            let bytes = try ImageGolden.bytes(name)
            var failures = 0
            for _ in 0..<200 {
                var changed = bytes
                for _ in 0..<4 { changed[random.integer(below: changed.count)] = UInt8(random.integer(below: 256)) }
                do { _ = try ImageFile.image(in: changed, name: "x") } catch { failures += 1 }
            }
            #expect(failures > 0)
        }
    }

    @Test("Checksums are checked, of needless chunks as well")
    func checksums() throws {
        var bytes = try ImageGolden.bytes("grey16.png")
        bytes[29] ^= 1  // CRC of IHDR
        #expect(try code(bytes) == .checksum)
        bytes[29] ^= 1
        bytes[41] ^= 1  // content of gAMA
        #expect(try code(bytes) == .checksum)
        let adler = PNGBytes.signature + PNGBytes.header(1, 1) + PNGBytes.data([0, 9], adler: 1) + PNGBytes.end
        #expect(try code(adler) == .checksum)
    }

    @Test("The builder of bad files builds good ones, too")
    func good() throws {
        let bytes = PNGBytes.signature + PNGBytes.header(1, 1) + PNGBytes.data([0, 9]) + PNGBytes.end + [1, 2, 3]
        #expect(try ImageFile.image(in: bytes, name: "x").pixels == [9, 9, 9])
    }

    @Test("Malformed PNG headers and chunks are format errors")
    func malformed() throws {
        let data = PNGBytes.data([0, 9])
        let palette = PNGBytes.chunk("PLTE", [1, 2, 3])
        let bad: [(String, [UInt8])] = [
            ("width 0", PNGBytes.header(0, 1) + data),
            ("height 0", PNGBytes.header(1, 0) + data),
            ("width 2^31", PNGBytes.header(1 << 31, 1) + data),
            ("depth 3", PNGBytes.header(1, 1, depth: 3) + data),
            ("color type 1", PNGBytes.header(1, 1, color: 1) + data),
            ("16-bit palette", PNGBytes.header(1, 1, depth: 16, color: 3) + palette + data),
            ("no palette", PNGBytes.header(1, 1, color: 3) + data),
            ("index beyond the palette", PNGBytes.header(1, 1, color: 3) + palette + data),
            ("no image data", PNGBytes.header(1, 1)),
            ("no header", data),
            ("two headers", PNGBytes.header(1, 1) + PNGBytes.header(1, 1) + data),
            ("filter 5", PNGBytes.header(1, 1) + PNGBytes.data([5, 9])),
        ]
        for (what, chunks) in bad {
            #expect(try code(PNGBytes.signature + chunks + PNGBytes.end) == .format, "\(what)")
        }
        let short = PNGBytes.header(2, 2) + PNGBytes.data([0, 9])
        #expect(try code(PNGBytes.signature + short + PNGBytes.end) == .truncated)
        let critical = PNGBytes.header(1, 1) + PNGBytes.chunk("CgBI", [0]) + data
        #expect(try code(PNGBytes.signature + critical + PNGBytes.end) == .unsupported)
    }

    @Test("Sizes are refused before memory is taken for them")
    func limits() throws {
        let data = PNGBytes.data([0, 9])
        for (width, height) in [(0x7FFF_FFFF, 0x7FFF_FFFF), (32_769, 1), (30_000, 30_000)] as [(UInt32, UInt32)] {
            let bytes = PNGBytes.signature + PNGBytes.header(width, height) + data + PNGBytes.end
            #expect(try code(bytes) == .limit, "\(width)x\(height)")
        }
        // Within the limits, but a hundred bytes cannot hold it.
        let bomb = PNGBytes.signature + PNGBytes.header(8_192, 8_192) + data + PNGBytes.end
        #expect(try code(bomb) == .truncated)
        #expect(try code(Array("P6 99999 99999 255 ".utf8)) == .limit)
        #expect(try code(Array("P6 8192 8192 255 ".utf8) + [1, 2]) == .truncated)
        var large = try ImageGolden.bytes("baseline.jpg")
        let frame = try #require(large.indices.dropLast().first { large[$0] == 0xFF && large[$0 + 1] == 0xC0 })
        for i in 5...8 { large[frame + i] = 0xFF }
        #expect(try code(large) == .limit)
    }

    @Test("Non-images and other formats say what they are")
    func others() throws {
        #expect(try code(Array("This is a text.".utf8)) == .format)
        #expect(try code([UInt8](repeating: 0, count: 100)) == .format)
        #expect(try code(Array("GIF89a......".utf8)) == .unsupported)
        #expect(try code(Array("RIFF....WEBPVP8 ".utf8)) == .unsupported)
        #expect(try code(ImageGolden.bytes("cmyk.jpg")) == .unsupported)
        #expect(try code([]) == .truncated)
    }

    @Test("Malformed PNM headers are format errors")
    func malformedPNM() throws {
        for text in [
            "P6 0 1 255 ", "P6 a 1 255 ", "P6 1 1 0 ", "P6 1 1 65536 ", "P5 -1 1 255 ", "P5 1234567890123 1 1 ",
        ] {
            #expect(try code(Array(text.utf8) + [1, 2, 3, 4, 5, 6]) == .format, "\(text)")
        }
        #expect(try code(Array("P5 1 1 10 ".utf8) + [11]) == .format)
    }

    @Test("A label map in color or as JPEG is refused")
    func colorLabels() throws {
        for name in ["rgb8.png", "rgba8.png", "grey-alpha8.png", "grey.jpg", "max200.ppm"] {
            let error = try failure { _ = try ImageFile.labels(at: ImageGolden.path(name)) }
            #expect(error.code == .unsupported)
            #expect(error.message.contains(name))
        }
    }

    @Test("Missing files, folders, and pipes are refused")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        #expect(try failure { _ = try ImageFile.image(at: "\(folder.path)/none.png") }.code == .io)
        #expect(try failure { _ = try ImageFile.image(at: folder.path) }.code == .io)
        unsafe mkfifo("\(folder.path)/pipe", 0o666)
        #expect(try failure { _ = try ImageFile.image(at: "\(folder.path)/pipe") }.code == .io)
    }
}
