import SGCBase
import SGCONNX
import SGCTensor
import Testing

@testable import SGCTokenizer

/// The distance of images that a network sees.
@Suite struct TeacherDistanceTests {
    private let device = Device(backend: CPUBackend(), threads: 1)
    private let taps: JSONValue = [
        "kind": "perceptual", "taps": ["near", "far"], "mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0],
    ]

    private func noise(seed: UInt64, _ dimensions: [Int] = [2, 6, 8, 3]) throws -> Tensor {
        var random = RandomSource(seed: seed)
        let shape = try Shape(dimensions)
        return try Tensor((0..<shape.count).map { _ in random.uniform(-1, 1) }, shape: shape, on: device)
    }

    /// Eq. 1 of the paper in plain loops over the taps `[N, C, h, w]`.
    private func byHand(
        _ teacher: Teacher, _ a: Tensor, _ b: Tensor, heads: [[Float]], weights: [Float]
    ) throws -> [Float] {
        func values(_ x: Tensor) throws -> [ONNXTensor] {
            let planar = try x.scaled(by: 0.5, plus: 0.5).permuted([0, 3, 1, 2])
            return try teacher.evaluate(
                ["pixel_values": TinyTeachers.floats(planar.floats, planar.shape.dimensions)], wanting: ["near", "far"])
        }
        var distances = [Float](repeating: 0, count: a.shape[0])
        for (index, (left, right)) in zip(try values(a), try values(b)).enumerated() {
            let (x, y) = (try left.array().reals.map { Float($0) }, try right.array().reals.map { Float($0) })
            let (channels, places) = (left.shape[1], left.shape[2] * left.shape[3])
            for n in distances.indices {
                for place in 0..<places {
                    func vector(_ all: [Float]) -> [Float] {
                        let v = (0..<channels).map { all[(n * channels + $0) * places + place] }
                        let length = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
                        return v.map { $0 / length }
                    }
                    for (c, (p, q)) in zip(vector(x), vector(y)).enumerated() {
                        distances[n] += heads[index][c] * (p - q) * (p - q) / Float(places) * weights[index]
                    }
                }
            }
        }
        return distances
    }

    @Test("distances are those of the paper's equation, with and without weights")
    func values() throws {
        let (a, b) = (try noise(seed: 1), try noise(seed: 2))
        let ones = [[Float](repeating: 1, count: 4), [Float](repeating: 1, count: 6)]
        let plain = try TinyTeachers.teacher(TinyTeachers.maps(), taps)
        let found = try TeacherDistance(plain).distances(a, b).floats
        let wanted = try byHand(plain, a, b, heads: ones, weights: [1, 1])
        #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-5 * abs($1) }, "\(found) \(wanted)")
        #expect(try TeacherDistance(plain).distances(a, a).floats == [0, 0])
        #expect(try TeacherDistance(plain)(a, b).item.distance(to: Double(found[0] + found[1]) / 2).magnitude < 1e-6)
        let weighted = try TinyTeachers.teacher(
            TinyTeachers.maps(), taps.merged(with: ["tap_weights": [2.0, 0.5]]))
        let second = try TeacherDistance(weighted).distances(a, b).floats
        let half = try byHand(plain, a, b, heads: ones, weights: [2, 0.5])
        #expect(zip(second, half).allSatisfy { abs($0 - $1) < 1e-5 * abs($1) })
    }

    @Test("learned heads weight channels, and must fit")
    func heads() throws {
        try withTemporaryDirectory { directory in
            let heads: [[Float]] = [[0.5, 1, 0, 2], [1, 2, 3, 0, 0.25, 1]]
            func write(_ values: [[Float]], _ name: String) throws {
                let tensors = try values.enumerated().map {
                    try SafetensorsTensor(
                        name: "lin\($0.offset).model.1.weight", type: .float32, shape: [1, $0.element.count, 1, 1])
                }
                try unsafe SafetensorsWriter.write("\(directory)/\(name)", tensors: tensors) {
                    index, sink throws(SGCError) in
                    let tensor = try Tensor(
                        values[index], shape: [values[index].count], on: Device(backend: CPUBackend()))
                    try unsafe tensor.withBytes { (bytes) throws(SGCError) in try unsafe sink(bytes) }
                }
            }
            try write(heads, "heads.safetensors")
            try write([heads[0], heads[0]], "short.safetensors")
            let json = taps.merged(with: ["heads": "heads.safetensors"])
            let teacher = try TinyTeachers.teacher(TinyTeachers.maps(), json, path: "\(directory)/maps.onnx")
            let (a, b) = (try noise(seed: 1), try noise(seed: 2))
            let found = try TeacherDistance(teacher).distances(a, b).floats
            let wanted = try byHand(teacher, a, b, heads: heads, weights: [1, 1])
            #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-5 * abs($1) })
            let short = try TinyTeachers.teacher(
                TinyTeachers.maps(), taps.merged(with: ["heads": "short.safetensors"]), path: "\(directory)/maps.onnx")
            let error = #expect(throws: SGCError.self) { _ = try TeacherDistance(short).distances(a, b) }
            #expect(error?.code == .mismatch)
            let outside = taps.merged(with: ["heads": "../heads.safetensors"])
            let second = #expect(throws: SGCError.self) {
                _ = try TinyTeachers.teacher(TinyTeachers.maps(), outside, path: "\(directory)/maps.onnx")
            }
            #expect(second?.code == .path)
            let missing = json.merged(with: ["head_tensors": ["a", "b"]])
            let third = #expect(throws: SGCError.self) {
                _ = try TinyTeachers.teacher(TinyTeachers.maps(), missing, path: "\(directory)/maps.onnx")
            }
            #expect(third?.code == .mismatch)
        }
    }

    @Test("the gradient reaches the reconstruction through the network")
    func gradient() throws {
        let distance = try TeacherDistance(TinyTeachers.teacher(TinyTeachers.maps(), taps))
        let (a, b) = (try noise(seed: 3, [1, 4, 4, 3]), try noise(seed: 4, [1, 4, 4, 3]))
        let gradient = try Tape.run { tape throws(SGCError) in
            let watched = tape.watch(a)
            return try tape.gradient(of: distance(watched, b), with: [watched])[0]
        }
        let found = try #require(gradient).floats
        let step: Float = 1e-2
        for index in stride(from: 0, to: 48, by: 5) {
            func moved(_ by: Float) throws -> Double {
                var values = a.floats
                values[index] += by
                return try distance(Tensor(values, shape: a.shape, on: device), b).item
            }
            let slope = (try moved(step) - moved(-step)) / Double(2 * step)
            #expect(abs(slope - Double(found[index])) < 2e-4, "\(index): \(slope), \(found[index])")
        }
        #expect(found.contains { abs($0) > 1e-3 })
    }

    @Test("other teachers measure no distance")
    func kinds() throws {
        let error = #expect(throws: SGCError.self) {
            _ = try TeacherDistance(TinyTeachers.teacher(TinyTeachers.tokens()))
        }
        #expect(error?.code == .state)
    }
}
