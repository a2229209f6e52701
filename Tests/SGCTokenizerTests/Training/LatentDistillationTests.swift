import SGCBase
import SGCNN
import SGCTensor
import Testing

@testable import SGCTokenizer

/// Training with another tokenizer as the teacher.
@Suite(.serialized) struct LatentDistillationTests {
    /// Narrower than what it imitates.
    private static let small = ["model.channels=4"]

    /// A tokenizer whose codes have settled.
    private func teacher(_ kind: String, _ settings: [String] = []) throws -> Tokenizer {
        let trainer = try tinyTrainer(kind, settings + ["seed=5"])
        try trainer.run(20)
        return try trainer.snapshot()
    }

    @Test("the loss is the squared distance of the latents over the variance of the codes", arguments: ["vq", "sgc"])
    func loss(_ kind: String) throws {
        let settings = ["quantizer.semantics.radius=2", "loss.distillation_weight=0.5"]
        let teacher = try teacher(kind, settings)
        let trainer = try tinyTrainer(kind, settings + Self.small)
        try trainer.imitate(teacher)
        let batch = try bandBatch(seed: 1, on: trainer.device)
        func latents(_ model: TokenizerModel) throws -> [Double] {
            let z = try model.latents(batch.pixels, Context())
            var values = try z.reshaped([z.shape.rows, z.shape.last]).doubles
            guard kind == "sgc" else { return values }
            // The first of four levels has the length 2.
            for row in stride(from: 0, to: values.count, by: 16) {
                let length = values[row..<row + 4].reduce(0) { $0 + $1 * $1 }.squareRoot()
                for c in row..<row + 4 { values[c] *= 2 / length }
            }
            return values
        }
        let (mine, its) = (try latents(trainer.model), try latents(teacher.model))
        let codes = teacher.codebook().map(Double.init)
        var means = [Double](repeating: 0, count: 16)
        for (index, value) in codes.enumerated() { means[index % 16] += value / 32 }
        let variance = codes.enumerated().reduce(0) {
            $0 + ($1.element - means[$1.offset % 16]) * ($1.element - means[$1.offset % 16]) / Double(codes.count)
        }
        let expected = zip(mine, its).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(its.count) / variance
        let metrics = try trainer.step(batch.pixels, labels: batch.labels)
        let found = try #require(metrics["latent_distillation"])
        #expect(abs(found - expected) < 1e-4 * expected, "\(found), not \(expected)")
        #expect(metrics["latent_distillation_weighted"] == found * 0.5)
        let total = try #require(metrics["reconstruction_weighted"]) + found * 0.5
        #expect(abs(try #require(metrics["loss"]) - total) < 1e-5 * total)
        // Nothing of the quantizer's own.
        for name in ["codebook", "commitment", "semantic"] { #expect(metrics[name] == nil) }
    }

    @Test("a model learns the tokens, and the codebook stays the teacher's", arguments: ["vq", "cvq", "sgc"])
    func imitation(_ kind: String) throws {
        let teacher = try teacher(kind)
        let trainer = try tinyTrainer(
            kind, Self.small + ["average_decay=0.5", "optimizer.weight_decay=0.1", "optimizer.accumulation=2"])
        try trainer.imitate(teacher)
        let metrics = try trainer.run(60)
        func mean(_ name: String, _ steps: ArraySlice<StepMetrics>) -> Double {
            steps.compactMap { $0[name] }.reduce(0, +) / Double(steps.count)
        }
        #expect(mean("latent_distillation", metrics.suffix(5)) < 0.7 * mean("latent_distillation", metrics.prefix(5)))
        #expect(mean("teacher_agreement", metrics.suffix(5)) > mean("teacher_agreement", metrics.prefix(5)))
        #expect(mean("teacher_agreement", metrics.suffix(5)) > 0.3)
        let student = try trainer.snapshot()
        #expect(student.codebook() == teacher.codebook())
        let batch = try bandBatch(seed: 99, on: trainer.device)
        let tokens = try student.nearest(student.model.latents(batch.pixels, Context())).tokens
        let its = try teacher.nearest(teacher.model.latents(batch.pixels, Context())).tokens
        let equal = zip(tokens, its).filter { $0 == $1 }.count
        #expect(equal * 10 > 3 * tokens.count, "\(equal) of \(tokens.count) tokens")
    }

    @Test("codes are the teacher's to the bit also where entries have a length and weights are averaged")
    func averages() throws {
        let settings = ["quantizer.semantics.radius=1.3"]
        let teacher = try teacher("sgc", settings)
        let trainer = try tinyTrainer("sgc", settings + Self.small + ["average_decay=0.9"])
        try trainer.imitate(teacher)
        try trainer.run(5)
        #expect(try trainer.snapshot().codebook() == teacher.codebook())
    }

    @Test("a batch in two parts has the losses and the gradients of the whole batch")
    func accumulation() throws {
        let teacher = try teacher("sgc")
        let metrics = try [1, 2].map { parts in
            let trainer = try tinyTrainer("sgc", Self.small + ["optimizer.accumulation=\(parts)"])
            try trainer.imitate(teacher)
            return try trainer.run(1)[0]
        }
        for name in ["loss", "latent_distillation", "teacher_agreement", "gradient_norm"] {
            let (a, b) = (try #require(metrics[0][name]), try #require(metrics[1][name]))
            #expect(abs(a - b) < 1e-4 * abs(a), "\(name): \(a), \(b)")
        }
    }

    @Test("an image of a single token, or of one color, is no reason for a huge step")
    func singleToken() throws {
        let teacher = try teacher("sgc")
        let trainer = try tinyTrainer("sgc", Self.small)
        try trainer.imitate(teacher)
        for shape in [[1, 2, 2, 3], [1, 16, 16, 3]] as [Shape] {
            let x = try Tensor.zeros(shape, on: trainer.device)
            let metrics = try trainer.step(x, labels: nil)
            let norm = try #require(metrics["gradient_norm"])
            #expect(norm < 1e3 && metrics["skipped"] == 0, "\(norm)")
        }
    }

    @Test("without labels codes mean what they mean to the teacher; with labels, what the model hits")
    func semantics() throws {
        let teacher = try teacher("sgc")
        #expect(teacher.semantics.histogram.contains { $0 > 0 })
        let trainer = try tinyTrainer("sgc", Self.small)
        try trainer.imitate(teacher)
        try trainer.run(2, labelled: false)
        #expect(try trainer.snapshot().semantics.histogram == teacher.semantics.histogram)
        try trainer.run(1)
        #expect(try trainer.snapshot().semantics.histogram != teacher.semantics.histogram)
    }

    @Test("imitation in bfloat16 learns, too, and makes no system allocation in a steady loop")
    func bfloat16() throws {
        let trainer = try tinyTrainer(
            "sgc", Self.small, options: EngineOptions(threads: 1, precision: .bfloat16))
        try trainer.imitate(teacher("sgc"))
        let metrics = try trainer.run(40)
        let (first, last) = (
            try #require(metrics[0]["latent_distillation"]), try #require(metrics[39]["latent_distillation"])
        )
        #expect(last < 0.8 * first, "\(first) -> \(last)")
        let allocations = trainer.device.memory.systemAllocations
        try trainer.run(2)
        #expect(trainer.device.memory.systemAllocations == allocations)
    }

    @Test("resumed imitation equals uninterrupted imitation bit for bit, and wants the same tokenizer")
    func resume() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/checkpoint"
            let teacher = try teacher("sgc")
            let whole = try tinyTrainer("sgc", Self.small)
            try whole.imitate(teacher)
            try whole.run(3)
            try whole.save(directory: path)
            let (resumed, _) = try Trainer.resume(directory: path, options: EngineOptions(threads: 1))
            var error = #expect(throws: SGCError.self) { try resumed.run(1) }
            #expect(error?.code == .state && error?.message.contains("tokenizer") == true)
            error = #expect(throws: SGCError.self) { try resumed.imitate(self.teacher("sgc", ["model.channels=12"])) }
            #expect(error?.code == .mismatch)
            // What is missing stays missing in a checkpoint of the checkpoint.
            try resumed.save(directory: path + "2")
            let (again, _) = try Trainer.resume(directory: path + "2", options: EngineOptions(threads: 1))
            for trainer in [resumed, again] {
                try trainer.imitate(teacher)
                #expect(changed(whole.bits, trainer.bits).isEmpty)
            }
            try whole.run(3)
            try resumed.run(3)
            #expect(changed(whole.bits, resumed.bits).isEmpty)
            // Without its teacher a training learns its codes.
            let before = again.model.quantizer.codebook.value.floats
            try again.setTeacher(nil)
            #expect(try again.run(2)[0]["commitment"] != nil)
            #expect(again.model.quantizer.codebook.value.floats != before)
        }
    }

    @Test("tokenizers of other tokens are refused, and any once a training has codes of its own")
    func refused() throws {
        let teacher = try teacher("vq")
        let cases: [(settings: [String], code: SGCError.Code, text: String)] = [
            (["quantizer.codebook_size=16"], .mismatch, "codebook_size"),
            (["model.channel_multipliers=[1, 2, 2]"], .mismatch, "4 pixels a token, got 2"),
        ]
        for (settings, code, text) in cases {
            let error = #expect(throws: SGCError.self) { try tinyTrainer("vq", settings).imitate(teacher) }
            #expect(error?.code == code && error?.message.contains(text) == true, "\(error?.message ?? "")")
        }
        let trainer = try tinyTrainer("vq")
        try trainer.run(1)
        let error = #expect(throws: SGCError.self) { try trainer.imitate(teacher) }
        #expect(error?.code == .state)
    }
}
