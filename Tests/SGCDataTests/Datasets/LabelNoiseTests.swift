import SGCBase
import Testing

@testable import SGCData

@Suite("Labels that are wrong on purpose")
struct LabelNoiseTests {
    private let classes = 5

    /// Stripes of all classes with a pixel without class in every row.
    private func labels(width: Int, height: Int) throws -> LabelMap {
        let ids = (0..<width * height).map { $0 % width == 3 ? LabelMap.ignore : UInt16($0 / 2 % classes) }
        return try LabelMap(width: width, height: height, ids: ids)
    }

    /// Whether each 4x4 cell was changed; a cell that was changed in part is a failure.
    private func changes(_ before: LabelMap, _ after: LabelMap) -> [Bool] {
        var result: [Bool] = []
        for top in stride(from: 0, to: before.height, by: 4) {
            for left in stride(from: 0, to: before.width, by: 4) {
                var changed: Set<Bool> = []
                var shifts: Set<Int> = []
                for y in top..<min(top + 4, before.height) {
                    for x in left..<min(left + 4, before.width) {
                        let i = y * before.width + x
                        if before.ids[i] == LabelMap.ignore {
                            #expect(after.ids[i] == LabelMap.ignore)
                            continue
                        }
                        #expect(Int(after.ids[i]) < classes)
                        changed.insert(before.ids[i] != after.ids[i])
                        shifts.insert((Int(after.ids[i]) + classes - Int(before.ids[i])) % classes)
                    }
                }
                #expect(changed.count == 1 && shifts.count == 1)
                result.append(changed.contains(true))
            }
        }
        return result
    }

    @Test("The asked share of cells gets other classes, whole cells at a time, also at the border")
    func share() throws {
        let labels = try labels(width: 130, height: 126)
        let noise = try LabelNoise(share: 0.3, side: 4, classCount: classes, seed: 7)
        var wrong = 0
        var cells = 0
        for index in 0..<8 {
            let changed = changes(labels, noise.apply(to: labels, index: index))
            wrong += changed.count { $0 }
            cells += changed.count
        }
        #expect(cells == 8 * 33 * 32)
        // Within four standard deviations.
        #expect(abs(Double(wrong) / Double(cells) - 0.3) < 4 * (0.21 / Double(cells)).squareRoot())
    }

    @Test("Every other class takes the place of a class equally often")
    func uniform() throws {
        let labels = try LabelMap(width: 400, height: 400, ids: Array(repeating: 2, count: 160_000))
        let noisy = try LabelNoise(share: 1, side: 4, classCount: classes, seed: 7).apply(to: labels, index: 0)
        var counts = [Int](repeating: 0, count: classes)
        for id in noisy.ids { counts[Int(id)] += 1 }
        #expect(counts[2] == 0)
        for (id, count) in counts.enumerated() where id != 2 { #expect(abs(count - 40_000) < 2_500) }
    }

    @Test("Examples have noise of their own that is always the same, and the seed decides about it")
    func reproducible() throws {
        let labels = try labels(width: 64, height: 64)
        let noise = try LabelNoise(share: 0.5, side: 4, classCount: classes, seed: 7)
        #expect(noise.apply(to: labels, index: 3) == noise.apply(to: labels, index: 3))
        #expect(noise.apply(to: labels, index: 3) != noise.apply(to: labels, index: 4))
        let other = try LabelNoise(share: 0.5, side: 4, classCount: classes, seed: 8)
        #expect(noise.apply(to: labels, index: 3) != other.apply(to: labels, index: 3))
        let none = try LabelNoise(share: 0, side: 4, classCount: classes, seed: 7)
        #expect(none.apply(to: labels, index: 3) == labels)
    }

    @Test("Ids that are no classes stay for those who check them")
    func invalid() throws {
        let labels = try LabelMap(width: 2, height: 1, ids: [9, 1])
        let noisy = try LabelNoise(share: 1, side: 2, classCount: classes, seed: 7).apply(to: labels, index: 0)
        #expect(noisy.ids[0] == 9)
        #expect(noisy.ids[1] != 1)
    }

    @Test("A dataset with wrong labels keeps its images")
    func dataset() throws {
        let scenes = try SceneDataset(SceneSet(seed: 1, width: 32, height: 16), count: 2)
        let noise = try LabelNoise(share: 0.5, side: 4, classCount: Scenes.classes.count, seed: 1)
        let (plain, noisy) = (try scenes.sample(at: 1), try MislabelledDataset(scenes, noise).sample(at: 1))
        #expect(noisy.image == plain.image)
        #expect(noisy.name == plain.name)
        #expect(noisy.labels == plain.labels.map { noise.apply(to: $0, index: 1) })
        #expect(noisy.labels != plain.labels)
    }

    @Test("Impossible noise is an error")
    func bad() throws {
        for (share, side, count) in [(-0.1, 4, 5), (1.1, 4, 5), (.nan, 4, 5), (0.1, 0, 5), (0.1, 4, 1)] {
            let error = try failure { _ = try LabelNoise(share: share, side: side, classCount: count, seed: 1) }
            #expect(error.code == .argument)
        }
    }
}
