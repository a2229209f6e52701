import SGCBase
import Testing

@testable import SGCData

@Suite("Resize, crop and flip")
struct GeometryTests {
    @Test("Resizing equals Pillow's bilinear within 1, smaller and larger", arguments: [(8, 5), (40, 31), (21, 4)])
    func resize(width: Int, height: Int) throws {
        let image = try ImageFile.image(at: ImageGolden.path("rgb8.png")).resized(width: width, height: height)
        let expected = try ImageGolden.bytes("resized-\(width)x\(height).rgb")
        #expect(image.pixels.count == expected.count)
        #expect(zip(image.pixels, expected).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    }

    @Test("Labels are resized to the nearest, as Pillow does", arguments: [(8, 5), (40, 31)])
    func resizeLabels(width: Int, height: Int) throws {
        let labels = try LabelMap(width: 21, height: 13, ids: (0..<273).map { UInt16($0) })
        let resized = try labels.resized(width: width, height: height)
        #expect(resized.ids == (try ImageGolden.ids("nearest-\(width)x\(height)")))
    }

    @Test("A flat image stays flat at any size, and the mean survives a reduction to one pixel")
    func flat() throws {
        let flat = try PixelImage(width: 13, height: 7, pixels: [UInt8](repeating: 255, count: 13 * 7 * 3))
        for (width, height) in [(1, 1), (5, 29), (64, 2), (13, 7)] {
            #expect(try flat.resized(width: width, height: height).pixels.allSatisfy { $0 == 255 })
        }
        let pair = try PixelImage(width: 2, height: 1, pixels: [0, 10, 20, 100, 110, 120])
        #expect(try pair.resized(width: 1, height: 1).pixels == [50, 60, 70])
    }

    @Test("Sizes that cannot be are errors")
    func badSizes() throws {
        let image = try PixelImage(width: 2, height: 1, pixels: [0, 10, 20, 100, 110, 120])
        #expect(try failure { _ = try image.resized(width: 0, height: 4) }.code == .argument)
        #expect(try failure { _ = try image.resized(width: 40_000, height: 1) }.code == .limit)
        for region in [(0, 0, 3, 1), (-1, 0, 1, 1), (0, 0, 0, 1), (Int.max, 0, 1, 1), (1, 0, Int.max, 1)] {
            let region = ImageRegion(x: region.0, y: region.1, width: region.2, height: region.3)
            #expect(try failure { _ = try image.cropped(to: region) }.code == .argument)
        }
    }

    @Test("Crops and flips move pixels and ids alike")
    func cropFlip() throws {
        let labels = try LabelMap(width: 4, height: 3, ids: (0..<12).map { UInt16($0) })
        let image = try PixelImage(width: 4, height: 3, pixels: (0..<12).flatMap { [UInt8($0), 0, UInt8($0)] })
        let region = ImageRegion(x: 1, y: 1, width: 2, height: 2)
        #expect(try labels.cropped(to: region).ids == [5, 6, 9, 10])
        #expect(try image.cropped(to: region).pixels == [5, 0, 5, 6, 0, 6, 9, 0, 9, 10, 0, 10])
        #expect(try labels.flippedHorizontally().ids == [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8])
        #expect(try image.flippedHorizontally().pixels.prefix(6) == [3, 0, 3, 2, 0, 2])
    }
}
