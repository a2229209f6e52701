import SGCBase
import SGCNN
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCTokenizer

/// Training as a whole: it learns, repeats itself bit for bit, and its variants compute the same.
@Suite(.serialized) struct TrainerTests {
    @Test("training on one batch lowers every loss", arguments: ["vq", "cvq", "sgc"])
    func learns(_ kind: String) throws {
        let trainer = try tinyTrainer(kind)
        let batch = try bandBatch(seed: 1, on: trainer.device)
        let first = try trainer.step(batch.pixels, labels: batch.labels)
        var last = first
        for _ in 0..<80 { last = try trainer.step(batch.pixels, labels: batch.labels) }
        #expect(try #require(last["reconstruction"]) < 0.5 * #require(first["reconstruction"]))
        #expect(try #require(last["psnr"]) > #require(first["psnr"]) + 5)
        #expect(last["step"] == 81)
        #expect(last["skipped"] == 0)
        #expect(try #require(last["usage"]) > 0 && #require(last["perplexity"]) >= 1)
        if kind == "sgc" {
            #expect(try #require(last["semantic"]) < 0.7 * #require(first["semantic"]))
            #expect(try #require(last["class_purity"]) > 0.8)
        } else {
            #expect(last["semantic"] == nil)
        }
    }

    @Test("from one seed and in the same steps CVQ uses more codes than VQ, and SGC's codes know the classes better")
    func quantizersCompared() throws {
        var distinct: [String: Int] = [:]
        var purity: [String: Double] = [:]
        for kind in ["vq", "cvq", "sgc"] {
            let trainer = try tinyTrainer(kind, ["quantizer.semantics.classes=3"])
            let metrics = try trainer.run(120)
            purity[kind] = try #require(metrics.last?["class_purity"])
            let unseen = try bandBatch(seed: 1000, on: trainer.device)
            let z = try trainer.model.latents(unseen.pixels, Context())
            let codes = try trainer.model.quantizer.nearest(z.reshaped([z.shape.rows, 16]), wantsAnchors: false).codes
            distinct[kind] = Set(codes.indices).count
        }
        let (vq, cvq, sgc) = (
            try #require(distinct["vq"]), try #require(distinct["cvq"]), try #require(distinct["sgc"])
        )
        #expect(cvq >= 2 * vq, "\(distinct)")
        #expect(sgc > vq, "\(distinct)")
        #expect(try #require(purity["sgc"]) > #require(purity["cvq"]) + 0.1, "\(purity)")
    }

