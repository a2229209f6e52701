import SGCBase
import SGCNN
import SGCONNX
import SGCTensor
import Testing

@testable import SGCTokenizer

/// Training with teachers: what they add, and that it goes on bit for bit.
@Suite(.serialized) struct TaughtTrainingTests {
    private let tokens = { try TinyTeachers.teacher(TinyTeachers.tokens()) }
    private let colors = { try TinyTeachers.teacher(TinyTeachers.segmentation(), plainPixels) }
    private let distance = {
        try TinyTeachers.teacher(TinyTeachers.maps(), ["kind": "perceptual", "taps": ["near", "far"]])
    }

    @Test("labels of a segmentation train as the same labels from the host do")
    func labels() throws {
        let (taught, told) = (try tinyTrainer("sgc"), try tinyTrainer("sgc"))
        try taught.setTeacher(colors())
        for seed in 1...3 as ClosedRange<UInt64> {
            let batch = try bandBatch(seed: seed, on: taught.device)
            let maps = try colors().labels(batch.pixels).map { try $0.get() }
            let grid = try maps.flatMap { try $0.labelGrid(rows: 8, columns: 12, factor: 2).map { Int32($0) } }
            let metrics = try taught.step(batch.pixels, labels: nil)
            #expect(metrics["labels_failed"] == 0 && (metrics["semantic"] ?? 0) > 0)
            let own = try told.step(batch.pixels, labels: grid)
            #expect(own["labels_failed"] == nil && own["semantic"] == metrics["semantic"])
        }
        #expect(changed(taught.bits, told.bits).isEmpty)
        // Labels of the host come first.
        let batch = try bandBatch(seed: 9, on: taught.device)
        #expect(try taught.step(batch.pixels, labels: batch.labels)["labels_failed"] == nil)
    }

    @Test("images of hosts are taught without their padding")
    func padding() throws {
        let trainer = try tinyTrainer("sgc")
        try trainer.setTeacher(colors())
        let image = HostImage(width: 23, height: 15, seed: 2)
        let metrics = try image.withSource { try trainer.step(images: [$0, $0], labels: nil) }
        #expect(metrics["labels_failed"] == 0 && metrics["semantic"]?.isFinite == true)
        let labels = try image.withSource { source in
            try colors().answer(to: source, wantsLabels: true, wantsFeatures: false, on: trainer.device).labels
        }
        let grid = try LabelMap(width: 23, height: 15, ids: labels).labelGrid(rows: 8, columns: 12, factor: 2)
        let counted = try #require(trainer.tracker.classHits).value.floats
        for c in 0..<3 {
            let hits = (0..<32).reduce(Float(0)) { $0 + counted[$1 * 3 + c] }
            #expect(Int(hits.rounded()) == 2 * grid.filter { $0 == UInt16(c) }.count)
        }
    }

    @Test(
        "distillation teaches tokens the features, and is reported raw and weighted", arguments: ["vq", "cvq", "sgc"])
    func distillation(_ kind: String) throws {
        let trainer = try tinyTrainer(kind, ["loss.distillation_weight=0.5"])
        try trainer.setTeacher(tokens())
        let plain = try tinyTrainer(kind)
        let metrics = try trainer.run(30)
        let first = try #require(metrics[0]["distillation"])
        #expect(metrics[0]["distillation_weighted"] == first * 0.5 && metrics[0]["distillation_failed"] == 0)
        #expect(first > 0 && first < 2)
        let others = try plain.run(1)[0]
        #expect(others["distillation"] == nil)
        #expect(abs((metrics[0]["loss"] ?? 0) - (others["loss"] ?? 0) - first * 0.5) < 1e-5)
        let last = metrics.suffix(5).compactMap { $0["distillation"] }.reduce(0, +) / 5
        #expect(last < 0.9 * first, "\(first) -> \(last)")
        #expect(trainer.teachers.features?.optimizer.step == 30)
    }

    @Test("the loss is one minus the mean cosine of places")
    func cosine() throws {
        let trainer = try tinyTrainer("vq")
        try trainer.setTeacher(tokens())
        let batch = try bandBatch(seed: 1, on: trainer.device)
        let distillation = try #require(trainer.teachers.features)
        let features = try trainer.model.latents(batch.pixels, Context())
        let (loss, failed) = try distillation(batch.pixels, features: features, Context())
        let goal = try tokens().features(batch.pixels, rows: 8, columns: 12).values.floats
        let weight = try #require(distillation.store.parameters.first { $0.name == "projection.weight" }).value.floats
        let bias = try #require(distillation.store.parameters.first { $0.name == "projection.bias" }).value.floats
        let z = features.floats
        var sum = 0.0
        for place in 0..<4 * 96 {
            let p = (0..<5).map { c in
                (0..<16).reduce(Double(bias[c])) { $0 + Double(weight[c * 16 + $1] * z[place * 16 + $1]) }
            }
            let t = (0..<5).map { Double(goal[place * 5 + $0]) }
            func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
            sum += dot(p, t) / (dot(p, p) * dot(t, t)).squareRoot()
        }
        #expect(failed == 0)
        #expect(abs(try #require(loss).item - (1 - sum / 384)) < 1e-5)
    }

