import SGCBase
import Testing

@testable import SGCData

/// FNV-1a over the pixels and the labels of a frame, continued from `start`.
private func digest(_ frame: SceneFrame, from start: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
    var hash = start
    for byte in frame.image.pixels { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    for id in frame.labels.ids { hash = (hash ^ UInt64(id)) &* 0x100_0000_01B3 }
    return hash
}

@Suite struct SceneTests {
    /// Changes only with a deliberate change of the scenes, and then every trained model sees another world.
    @Test("frames have the bits they always had, on every machine and in every build")
    func golden() throws {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for seed in 0..<24 as Range<UInt64> {
            let frame = try Scene(seed: seed).frame(time: Double(seed) * 0.37, width: 48, height: 24)
            hash = digest(frame, from: hash)
        }
        #expect(hash == 0x4E3C_58E5_1EE2_F430)
    }

    @Test("one seed gives one picture, another seed another, another time another")
    func repeatable() throws {
        let first = try Scene(seed: 11).frame(time: 1.5, width: 64, height: 32)
        let again = try Scene(seed: 11).frame(time: 1.5, width: 64, height: 32)
        #expect(first.image == again.image)
        #expect(first.labels == again.labels)
        #expect(try Scene(seed: 12).frame(time: 1.5, width: 64, height: 32).image != first.image)
        #expect(try Scene(seed: 11).frame(time: 1.6, width: 64, height: 32).image != first.image)
    }

    @Test(
        "any size from 8x8 works and every label is a class",
        arguments: [
            (8, 8), (9, 8), (8, 31), (37, 61), (61, 37), (512, 288),
        ])
    func sizes(width: Int, height: Int) throws {
        let frame = try Scene(seed: 5).frame(time: 0, width: width, height: height)
        #expect(frame.image.width == width && frame.image.height == height)
        #expect(frame.image.pixels.count == width * height * 3)
        #expect(frame.labels.ids.count == width * height)
        #expect(frame.labels.ids.allSatisfy { Int($0) < Scenes.classes.count })
    }

    @Test("the picture shows the same world at every size")
    func sameWorld() throws {
        let small = try Scene(seed: 8).frame(time: 2, width: 33, height: 17)
        let large = try Scene(seed: 8).frame(time: 2, width: 99, height: 51)
        var equal = 0
        for y in 0..<17 {
            for x in 0..<33 {
                // The middle of a small pixel is the middle of the middle one of its nine large pixels.
                let label = large.labels.ids[(3 * y + 1) * 99 + 3 * x + 1]
                if small.labels.ids[y * 33 + x] == label { equal += 1 }
            }
        }
        #expect(Double(equal) > 0.99 * 33 * 17)
    }

    @Test("sides below 8, sides beyond the limit and times out of range are errors")
    func badArguments() {
        let scene = Scene(seed: 1)
        for (width, height) in [(0, 16), (16, 0), (7, 16), (16, -3), (PixelImage.largestSide + 1, 8)] {
            let error = #expect(throws: SGCError.self) { try scene.frame(time: 0, width: width, height: height) }
            #expect(error?.code == .argument)
        }
        for time in [Double.nan, .infinity, -.infinity, 601, -1e300] {
            let error = #expect(throws: SGCError.self) { try scene.frame(time: time, width: 16, height: 16) }
            #expect(error?.code == .range)
        }
        #expect(throws: SGCError.self) { try SceneSet(seed: 1, width: 0, height: 8) }
    }

    @Test("the ends of time have frames", arguments: [-600.0, 600.0])
    func endsOfTime(time: Double) throws {
        let frame = try Scene(seed: 3).frame(time: time, width: 32, height: 16)
        #expect(Set(frame.labels.ids).count > 2)
    }

    @Test("over many scenes every class appears, none dominates, and colour varies")
    func classes() throws {
        let set = try SceneSet(seed: 77, width: 64, height: 32)
        let scenes = 60
        var counts = [Int](repeating: 0, count: Scenes.classes.count)
        var brightness: [Double] = []
        for index in 0..<scenes {
            let sample = try set.sample(index)
            for id in sample.labels.ids { counts[Int(id)] += 1 }
            brightness.append(sample.image.pixels.reduce(0) { $0 + Double($1) } / Double(sample.image.pixels.count))
        }
        let total = Double(scenes * 64 * 32)
        for (count, semantics) in zip(counts, Scenes.classes) {
            #expect(Double(count) > 0.0005 * total, "\(semantics.name): \(count) pixels")
            #expect(Double(count) < 0.45 * total, "\(semantics.name): \(count) pixels")
        }
        let darkest = brightness.min() ?? 0
        let brightest = brightness.max() ?? 0
        #expect(darkest < 75 && brightest > 125, "mean brightness \(darkest)...\(brightest)")
    }

    @Test("colour alone does not tell the class: road, cars and buildings share greys")
    func sharedColors() throws {
        let set = try SceneSet(seed: 78, width: 64, height: 32)
        // Pixels per class whose channels differ by less than 12 and whose brightness is in the middle.
        var greys = [Int](repeating: 0, count: Scenes.classes.count)
        for index in 0..<30 {
            let sample = try set.sample(index)
            for (pixel, id) in sample.labels.ids.enumerated() {
                let rgb = sample.image.pixels[(3 * pixel)..<(3 * pixel + 3)]
                let low = rgb.min() ?? 0
                let high = rgb.max() ?? 0
                if high - low < 12, low > 60, high < 180 { greys[Int(id)] += 1 }
            }
        }
        for shown in [SceneClass.road, .car, .building, .sky, .pole] {
            #expect(greys[Int(shown.rawValue)] > 100, "\(shown)")
        }
    }

    @Test("class names and colours are distinct and in the order of the ids")
    func palette() {
        #expect(Scenes.classes.count == 16)
        #expect(Set(Scenes.classes.map(\.name)).count == 16)
        #expect(Set(Scenes.classes.map(\.color)).count == 16)
        #expect(Scenes.classes[Int(SceneClass.trafficLight.rawValue)].name == "traffic light")
        #expect(Scenes.classes[13].color == [0, 0, 70])
    }

    @Test("an index of a set is one scene, whatever was asked before; two sets share none")
    func sets() throws {
        let set = try SceneSet(seed: 1, width: 24, height: 12)
        let other = try SceneSet(seed: 2, width: 24, height: 12)
        let fifth = try set.sample(5)
        _ = try set.sample(0)
        #expect(try set.sample(5).image == fifth.image)
        #expect(try set.sample(6).image != fifth.image)
        #expect(try other.sample(5).image != fifth.image)
        #expect(try set.scene(5).frame(time: 0, width: 24, height: 12).image == fifth.image)
        #expect(try set.sample(-1).labels.ids.count == 24 * 12)
    }
}