    @Test("metrics are raw and weighted, and the weighted ones add up to the loss")
    func metrics() throws {
        let trainer = try tinyTrainer(
            "sgc",
            [
                "loss.reconstruction_weight=2", "quantizer.semantics.weight=0.5", "discriminator.weight=0.7",
                "quantizer.loss_form=legacy",
            ])
        let metrics = try #require(try trainer.run(2).last)
        let weighted = metrics.entries.filter { $0.name.hasSuffix("_weighted") }
        #expect(
            weighted.map(\.name)
                == ["reconstruction", "adversarial", "codebook", "commitment", "semantic"].map {
                    $0 + "_weighted"
                })
        let loss = try #require(metrics["loss"])
        #expect(abs(weighted.reduce(0) { $0 + $1.value } - loss) < 1e-5 * abs(loss) + 1e-6)
        #expect(try #require(metrics["codebook_weighted"]) == 0.25 * #require(metrics["codebook"]))
        #expect(try #require(metrics["semantic_weighted"]) == 0.5 * #require(metrics["semantic"]))
        for name in ["gradient_norm", "learning_rate", "images_per_second", "dead_codes", "discriminator"] {
            #expect(try #require(metrics[name]).isFinite, "\(name)")
        }
    }

    @Test("two trainers of one seed have the same bits after ten steps; another seed has others")
    func repeats() throws {
        let settings = [
            "discriminator.weight=0.5", "average_decay=0.9", "quantizer.clustering.anchor=random",
            "optimizer.weight_decay=0.01", "optimizer.gradient_clip=1",
        ]
        let (a, b) = (try tinyTrainer("sgc", settings), try tinyTrainer("sgc", settings))
        #expect(changed(a.bits, b.bits).isEmpty)
        let (first, second) = (try a.run(10), try b.run(10))
        #expect(first.map { $0["loss"] } == second.map { $0["loss"] })
        #expect(changed(a.bits, b.bits).isEmpty)
        let other = try tinyTrainer("sgc", settings + ["seed=4"])
        try other.run(1)
        #expect(!changed(a.bits, other.bits).isEmpty)
    }

    @Test("activations computed again give the same gradients in less memory")
    func recomputation() throws {
        let settings = ["model.residual_blocks=2", "model.attention_resolutions=[128]"]
        var found: [(gradients: [[Double]], peak: Int)] = []
        for extra in ["recompute_activations=false", "recompute_activations=true"] {
            let trainer = try tinyTrainer("vq", settings + [extra])
            let parameters = trainer.model.parameters.filter(\.isTrainable)
            let x = try Tensor(uniform(64 * 64 * 3, stream: 4), shape: [1, 64, 64, 3], on: trainer.device)
            trainer.device.memory.resetPeak()
            let result = try GradientComputation(
                model: trainer.model, adversary: nil, perceptual: nil, teachers: TrainingTeachers(),
                configuration: trainer.configuration,
                parameters: parameters, precision: .float32, step: 0)(x, labels: nil)
            found.append(
                (try result.generator.map { try #require($0).doubles }, trainer.device.memory.peakBytes))
        }
        for (a, b) in zip(found[0].gradients, found[1].gradients) {
            #expect(difference(b, a, tolerance: 1e-6) == nil)
        }
        #expect(Double(found[1].peak) < 0.8 * Double(found[0].peak), "\(found[1].peak) of \(found[0].peak) bytes")
    }

    @Test("a batch in two parts has the gradients of the whole batch", arguments: ["vq", "cvq", "sgc"])
    func accumulation(_ kind: String) throws {
        let whole = try tinyTrainer(kind, ["quantizer.semantics.weighting=hard"])
        let parts = try tinyTrainer(kind, ["quantizer.semantics.weighting=hard", "optimizer.accumulation=2"])
        let metrics = (try whole.run(1)[0], try parts.run(1)[0])
        for name in ["loss", "reconstruction", "codebook", "perplexity", "usage", "gradient_norm"] {
            let (a, b) = (try #require(metrics.0[name]), try #require(metrics.1[name]))
            #expect(abs(a - b) <= 1e-4 * abs(a), "\(name): \(a) and \(b)")
        }
        // The first moments of the first step are the gradients but for a factor.
        for (a, b) in zip(whole.optimizer.firstMoments, parts.optimizer.firstMoments) {
            #expect(difference(b.value.doubles, a.value.doubles, tolerance: 1e-4, a.name) == nil)
        }
        #expect(whole.tracker.hits.value.floats == parts.tracker.hits.value.floats)
    }

    @Test(
        "high levels of entries keep their length: in training, after the only update of the rule, and averaged",
        arguments: [
            ["average_decay=0.5"], ["quantizer.clustering.first_batch_only=true"], ["quantizer.semantics.threshold=0"],
            ["quantizer.semantics.multi_level=false", "average_decay=0.5"],
        ])
    func radius(settings: [String]) throws {
        let held = ["quantizer.semantics.radius=2", "optimizer.learning_rate=0.1"]
        let trainer = try tinyTrainer("sgc", settings + held)
        _ = try trainer.run(4)
        let snapshot = try trainer.snapshot()
        let quantizer = snapshot.configuration.quantizer
        let levels = FeatureLevels(quantizer.semantics, codeDimension: quantizer.codeDimension)
        for entries in [snapshot.codebook(), trainer.model.quantizer.codebook.value.floats] {
            for start in stride(from: 0, to: entries.count, by: quantizer.codeDimension) {
                for level in 0..<levels.highCount {
                    let channels = levels.channels(level)
                    let square = channels.reduce(Float(0)) { $0 + entries[start + $1] * entries[start + $1] }
                    #expect(abs(square.squareRoot() - 2) < 1e-5)
                }
            }
        }
    }

    @Test("averages follow the weights with the configured decay, and snapshots take them")
    func averages() throws {
        let trainer = try tinyTrainer("vq", ["average_decay=0.75"])
        let parameters = trainer.model.parameters.filter(\.isTrainable)
        var expected = parameters.map { $0.value.doubles }
        for _ in 0..<3 {
            try trainer.run(1)
            for (i, parameter) in parameters.enumerated() {
                expected[i] = zip(expected[i], parameter.value.doubles).map { 0.75 * $0 + 0.25 * $1 }
            }
        }
        for (average, values) in zip(trainer.averages, expected) {
            #expect(difference(average.value.doubles, values, tolerance: 1e-6, average.name) == nil)
        }
        let snapshot = try trainer.snapshot()
        let index = try #require(parameters.firstIndex { $0 === trainer.model.quantizer.codebook })
        #expect(snapshot.codebook() == trainer.averages[index].value.floats)
        let before = snapshot.codebook()
        try trainer.run(2)
        #expect(snapshot.codebook() == before, "a snapshot does not change with the training")
        #expect(trainer.averages[index].value.floats != before)
    }

    @Test("a replaced entry has no past: its average is the entry, its moments are gone")
    func replacedEntries() throws {
        let trainer = try tinyTrainer("cvq", ["average_decay=0.9"])
        try trainer.run(1)
        let codebook = trainer.model.quantizer.codebook
        let parameters = trainer.model.parameters.filter(\.isTrainable)
        let index = try #require(parameters.firstIndex { $0 === codebook })
        let (entries, average) = (codebook.value.floats, trainer.averages[index].value.floats)
        let (m, v) = (trainer.optimizer.firstMoments[index].value, trainer.optimizer.secondMoments[index].value)
        let hit = trainer.tracker.hits.value.floats
        var unused = 0
        for k in 0..<32 where hit[k] == 0 {
            let row = k * 16..<(k + 1) * 16
            #expect(entries[row] == average[row])
            #expect(m.floats[row].allSatisfy { $0 == 0 } && v.floats[row].allSatisfy { $0 == 0 })
            unused += 1
        }
        #expect(unused > 0)
    }

    @Test("a steady loop asks the system for no memory", arguments: Precision.allCases)
    func steadyMemory(_ precision: Precision) throws {
        let trainer = try tinyTrainer(
            "sgc", ["discriminator.weight=0.5", "average_decay=0.9"],
            options: EngineOptions(threads: 1, precision: precision))
        let batch = try bandBatch(seed: 1, on: trainer.device)
        for _ in 0..<5 { _ = try trainer.step(batch.pixels, labels: batch.labels) }
        let (allocations, live) = (trainer.device.memory.systemAllocations, trainer.device.memory.liveBytes)
        for _ in 0..<10 { _ = try trainer.step(batch.pixels, labels: batch.labels) }
        #expect(trainer.device.memory.systemAllocations == allocations)
        #expect(trainer.device.memory.liveBytes == live)
    }

    @Test("bfloat16 starts within 2 % of float32's losses and learns", arguments: ["vq", "cvq", "sgc"])
    func bfloat16(_ kind: String) throws {
        let exact = try tinyTrainer(kind)
        let rounded = try tinyTrainer(kind, options: EngineOptions(threads: 1, precision: .bfloat16))
        let batch = try bandBatch(seed: 1, on: exact.device)
        let pixels = try batch.pixels.copied(to: rounded.device)
        let a = try exact.step(batch.pixels, labels: batch.labels)
        let b = try rounded.step(pixels, labels: batch.labels)
        let (expected, actual) = (try #require(a["loss"]), try #require(b["loss"]))
        #expect(abs(actual - expected) < 0.02 * expected, "\(actual), float32 \(expected)")
        #expect(actual != expected)
        var last = b
        for _ in 0..<60 { last = try rounded.step(pixels, labels: batch.labels) }
        #expect(try #require(last["reconstruction"]) < 0.7 * #require(b["reconstruction"]))
        #expect(last["skipped_steps"] == 0)
    }

    @Test("the learning rate warms up and the clip bounds the step")
    func scheduleAndClip() throws {
        let trainer = try tinyTrainer("vq", ["optimizer.warm_up_steps=4"])
        #expect(try trainer.run(6).map { $0["learning_rate"] } == [5e-4, 1e-3, 1.5e-3, 2e-3, 2e-3, 2e-3])
        let free = try tinyTrainer("vq")
        let clipped = try tinyTrainer("vq", ["optimizer.gradient_clip=0.01"])
        let norm = try #require(try free.run(1)[0]["gradient_norm"])
        try clipped.run(1)
        #expect(norm > 0.01)
        let moments = (
            try globalNorm(free.optimizer.firstMoments.map(\.value)),
            try globalNorm(clipped.optimizer.firstMoments.map(\.value))
        )
        #expect(abs(moments.1 / moments.0 - 0.01 / norm) < 1e-5 * 0.01 / norm + 1e-9)
    }

    @Test("a perceptual term that a teacher gives joins the loss")
    func perceptual() throws {
        struct Brightness: PerceptualLoss {
            func callAsFunction(_ reconstruction: Tensor, _ original: Tensor) throws(SGCError) -> Tensor {
                try (reconstruction.mean() - original.mean()).square()
            }
        }
        let trainer = try tinyTrainer("vq", ["loss.perceptual_weight=3"])
        let plain = try tinyTrainer("vq")
        trainer.perceptual = Brightness()
        let (a, b) = (try trainer.run(1)[0], try plain.run(1)[0])
        let (term, weighted) = (try #require(a["perceptual"]), try #require(a["perceptual_weighted"]))
        #expect(term > 0 && weighted == 3 * term)
        #expect(abs(try #require(a["loss"]) - #require(b["loss"]) - weighted) < 1e-5)
    }
}
