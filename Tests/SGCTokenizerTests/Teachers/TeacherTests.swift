import SGCBase
import SGCONNX
import SGCTensor
import Testing

@testable import SGCTokenizer

/// From images to labels, features and values.
@Suite struct TeacherTests {
    private let device = Device(backend: CPUBackend(), threads: 1)

    private func noise(_ dimensions: [Int], seed: UInt64 = 1) throws -> Tensor {
        var random = RandomSource(seed: seed)
        let shape = try Shape(dimensions)
        return try Tensor((0..<shape.count).map { _ in random.uniform(-1, 1) }, shape: shape, on: device)
    }

    @Test("scores are interpolated before the best class is taken, exactly as without the shortcut")
    func scores() throws {
        var random = RandomSource(seed: 4)
        for (rows, columns, height, width) in [(3, 4, 7, 10), (5, 5, 5, 5), (2, 3, 32, 48), (8, 6, 3, 4), (1, 1, 4, 4)]
        {
            let classes = 5
            let values = (0..<rows * columns * classes).map { _ in random.uniform(-1, 1) }
            let map = try ScoreMap(values, rows: rows, columns: columns, classes: classes)
                .labels(height: height, width: width)
            let tensor = try Tensor(values, shape: [1, rows, columns, classes], on: device)
            let full = try tensor.resized(height: height, width: width, mode: .bilinear).argmax(axis: 3).indices
            #expect(map.ids == full.map { UInt16($0) })
        }
        #expect(throws: SGCError.self) {
            _ = try ScoreMap([0, .nan], rows: 1, columns: 1, classes: 2).labels(height: 1, width: 1)
        }
    }

    @Test("labels come at the image's size, from scores and from class ids, whatever the network's")
    func labels() throws {
        let teacher = try TinyTeachers.teacher(TinyTeachers.segmentation(), plainPixels)
        let x = try noise([2, 12, 16, 3])
        let maps = try teacher.labels(x).map { try $0.get() }
        #expect(maps.count == 2 && maps[0].width == 16 && maps[0].height == 12)
        // By hand: means of 2 × 2 pixels, interpolated, the strongest color.
        let means = try x.pooled(PoolingGeometry(.average, kernel: 2, stride: 2))
        let wanted = try means.resized(height: 12, width: 16, mode: .bilinear).argmax(axis: 3).indices
        #expect((maps[0].ids + maps[1].ids) == wanted.map { UInt16($0) })
        #expect(teacher.classCount == 3)

        let ids = try TinyTeachers.teacher(TinyTeachers.classIDs(), plainPixels)
        let nearest = try ids.labels(x)[0].get()
        let cells = try means.argmax(axis: 3).indices
        #expect(nearest.ids[0..<4] == [cells[0], cells[0], cells[1], cells[1]].map { UInt16($0) }[...])

        // One image at a time, and 8 × 8 pixels: what the graph demands.
        let fixed = try TinyTeachers.teacher(TinyTeachers.segmentation(batch: 1, side: 8), plainPixels)
        #expect(fixed.networkSize(height: 12, width: 16) == (8, 8))
        let small = try fixed.labels(x).map { try $0.get() }
        let shrunk = try x.resampled(height: 8, width: 8).pooled(PoolingGeometry(.average, kernel: 2, stride: 2))
        let smallWanted = try shrunk.resized(height: 12, width: 16, mode: .bilinear).argmax(axis: 3).indices
        #expect(small[0].ids + small[1].ids == smallWanted.map { UInt16($0) })
    }

    @Test("class ids outside the description's are refused, its ignore id is no class")
    func classIDs() throws {
        var json: JSONValue = plainPixels.merged(with: ["classes": ["a", "b"], "ignore_id": 2])
        let x = try noise([1, 8, 8, 3], seed: 3)
        let teacher = try TinyTeachers.teacher(TinyTeachers.classIDs(), json)
        let ids = try teacher.labels(x)[0].get().ids
        #expect(Set(ids) == [0, 1, LabelMap.ignore])
        json = plainPixels.merged(with: ["classes": ["a", "b"]])
        let strict = try TinyTeachers.teacher(TinyTeachers.classIDs(), json)
        let error = #expect(throws: SGCError.self) { _ = try strict.labels(x)[0].get() }
        #expect(error?.code == .range)
    }

    @Test("features of tokens stand where their patches are, without the class token")
    func features() throws {
        let model = try TinyTeachers.tokens()
        let teacher = try TinyTeachers.teacher(model, plainPixels)
        let x = try noise([2, 10, 16, 3])
        let features = try teacher.features(x)
        #expect(features.values.shape == [2, 3, 4, 5] && features.isFinite == [true, true])
        // The patches of the image at 12 × 16 by a convolution of our own.
        let pixels = try x.resampled(height: 12, width: 16).scaled(by: 0.5, plus: 0.5)
        var geometry = ConvolutionGeometry()
        (geometry.strideHeight, geometry.strideWidth) = (4, 4)
        let weight = try #require(model.graph.initializers["w"]).value(on: device).tensor(on: device).natural()
        let bias = try #require(model.graph.initializers["b"]).value(on: device).tensor(on: device).natural()
        let wanted = try pixels.convolution(weight: weight, bias: bias, geometry: geometry)
        #expect(zip(features.values.floats, wanted.floats).allSatisfy { abs($0 - $1) < 1e-5 })
        let coarse = try teacher.features(x, rows: 2, columns: 2)
        #expect(coarse.values.shape == [2, 2, 2, 5])
        #expect(try teacher.grid(width: 16, height: 10, on: device) == TeacherGrid(rows: 3, columns: 4, channels: 5))
        #expect(try teacher.featureChannels() == 5)
        let error = #expect(throws: SGCError.self) { _ = try teacher.labels(x) }
        #expect(error?.code == .state)
        // Without the patch's size, the grid has the image's proportions.
        let unknown = try TinyTeachers.teacher(model, plainPixels.merged(with: ["multiple": 1, "size": [12, 16]]))
        #expect(try unknown.features(x).values.floats == features.values.floats)
        let wrong = try TinyTeachers.teacher(model, plainPixels.merged(with: ["prefix_tokens": 2]))
        let second = #expect(throws: SGCError.self) { _ = try wrong.features(x) }
        #expect(second?.code == .mismatch)
    }

    @Test("a number that is not finite spoils its own image only")
    func notFinite() throws {
        let teacher = try TinyTeachers.teacher(TinyTeachers.logarithms(), plainPixels)
        #expect(teacher.description.kind == .features)
        let good = try noise([1, 4, 4, 3]).scaled(by: 0.4)
        let black = try Tensor.full([1, 4, 4, 3], -1, on: device)
        let features = try teacher.features(Tensor.concatenated([good, black, good], axis: 0))
        #expect(features.isFinite == [true, false, true])
        #expect(features.values.floats[48..<96].allSatisfy { $0 == 0 })
        #expect(features.values.floats[..<48] == features.values.floats[96...])

        let scores = try TinyTeachers.teacher(
            TinyTeachers.logarithms(), plainPixels.merged(with: ["kind": "segmentation", "output": "features"]))
        let labels = try scores.labels(Tensor.concatenated([black, good], axis: 0))
        let error = #expect(throws: SGCError.self) { _ = try labels[0].get() }
        #expect(error?.code == .numeric)
        #expect(try labels[1].get().ids.count == 16)
    }

    @Test("any value can be evaluated by name, and needs only the inputs that it depends on")
    func evaluate() throws {
        let model = try TinyTeachers.tokens()
        let teacher = try TinyTeachers.teacher(model)
        let image = try TinyTeachers.random([1, 3, 8, 4], seed: 9)
        let results = try teacher.evaluate(["pixel_values": image], wanting: ["tokens", "image_embeds", "w"])
        #expect(results.map(\.shape) == [[1, 2, 5], [1, 1, 5], [5, 3, 4, 4]])
        #expect(results[2].bytes == model.graph.initializers["w"]?.bytes)
        #expect(try teacher.evaluate([:], wanting: ["b"])[0].bytes == model.graph.initializers["b"]?.bytes)
        for (inputs, names) in [([:], ["tokens"]), (["x": image], ["tokens"]), (["pixel_values": image], ["token"])] {
            let error = #expect(throws: SGCError.self) { _ = try teacher.evaluate(inputs, wanting: names) }
            #expect(error?.code == .argument)
        }
        let half = try TinyTeachers.random([1, 2, 8, 4], seed: 9)
        let error = #expect(throws: SGCError.self) {
            _ = try teacher.evaluate(["pixel_values": half], wanting: ["tokens"])
        }
        #expect(error?.code == .mismatch)
    }

    @Test("shrinking averages all pixels, keeps means, and grows as the engine does")
    func resampling() throws {
        let x = try noise([1, 9, 12, 2])
        let small = try x.resampled(height: 3, width: 4)
        // Overlapping triangles: weights 1 2 3 2 1 over five pixels of nine in the middle row.
        let column = try x.sliced(axis: 2, 0..<1).resampled(height: 3, width: 1).floats
        let values = try x.sliced(axis: 2, 0..<1).floats
        let middle = [2, 3, 4, 5, 6].map { values[$0 * 2] }
        let weighted = zip(middle, [1, 2, 3, 2, 1] as [Float]).reduce(0) { $0 + $1.0 * $1.1 } / 9
        #expect(abs(column[2] - weighted) < 1e-6)
        #expect(small.shape == [1, 3, 4, 2])
        #expect(
            try Tensor.ones([1, 7, 7, 1], on: device).resampled(height: 3, width: 2).floats.allSatisfy {
                abs($0 - 1) < 1e-6
            })
        #expect(
            try x.resampled(height: 12, width: 20).floats
                == x.resized(height: 12, width: 20, mode: .bilinear).floats)
    }

    @Test("what one call cancels goes on for others")
    func cancellation() throws {
        let teacher = try TinyTeachers.teacher(TinyTeachers.segmentation(), plainPixels)
        let stopped = Device(sharing: teacher.device)
        try stopped.withCancellation(Cancellation { true }) {
            #expect(throws: SGCError.self) { _ = try teacher.labels(Tensor.zeros([1, 4, 4, 3], on: stopped)) }
            let others = try? teacher.labels(Tensor.zeros([1, 4, 4, 3], on: teacher.device))
            #expect(others?.count == 1)
        }
        #expect(stopped.memory === teacher.device.memory)
    }

    @Test("information tells inputs, operators and sizes")
    func information() throws {
        let teacher = try TinyTeachers.teacher(TinyTeachers.tokens())
        let json = try JSONValue(parsing: teacher.information(), source: "information")
        #expect(json["kind"] == "features" && json["parameters"] == 245 && json["nodes"] == 5)
        #expect(
            json["operators"]?["Conv"] == 1
                && json["values"] == ["patches", "flat", "tokens", "image_embeds", "last_hidden_state"])
        let cost = try teacher.cost(height: 8, width: 8)
        #expect(cost.total == 2 * 4 * 5 * 48 && cost.taps.map(\.name).contains("flat"))
        #expect(cost.taps.first { $0.name == "tokens" }?.shape == [1, 4, 5])
    }
}
