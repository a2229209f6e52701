import SGCBase
import Testing

@testable import SGCData

@Suite("Preparing examples")
struct SamplePreparationTests {
    /// An example whose label at (x, y) is 256 x + y, and whose pixel is (x, y, 0).
    private func example(_ width: Int, _ height: Int) throws -> Sample {
        let ids = (0..<width * height).map { UInt16($0 % width * 256 + $0 / width) }
        return try Sample(
            image: gradient(width: width, height: height), labels: LabelMap(width: width, height: height, ids: ids),
            name: "example")
    }

    @Test("Random crops and flips without scaling keep every pixel with its label")
    func sameGeometry() throws {
        let preparation = try SamplePreparation(width: 8, height: 6, shortestSide: 20, crop: .random, flip: true)
        let example = try example(30, 20)
        var random = RandomSource(seed: 5)
        var origins: Set<[UInt8]> = []
        var flips = 0
        for _ in 0..<200 {
            let sample = try preparation.apply(to: example, random: &random)
            let labels = try #require(sample.labels)
            #expect([sample.image.width, sample.image.height, labels.width, labels.height] == [8, 6, 8, 6])
            for i in labels.ids.indices {
                #expect(
                    UInt16(sample.image.pixels[3 * i]) * 256 + UInt16(sample.image.pixels[3 * i + 1]) == labels.ids[i])
            }
            let flipped = sample.image.pixels[0] > sample.image.pixels[3]
            flips += flipped ? 1 : 0
            origins.insert([min(sample.image.pixels[0], sample.image.pixels[21]), sample.image.pixels[1]])
        }
        // 23 x 15 origins, all corners reachable; 200 throws of a coin.
        #expect(origins.count > 100)
        #expect(origins.allSatisfy { $0[0] <= 22 && $0[1] <= 14 })
        #expect((70...130).contains(flips))
    }

    @Test("The center crop of the shortest side")
    func center() throws {
        let preparation = try SamplePreparation(width: 4, height: 4, shortestSide: 10)
        var random = RandomSource(seed: 5)
        let sample = try preparation.apply(to: example(20, 10), random: &random)
        #expect(sample.image.pixels.prefix(3) == [8, 3, 0])
        #expect(sample.labels?.ids.first == UInt16(8 * 256 + 3))
        #expect(random.position == 0)
    }

    @Test(
        "Any size becomes the asked size, and never less than covers it",
        arguments: [(1, 1), (3, 100), (100, 3), (16, 9), (17, 31), (31, 17)])
    func anySize(width: Int, height: Int) throws {
        for side in [nil, 5, 40] {
            let preparation = try SamplePreparation(width: 16, height: 9, shortestSide: side, crop: .random)
            var random = RandomSource(seed: 5)
            let sample = try preparation.apply(to: example(width, height), random: &random)
            #expect([sample.image.width, sample.image.height] == [16, 9])
        }
    }

    @Test("Labels are never interpolated: scaling yields only ids that were there")
    func nearest() throws {
        let labels = try LabelMap(width: 5, height: 5, ids: (0..<25).map { $0 % 2 == 0 ? 10 : 2_000 })
        let sample = try Sample(image: gradient(width: 5, height: 5), labels: labels, name: "x")
        for side in [3, 17] {
            var random = RandomSource(seed: 5)
            let prepared = try SamplePreparation(width: side, height: side).apply(to: sample, random: &random)
            #expect(try #require(prepared.labels).ids.allSatisfy { $0 == 10 || $0 == 2_000 })
        }
    }

    @Test("Impossible sizes are errors that name the example")
    func bad() throws {
        #expect(try failure { _ = try SamplePreparation(width: 0, height: 4) }.code == .argument)
        #expect(try failure { _ = try SamplePreparation(width: 4, height: 4, shortestSide: -1) }.code == .argument)
        var random = RandomSource(seed: 5)
        let long = try SamplePreparation(width: 8, height: 8, shortestSide: 2_000)
        let sample = try Sample(
            image: PixelImage(width: 1_000, height: 1, pixels: [UInt8](repeating: 0, count: 3_000)), labels: nil,
            name: "long.png")
        let error = try failure { _ = try long.apply(to: sample, random: &random) }
        #expect(error.code == .limit)
        #expect(error.message.hasPrefix("long.png"))
    }

    @Test("A prepared dataset prepares what it reads")
    func dataset() throws {
        let set = PreparedDataset(NumberedDataset(count: 3), try SamplePreparation(width: 4, height: 2))
        #expect(set.count == 3)
        let sample = try set.sample(at: 2)
        #expect([sample.image.width, sample.image.height] == [4, 2])
        #expect(sample.image.pixels[0] == 2)
        #expect(sample.name == "example 2")
    }
}
