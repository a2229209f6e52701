import SGCBase
import SGCTensor
import Testing

@Suite struct NearestCodeTests {
    static let distances = [
        CodeDistance(parts: [CodeDistance.Part(channels: 0..<7, weight: 1)], isSquared: true),
        CodeDistance(parts: [CodeDistance.Part(channels: 0..<7, weight: 0.5)], isSquared: false),
        CodeDistance(
            parts: [
                CodeDistance.Part(channels: 0..<4, weight: 1), CodeDistance.Part(channels: 4..<7, weight: 0.25),
            ], isSquared: false),
        CodeDistance(
            parts: [
                CodeDistance.Part(channels: 0..<3, weight: 2), CodeDistance.Part(channels: 3..<7, weight: 1),
            ], isSquared: true),
    ]

    @Test("nearest codes and anchors are Reference's", arguments: distances)
    func againstReference(_ distance: CodeDistance) throws {
        for (latents, codes) in [(1, 1), (17, 1), (1, 31), (131, 67), (257, 1031), (0, 5)] {
            let (z, e) = (TestInput([latents, 7], stream: 1), TestInput([codes, 7], stream: 2))
            func found(_ device: Device) throws -> NearestCodes {
                try z.tensor(.float32, on: device).nearestCodes(
                    codebook: try e.tensor(.float32, on: device), distance: distance, wantsAnchors: true)
            }
            let expected = try found(referenceDevice())
            for threads in [1, 2] {
                let actual = try found(cpuDevice(threads: threads))
                #expect(actual.codes.indices == expected.codes.indices)
                #expect(actual.anchors?.indices == expected.anchors?.indices)
                expectClose(actual.distances, expected.distances, tolerance: 1e-5, "distances")
                expectClose(actual.secondDistances, expected.secondDistances, tolerance: 1e-5, "second distances")
            }
        }
    }

    @Test("distances are the formula's")
    func formula() throws {
        for device in testDevices() {
            let z = try Tensor([0, 0, 0, 3, 4, 1], shape: [2, 3], on: device)
            let e = try Tensor([3, 4, 2, 0, 0, 1], shape: [2, 3], on: device)
            let parts = [CodeDistance.Part(channels: 0..<2, weight: 1), CodeDistance.Part(channels: 2..<3, weight: 10)]
            let squared = try z.nearestCodes(codebook: e, distance: CodeDistance(parts: parts, isSquared: true))
            #expect(squared.codes.indices == [1, 0])
            expectClose(squared.distances.doubles, [10, 10], tolerance: 1e-6)
            expectClose(squared.secondDistances.doubles, [65, 25], tolerance: 1e-6)
            #expect(squared.anchors == nil)
            let plain = try z.nearestCodes(
                codebook: e, distance: CodeDistance(parts: parts, isSquared: false), wantsAnchors: true)
            // ‖(3, 4)‖ + 10·2 = 25 and 10·1 = 10 for the first latent; 10·1 = 10 and 5 + 0 = 5 for the second.
            #expect(plain.codes.indices == [1, 1])
            expectClose(plain.distances.doubles, [10, 5], tolerance: 1e-6)
            expectClose(plain.secondDistances.doubles, [25, 10], tolerance: 1e-6)
            #expect(plain.anchors?.indices == [1, 1])
        }
    }

    @Test("among equals the lowest index wins, and a single code has no second")
    func ties() throws {
        let distance = CodeDistance(parts: [CodeDistance.Part(channels: 0..<2, weight: 1)], isSquared: true)
        for device in testDevices() {
            let z = try Tensor([1, 1, 1, 1, 5, 5], shape: [3, 2], on: device)
            let e = try Tensor([9, 9, 1, 2, 1, 2, 5, 5], shape: [4, 2], on: device)
            let found = try z.nearestCodes(codebook: e, distance: distance, wantsAnchors: true)
            #expect(found.codes.indices == [1, 1, 3])
            #expect(found.secondDistances.doubles.prefix(2) == [1, 1])
            #expect(found.anchors?.indices == [2, 0, 0, 2])
            let alone = try z.nearestCodes(codebook: try e.sliced(axis: 0, 0..<1), distance: distance)
            #expect(alone.codes.indices == [0, 0, 0])
            #expect(alone.secondDistances.doubles == [.infinity, .infinity, .infinity])
        }
    }

    @Test("a latent's code does not depend on its neighbours")
    func independence() throws {
        let device = cpuDevice()
        let z = try TestInput([131, 16], stream: 1).tensor(.float32, on: device)
        let e = try TestInput([513, 16], stream: 2).tensor(.float32, on: device)
        let distance = CodeDistance(parts: [CodeDistance.Part(channels: 0..<16, weight: 1)], isSquared: true)
        let together = try z.nearestCodes(codebook: e, distance: distance)
        for t in [0, 63, 64, 130] {
            let alone = try z.sliced(axis: 0, t..<t + 1).nearestCodes(codebook: e, distance: distance)
            #expect(alone.codes.indices[0] == together.codes.indices[t])
            #expect(alone.distances.floats[0] == together.distances.floats[t])
        }
    }

    @Test("the straight-through estimate has the quantized values and the latent's gradient")
    func straightThrough() throws {
        for device in testDevices() {
            let z = try Tensor([1, 2], shape: [1, 2], on: device)
            let quantized = try Tensor([5, 7], shape: [1, 2], on: device)
            let found = try gradients(
                of: { try $0[0].straightThrough($0[1]) }, at: [z, quantized], seed: [3, 4])
            #expect(found.y.doubles == [5, 7])
            #expect(found.gradients[0].doubles == [3, 4])
            #expect(found.gradients[1].doubles == [0, 0])
        }
    }
}
