import Glibc
import SGCBase
import Testing

@testable import SGCData

@Suite("Writing image files")
struct EncodingTests {
    private let classes = [
        SemanticClass(name: "road", color: [128, 64, 128]), SemanticClass(name: "car", color: [0, 0, 142]),
    ]

    @Test("RGB comes back as it was written", arguments: [(1, 1), (7, 5), (257, 3)])
    func rgb(width: Int, height: Int) throws {
        var random = RandomSource(seed: 3)
        let pixels = (0..<width * height * 3).map { _ in UInt8(random.integer(below: 256)) }
        let image = try PixelImage(width: width, height: height, pixels: pixels)
        let folder = try TemporaryFolder()
        try ImageFile.write(image, to: "\(folder.path)/a.png")
        #expect(try ImageFile.image(at: "\(folder.path)/a.png") == image)
        #expect(folder.names() == ["a.png"])
    }

    @Test("A palette label map shows the colors of its classes and reads back as ids")
    func palette() throws {
        let labels = try LabelMap(width: 3, height: 1, ids: [1, 0, LabelMap.ignore])
        let folder = try TemporaryFolder()
        try ImageFile.write(labels, classes: classes, to: "\(folder.path)/l.png")
        #expect(try ImageFile.labels(at: "\(folder.path)/l.png") == labels)
        #expect(try ImageFile.image(at: "\(folder.path)/l.png").pixels == [0, 0, 142, 128, 64, 128, 0, 0, 0])
    }

    @Test("A 16-bit label map keeps every id")
    func sixteenBit() throws {
        let labels = try LabelMap(width: 2, height: 2, ids: [0, 255, 40_000, LabelMap.ignore])
        let folder = try TemporaryFolder()
        try ImageFile.write(labels, to: "\(folder.path)/l.png")
        #expect(try ImageFile.labels(at: "\(folder.path)/l.png") == labels)
    }

    @Test("Ids without a class and too many classes are errors that name the file")
    func badLabels() throws {
        let labels = try LabelMap(width: 1, height: 1, ids: [2])
        let range = try failure { try ImageFile.write(labels, classes: classes, to: "/none/l.png") }
        #expect(range.code == .range)
        #expect(range.message.contains("/none/l.png") && range.message.contains("got 2"))
        let many = [SemanticClass](repeating: classes[0], count: 256)
        #expect(try failure { _ = try PNGEncoder.encode(labels, classes: many) }.code == .limit)
    }

    @Test("A folder that is not there is an .io error")
    func noFolder() throws {
        let image = try PixelImage(width: 1, height: 1, pixels: [1, 2, 3])
        let error = try failure { try ImageFile.write(image, to: "/none/at/all.png") }
        #expect(error.code == .io)
        #expect(error.message.contains("/none/at/all.png"))
    }
}
