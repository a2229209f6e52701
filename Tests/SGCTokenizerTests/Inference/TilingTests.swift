import Glibc
import SGCBase
import SGCNN
import SGCTensor
import Testing

@testable import SGCTokenizer

/// Large images in tiles, compared with the same images computed at once.
@Suite(.serialized) struct TilingTests {
    /// A trained tokenizer of factor 2 without attention, which would see the whole image, and the same with tiles.
    private func tokenizers(
        tileSize: Int, precision: Precision = .float32
    ) throws -> (whole: Tokenizer, tiled: Tokenizer) {
        let trainer = try tinyTrainer("sgc")
        try trainer.run(60)
        for parameter in trainer.model.parameters where parameter.name.contains("proj_out") {
            try parameter.assign(Tensor.zeros(parameter.value.shape, on: parameter.value.device))
        }
        var result: [Tokenizer] = []
        try withTemporaryDirectory { directory in
            try trainer.export(directory: directory + "/m")
            for size in [0, tileSize] {
                result.append(
                    try Tokenizer.load(
                        directory: directory + "/m",
                        options: EngineOptions(threads: 1, precision: precision, tileSize: size)))
            }
        }
        return (result[0], result[1])
    }

    private func psnr(_ a: [UInt8], _ b: [UInt8]) -> Double {
        let squares = zip(a, b).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
        return -10 * log10(squares / Double(a.count) / (255 * 255))
    }

    @Test(
        "tiles give nearly what the image computed at once gives",
        arguments: [(330, 250), (301, 90), (80, 222)])
    func agreement(_ width: Int, _ height: Int) throws {
        let (whole, tiled) = try tokenizers(tileSize: 128)
        let image = HostImage(width: width, height: height, seed: 3)
        let (expected, actual) = (
            try whole.encode(image, wantLatents: true), try tiled.encode(image, wantLatents: true)
        )
        #expect(actual.grid == expected.grid)
        let equal = zip(actual.tokens, expected.tokens).count { $0 == $1 }
        #expect(Set(expected.tokens).count > 4, "a test on one code would prove nothing")
        #expect(Double(equal) >= 0.99 * Double(expected.tokens.count), "\(equal) of \(expected.tokens.count) tokens")
        let (a, b) = (
            try whole.decode(expected, width: width, height: height),
            try tiled.decode(expected, width: width, height: height)
        )
        #expect(psnr(a, b) >= 45, "\(psnr(a, b)) dB")
    }

    @Test("tiles in bfloat16 give nearly what the image computed at once gives")
    func bfloat16() throws {
        let (whole, tiled) = try tokenizers(tileSize: 128, precision: .bfloat16)
        let image = HostImage(width: 330, height: 250, seed: 3)
        let (expected, actual) = (try whole.encode(image), try tiled.encode(image))
        let equal = zip(actual.tokens, expected.tokens).count { $0 == $1 }
        #expect(Double(equal) >= 0.97 * Double(expected.tokens.count), "\(equal) of \(expected.tokens.count) tokens")
        let (a, b) = (
            try whole.decode(expected, width: 330, height: 250), try tiled.decode(expected, width: 330, height: 250)
        )
        #expect(psnr(a, b) >= 40, "\(psnr(a, b)) dB")
    }

    @Test("work in tiles ends between tiles when the caller cancels")
    func cancellation() throws {
        let (_, tiled) = try tokenizers(tileSize: 128)
        let image = HostImage(width: 330, height: 250, seed: 3)
        let encoding = try tiled.encode(image)
        // After some operations of some tile.
        let asked = Lock(0)
        let cancellation = Cancellation {
            asked.withLock {
                $0 += 1
                return $0 > 200
            }
        }
        try tiled.device.withCancellation(cancellation) {
            let error = #expect(throws: SGCError.self) { _ = try tiled.encode(image) }
            #expect(error?.code == .cancelled)
        }
        // The next call is not disturbed.
        #expect(try tiled.encode(image).tokens == encoding.tokens)
    }

    @Test("an image that one tile covers is computed at once")
    func small() throws {
        let (whole, tiled) = try tokenizers(tileSize: 128)
        let image = HostImage(width: 128, height: 101, seed: 5)
        let (expected, actual) = (try whole.encode(image), try tiled.encode(image))
        #expect(actual.tokens == expected.tokens && actual.margins == expected.margins)
        let pixels = try whole.decode(expected, width: 128, height: 101)
        #expect(try tiled.decode(expected, width: 128, height: 101) == pixels)
    }

    @Test("tiles too small for their margins are refused", arguments: [1, 47])
    func tooSmall(_ size: Int) throws {
        let error = #expect(throws: SGCError.self) { _ = try tokenizers(tileSize: size) }
        #expect(error?.code == .argument)
        #expect(error?.message.contains("at least 48 pixels, got \(size)") == true)
    }

    @Test(
        "every token belongs to one core, and margins end at the image's edges",
        arguments: [(9, 40), (33, 32), (100, 57)])
    func cores(_ rows: Int, _ columns: Int) throws {
        let tiling = try #require(Tiling(TokenGrid(rows: rows, columns: columns, factor: 4), side: 30))
        var owners = [Int](repeating: 0, count: rows * columns)
        for tile in tiling.rows.joined() {
            #expect(tile.rows.count == min(rows, 30) && tile.columns.count == min(columns, 30))
            #expect(tile.rows.lowerBound <= max(0, tile.coreRows.lowerBound - Tiling.margin))
            #expect(tile.rows.upperBound >= min(rows, tile.coreRows.upperBound + Tiling.margin))
            for row in tile.coreRows { for column in tile.coreColumns { owners[row * columns + column] += 1 } }
        }
        #expect(owners == [Int](repeating: 1, count: rows * columns))
    }
}
