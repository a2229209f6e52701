import SGCBase
import Testing

@testable import SGCData

@Suite("Decoding image files")
struct DecodingTests {
    @Test(
        "PNG files decode to Pillow's pixels exactly",
        arguments: [
            "rgb8", "rgb8-interlaced", "rgba8", "grey-alpha8", "grey8", "grey2", "rgb16", "grey16", "palette4",
            "palette8",
        ])
    func png(name: String) throws {
        let image = try ImageFile.image(at: ImageGolden.path("\(name).png"))
        #expect([image.width, image.height] == [21, 13])
        #expect(image.pixels == (try ImageGolden.bytes("\(name).rgb")))
    }

    @Test("JPEG files decode to Pillow's pixels within 2", arguments: ["baseline", "oriented", "progressive", "grey"])
    func jpeg(name: String) throws {
        let image = try ImageFile.image(at: ImageGolden.path("\(name).jpg"))
        // An EXIF orientation of 6 would make it 29x37.
        #expect([image.width, image.height] == [37, 29])
        let expected = try ImageGolden.bytes("\(name).rgb")
        let largest = zip(image.pixels, expected).map { abs(Int($0) - Int($1)) }.max()
        #expect(try #require(largest) <= 2)
    }

    @Test("A PPM with comments and a largest value of 200 is scaled to 0...255")
    func ppm() throws {
        let image = try ImageFile.image(at: ImageGolden.path("max200.ppm"))
        #expect([image.width, image.height] == [7, 5])
        #expect(image.pixels == (try ImageGolden.bytes("max200.rgb")))
    }

    @Test("A 16-bit PPM is big-endian and rounded; bytes after the image are ignored")
    func ppm16() throws {
        let bytes = Array("P6\n1 1\n65535\n".utf8) + [0xFF, 0xFF, 0x00, 0x80, 0x01, 0x81, 0x99]
        #expect(try ImageFile.image(in: bytes, name: "x").pixels == [255, 0, 1])
    }

    @Test("A grey PGM becomes RGB")
    func pgm() throws {
        let image = try ImageFile.image(in: Array("P5 2 1 255 ".utf8) + [7, 200], name: "x")
        #expect(image.pixels == [7, 7, 7, 200, 200, 200])
    }

    @Test(
        "Label maps keep the stored numbers: grey levels and palette indices, not colors",
        arguments: ["grey2", "palette4", "palette8", "grey16"])
    func labels(name: String) throws {
        let labels = try ImageFile.labels(at: ImageGolden.path("\(name).png"))
        #expect([labels.width, labels.height] == [21, 13])
        #expect(labels.ids == (try ImageGolden.ids(name)))
    }

    @Test("255 means no class in an 8-bit map, another number or none if asked, and is a class in a 16-bit map")
    func ignored() throws {
        let bytes = Array("P5 3 1 255 ".utf8) + [0, 254, 255]
        #expect(try ImageFile.labels(in: bytes, name: "x").ids == [0, 254, 65_535])
        #expect(try ImageFile.labels(in: bytes, name: "x", ignoring: 0).ids == [65_535, 254, 255])
        #expect(try ImageFile.labels(in: bytes, name: "x", ignoring: nil).ids == [0, 254, 255])
        let wide = try PNGEncoder.encode(LabelMap(width: 3, height: 1, ids: [255, 256, 65_535]))
        #expect(try ImageFile.labels(in: wide, name: "x").ids == [255, 256, 65_535])
    }

    @Test("The content decides and not the name")
    func sniffing() throws {
        let folder = try TemporaryFolder()
        try folder.write("photo.jpg", ImageGolden.bytes("rgb8.png"))
        #expect(try ImageFile.image(at: "\(folder.path)/photo.jpg").pixels == ImageGolden.bytes("rgb8.rgb"))
    }
}
