import SGCBase
import Testing

@testable import SGCData

@Suite struct CorrespondenceTests {
    @Test("a frame corresponds to itself, pixel by pixel", arguments: [1, 4, 9] as [UInt64])
    func identity(seed: UInt64) throws {
        let scene = Scene(seed: seed)
        let frame = try scene.frame(time: 3, width: 72, height: 40)
        let again = try scene.frame(time: 3, width: 72, height: 40)
        let found = frame.correspondence(to: again)
        let exact = found.enumerated().filter { Int($0.element) == $0.offset }.count
        // A point that rounds onto the border between two pixels may fall to the neighbour.
        #expect(Double(exact) >= 0.999 * Double(found.count), "\(exact) of \(found.count)")
    }

    @Test("between frames a surface keeps its class and its colour, and most pixels are found again")
    func moving() throws {
        var found = 0
        var pixels = 0
        var similar = 0
        for seed in 20..<32 as Range<UInt64> {
            let scene = Scene(seed: seed)
            let now = try scene.frame(time: 1, width: 96, height: 48)
            let next = try scene.frame(time: 1.1, width: 96, height: 48)
            let map = now.correspondence(to: next)
            #expect(map.count == 96 * 48)
            for (pixel, target) in map.enumerated() {
                pixels += 1
                guard target >= 0 else { continue }
                try #require(Int(target) < 96 * 48)
                found += 1
                #expect(now.labels.ids[pixel] == next.labels.ids[Int(target)])
                var difference = 0
                for channel in 0..<3 {
                    let a = Int(now.image.pixels[3 * pixel + channel])
                    let b = Int(next.image.pixels[3 * Int(target) + channel])
                    difference = max(difference, abs(a - b))
                }
                if difference < 32 { similar += 1 }
            }
        }
        #expect(Double(found) > 0.6 * Double(pixels), "\(found) of \(pixels)")
        #expect(Double(similar) > 0.85 * Double(found), "\(similar) of \(found)")
    }

    @Test("the ground moves as the camera's drive says")
    func groundFlow() throws {
        let scene = Scene(seed: 40)
        let now = try scene.frame(time: 0, width: 128, height: 64)
        let next = try scene.frame(time: 0.1, width: 128, height: 64)
        let map = now.correspondence(to: next)
        var checked = 0
        for (pixel, target) in map.enumerated() where target >= 0 && now.surfaces[pixel] == Road.Ground.road.rawValue {
            func point(_ frame: SceneFrame, _ index: Int) -> Vector3 {
                let ray = frame.camera.ray(x: Float(index % 128) + 0.5, y: Float(index / 128) + 0.5)
                return frame.camera.pose.origin + ray * frame.depths[index]
            }
            let a = point(now, pixel)
            let b = point(next, Int(target))
            #expect(abs(a.y) < 0.01 && abs(b.y) < 0.01)
            // Both rays meet the ground within the footprint of half a pixel: nearer than 5 % of the depth near the car.
            let depth = next.depths[Int(target)]
            guard depth < 12 else { continue }
            #expect(abs(a.x - b.x) < 0.05 * depth && abs(a.z - b.z) < 0.1 * depth)
            checked += 1
        }
        #expect(checked > 200)
    }

    @Test("vehicles carry their pixels along")
    func movingObjects() throws {
        var moved = 0
        for seed in 50..<62 as Range<UInt64> {
            let scene = Scene(seed: seed)
            let now = try scene.frame(time: 0, width: 96, height: 48)
            let next = try scene.frame(time: 0.1, width: 96, height: 48)
            for (pixel, target) in now.correspondence(to: next).enumerated() {
                guard target >= 0, now.surfaces[pixel] >= 0 else { continue }
                let a = now.primitives[Int(now.surfaces[pixel])]
                let b = next.primitives[Int(next.surfaces[Int(target)])]
                #expect(a.part == b.part && a.lap == b.lap)
                let step = b.pose.origin - a.pose.origin
                if scene.parts[Int(a.part)].label == .car, dot(step, step) > 0.04 { moved += 1 }
            }
        }
        #expect(moved > 300, "\(moved) pixels of driving cars")
    }

    @Test("what the other frame cannot see has no correspondence, and sizes may differ")
    func unrelated() throws {
        let scene = Scene(seed: 7)
        let now = try scene.frame(time: 0, width: 64, height: 32)
        let later = try scene.frame(time: 30, width: 40, height: 20)
        let map = now.correspondence(to: later)
        #expect(map.allSatisfy { $0 >= -1 && $0 < 800 })
        for (pixel, target) in map.enumerated() where now.surfaces[pixel] < 0 && now.depths[pixel] < 60 {
            #expect(target == -1, "the camera has passed this ground")
        }
    }
}
