import SGCBase
import SGCTensor
import Testing

@Suite struct CodebookKernelTests {
    private func distance(_ z: ArraySlice<Double>, _ e: ArraySlice<Double>, _ distance: CodeDistance) -> Double {
        distance.parts.reduce(0) { total, part in
            let sum = part.channels.reduce(0.0) {
                let difference = z[z.startIndex + $1] - e[e.startIndex + $1]
                return $0 + difference * difference
            }
            return total + Double(part.weight) * (distance.isSquared ? sum : sum.squareRoot())
        }
    }

    @Test("codes, distances and anchors are those of a plain search", arguments: [1, 3, 32, 37])
    func plain(_ dimension: Int) throws {
        let half = dimension / 2
        let distances = [
            CodeDistance(parts: [.init(channels: 0..<dimension, weight: 1)], isSquared: true),
            CodeDistance(
                parts: [.init(channels: 0..<half, weight: 1), .init(channels: half..<dimension, weight: 0.5)],
                isSquared: false),
        ]
        for (latents, codes) in [(1, 1), (7, 2), (17, 15), (33, 16), (130, 71), (0, 5)] {
            let z = scattered(latents * dimension), e = scattered(codes * dimension, seed: 9)
            for rule in distances {
                let device = cpuDevice(threads: 2)
                let found = try device.backend.nearestCodes(
                    try tensor(z, [latents, dimension], on: device),
                    codebook: try tensor(e, [codes, dimension], on: device),
                    distance: rule, wantsAnchors: latents > 0)
                let table = (0..<latents).map { i in
                    (0..<codes).map { k in
                        distance(
                            z[i * dimension..<(i + 1) * dimension], e[k * dimension..<(k + 1) * dimension], rule)
                    }
                }
                expectNear(found.distances, table.map { $0.min() ?? .infinity }, 1e-5)
                let second = table.map { $0.sorted() }.map { $0.count > 1 ? $0[1] : .infinity }
                expectNear(found.secondDistances, second, 1e-5)
                for i in 0..<latents {
                    let code = Int(found.codes.indices[i])
                    #expect(table[i][code] <= (table[i].min() ?? 0) + 1e-5)
                }
                for k in 0..<(latents > 0 ? codes : 0) {
                    let anchor = Int(try #require(found.anchors).indices[k])
                    #expect(table[anchor][k] <= (table.map { $0[k] }.min() ?? 0) + 1e-5)
                }
            }
        }
    }

    @Test("among equals the lowest index wins, for codes and for anchors")
    func ties() throws {
        for threads in [1, 2] {
            let device = cpuDevice(threads: threads), latents = 40, codes = 40
            let rule = CodeDistance(parts: [.init(channels: 0..<2, weight: 1)], isSquared: true)
            let z = try device.backend.full([latents, 2], 0.25, .float32, on: device)
            let e = try device.backend.full([codes, 2], 0.5, .float32, on: device)
            let found = try device.backend.nearestCodes(z, codebook: e, distance: rule, wantsAnchors: true)
            #expect(found.codes.indices == [Int32](repeating: 0, count: latents))
            #expect(try #require(found.anchors).indices == [Int32](repeating: 0, count: codes))
            #expect(found.distances.floats == found.secondDistances.floats)
        }
    }

    @Test("a latent's result depends neither on its neighbours nor on the thread count")
    func independence() throws {
        let latents = 131, codes = 77, dimension = 24
        let z = scattered(latents * dimension), e = scattered(codes * dimension, seed: 4)
        let rule = CodeDistance(
            parts: [.init(channels: 0..<8, weight: 1), .init(channels: 8..<24, weight: 2)], isSquared: false)
        func search(_ rows: Range<Int>, _ device: Device) throws -> NearestCodes {
            try device.backend.nearestCodes(
                try tensor(
                    Array(z[rows.lowerBound * dimension..<rows.upperBound * dimension]), [rows.count, dimension],
                    on: device),
                codebook: try tensor(e, [codes, dimension], on: device), distance: rule, wantsAnchors: true)
        }
        try expectSameOnTwoThreads { device in
            let found = try search(0..<latents, device)
            return [found.codes, found.distances, found.secondDistances, try #require(found.anchors)]
        }
        let all = try search(0..<latents, cpuDevice(threads: 2))
        for row in stride(from: 0, to: latents, by: 13) {
            let alone = try search(row..<row + 1, cpuDevice(threads: 1))
            #expect(alone.codes.indices[0] == all.codes.indices[row])
            #expect(alone.distances.floats[0] == all.distances.floats[row])
            #expect(alone.secondDistances.floats[0] == all.secondDistances.floats[row])
        }
    }

    @Test("latents that are not numbers get a valid code at infinite distance")
    func notANumber() throws {
        let device = cpuDevice(threads: 1)
        let rule = CodeDistance(parts: [.init(channels: 0..<1, weight: 1)], isSquared: true)
        let z = try Tensor([.nan, 3], shape: [2, 1], on: device)
        let e = try Tensor([0, 1, 2], shape: [3, 1], on: device)
        let found = try device.backend.nearestCodes(z, codebook: e, distance: rule, wantsAnchors: false)
        #expect(found.codes.indices == [0, 2])
        #expect(found.distances.floats == [.infinity, 1])
    }

    // Without anchors and by one squared distance, codes are found by products of matrices.

    @Test(
        "the search by products finds what sums of squared differences in float64 find",
        arguments: [1.0, 1e-3, 100], [(133, 1030, 40), (1, 3, 2), (200, 64, 256)])
    func search(_ scale: Double, _ size: (latents: Int, codes: Int, dimension: Int)) throws {
        let (latents, codes, dimension) = size
        let z = scattered(latents * dimension).map { Double(Float($0)) }
        let e = scattered(codes * dimension, seed: 9).map { Double(Float($0 * scale)) }
        let rule = CodeDistance(parts: [.init(channels: 0..<dimension, weight: 1)], isSquared: true)
        try expectSameOnTwoThreads { device in
            let found = try device.backend.nearestCodes(
                try tensor(z, [latents, dimension], on: device),
                codebook: try tensor(e, [codes, dimension], on: device), distance: rule, wantsAnchors: false)
            for row in 0..<latents {
                let order = (0..<codes).map { code in
                    distance(
                        z[row * dimension..<(row + 1) * dimension], e[code * dimension..<(code + 1) * dimension], rule)
                }
                let best = order.enumerated().min { $0.element < $1.element }
                #expect(Int(found.codes.indices[row]) == best?.offset, "row \(row)")
                #expect(found.distances.floats[row] == Float(best?.element ?? 0))
                #expect(found.secondDistances.floats[row] == Float(order.sorted()[1]))
            }
            return [found.codes, found.distances, found.secondDistances]
        }
    }

    @Test("more codes alike than a search remembers: the lowest index still wins")
    func alike() throws {
        let device = cpuDevice(threads: 2), codes = 200
        let rule = CodeDistance(parts: [.init(channels: 0..<3, weight: 1)], isSquared: true)
        var e = [Double](repeating: 0.5, count: codes * 3)
        e.replaceSubrange(0..<15, with: [Double](repeating: 9, count: 15))
        let found = try device.backend.nearestCodes(
            try tensor([Double](repeating: 0.25, count: 21), [7, 3], on: device),
            codebook: try tensor(e, [codes, 3], on: device), distance: rule, wantsAnchors: false)
        #expect(found.codes.indices == [Int32](repeating: 5, count: 7))
        #expect(found.distances.floats == [Float](repeating: 0.1875, count: 7))
        #expect(found.secondDistances.floats == found.distances.floats)
    }

    @Test("a codebook with a code that is not a number: it is never nearest")
    func codeNotANumber() throws {
        let device = cpuDevice(threads: 1)
        let rule = CodeDistance(parts: [.init(channels: 0..<1, weight: 1)], isSquared: true)
        let z = try Tensor([.infinity, 3], shape: [2, 1], on: device)
        let e = try Tensor([.nan, 1, 2], shape: [3, 1], on: device)
        let found = try device.backend.nearestCodes(z, codebook: e, distance: rule, wantsAnchors: false)
        #expect(found.codes.indices == [0, 2])
        #expect(found.distances.floats == [.infinity, 1])
    }
}