    @Test("an image for which a teacher has no numbers does not count")
    func failures() throws {
        let trainer = try tinyTrainer("vq")
        try trainer.setTeacher(TinyTeachers.teacher(TinyTeachers.logarithms(), plainPixels))
        let batch = try bandBatch(seed: 1, on: trainer.device)
        let black = try Tensor.full([1, 16, 24, 3], -1, on: trainer.device)
        let mixed = try Tensor.concatenated([batch.pixels.sliced(axis: 0, 0..<3), black], axis: 0)
        let metrics = try trainer.step(mixed, labels: nil)
        #expect(metrics["distillation_failed"] == 0.25 && metrics["distillation"]?.isFinite == true)
        #expect(metrics["skipped"] == 0)
        let none = try trainer.step(Tensor.concatenated([black, black], axis: 0), labels: nil)
        #expect(none["distillation_failed"] == 1 && none["distillation"] == nil && none["skipped"] == 0)

        let labelled = try tinyTrainer("sgc")
        try labelled.setTeacher(
            TinyTeachers.teacher(
                TinyTeachers.logarithms(), plainPixels.merged(with: ["kind": "segmentation", "output": "features"])))
        let told = try labelled.step(mixed, labels: nil)
        #expect(told["labels_failed"] == 0.25 && (told["semantic"] ?? 0) > 0)
    }

    @Test("a perceptual teacher is a perceptual loss")
    func perceptual() throws {
        let trainer = try tinyTrainer("vq", ["loss.perceptual_weight=3"])
        try trainer.setTeacher(distance())
        let metrics = try trainer.run(2)[0]
        let raw = try #require(metrics["perceptual"])
        #expect(raw > 0 && metrics["perceptual_weighted"] == raw * 3)
        let plain = try tinyTrainer("vq")
        try plain.run(2)
        #expect(!changed(trainer.bits, plain.bits).isEmpty)
    }

    @Test("resumed training with its teachers equals uninterrupted training bit for bit")
    func resume() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/checkpoint"
            let settings = ["optimizer.accumulation=2", "optimizer.gradient_clip=1", "discriminator.weight=0.5"]
            let whole = try tinyTrainer("sgc", settings)
            for teacher in try [tokens(), colors(), distance()] { try whole.setTeacher(teacher) }
            try whole.run(3, labelled: false)
            try whole.save(directory: path)
            let (resumed, _) = try Trainer.resume(directory: path, options: EngineOptions(threads: 1))
            for teacher in try [colors(), distance(), tokens()] {
                let error = #expect(throws: SGCError.self) { try resumed.run(1, labelled: false) }
                #expect(error?.code == .state)
                try resumed.setTeacher(teacher)
            }
            #expect(changed(whole.bits, resumed.bits).isEmpty)
            let (a, b) = (try whole.run(3, labelled: false), try resumed.run(3, labelled: false))
            #expect(changed(whole.bits, resumed.bits).isEmpty)
            for (x, y) in zip(a, b) {
                #expect(
                    x.entries.filter { $0.name != "images_per_second" }
                        == y.entries.filter { $0.name != "images_per_second" })
            }
            #expect(a[0]["distillation"] != nil && a[0]["perceptual"] != nil && a[0]["semantic"] != nil)
        }
    }

    @Test("a resumed training wants the teachers that it had, or none at all")
    func otherTeachers() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/checkpoint"
            let trainer = try tinyTrainer("vq")
            try trainer.setTeacher(tokens())
            try trainer.run(1)
            try trainer.save(directory: path)
            let (resumed, _) = try Trainer.resume(directory: path, options: EngineOptions(threads: 1))
            let other = try TinyTeachers.teacher(TinyTeachers.tokens(seed: 2))
            let error = #expect(throws: SGCError.self) { try resumed.setTeacher(other) }
            #expect(error?.code == .mismatch)
            // What is missing stays missing in a checkpoint of the checkpoint.
            try resumed.save(directory: path + "2")
            let (again, _) = try Trainer.resume(directory: path + "2", options: EngineOptions(threads: 1))
            #expect(again.teachers.expected.keys.map(\.rawValue) == ["features"])
            try again.setTeacher(nil)
            #expect(try again.run(1)[0]["distillation"] == nil)
            // Another network takes the place of the first in a training that runs: its projection starts anew.
            try trainer.setTeacher(other)
            #expect(trainer.teachers.features?.optimizer.step == 0)
            try trainer.run(1)
            // The projection is no part of the model.
            try trainer.export(directory: directory + "/model")
            let file = try SafetensorsFile(path: directory + "/model/model.safetensors")
            #expect(!file.tensors.contains { $0.name.contains("projection") || $0.name.contains("distillation") })
        }
    }

    @Test("teachers that do not fit the training are refused")
    func refused() throws {
        let trainer = try tinyTrainer("sgc", ["quantizer.semantics.classes=4"])
        let cases: [(Teacher, SGCError.Code)] = [
            (try colors(), .mismatch), (try TinyTeachers.teacher(TinyTeachers.maps()), .argument),
            (try TinyTeachers.teacher(TinyTeachers.tokens(), ["kind": "text"]), .argument),
        ]
        for (teacher, code) in cases {
            let error = #expect(throws: SGCError.self) { try trainer.setTeacher(teacher) }
            #expect(error?.code == code)
        }
        let unlabelled = try tinyTrainer("vq")
        let error = #expect(throws: SGCError.self) { try unlabelled.setTeacher(colors()) }
        #expect(error?.code == .mismatch)
    }
}
