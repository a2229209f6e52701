import Glibc
import SGCBase
import Testing

@testable import SGCData

/// Numbered examples of one pixel that can be slow, and some of which fail.
struct NumberedDataset: Dataset {
    let count: Int
    var failures: [Int: SGCError] = [:]
    /// How long reading example `index` takes.
    var microseconds: @Sendable (Int) -> UInt32 = { _ in 0 }

    func name(at index: Int) -> String { "example \(index)" }

    func sample(at index: Int, random: inout RandomSource) throws(SGCError) -> Sample {
        usleep(microseconds(index))
        if let error = failures[index] { throw error }
        let pixels = [UInt8(truncatingIfNeeded: index), UInt8(random.integer(below: 256)), 0]
        return try Sample(image: PixelImage(width: 1, height: 1, pixels: pixels), labels: nil, name: name(at: index))
    }
}

/// An image whose red channel is `x`, green `y`, and blue `mark`.
func gradient(width: Int, height: Int, mark: UInt8 = 0) throws -> PixelImage {
    var pixels: [UInt8] = []
    for y in 0..<height {
        for x in 0..<width { pixels += [UInt8(x), UInt8(y), mark] }
    }
    return try PixelImage(width: width, height: height, pixels: pixels)
}

extension TemporaryFolder {
    func write(_ name: String, _ image: PixelImage) throws { try write(name, PNGEncoder.encode(image)) }
    func write(_ name: String, _ labels: LabelMap) throws { try write(name, PNGEncoder.encode(labels)) }
}

extension Dataset {
    /// Example `index` with a fixed random source.
    func sample(at index: Int) throws -> Sample {
        var random = RandomSource(seed: 1)
        return try sample(at: index, random: &random)
    }
}
