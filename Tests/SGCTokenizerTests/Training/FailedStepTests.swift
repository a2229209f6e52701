import SGCBase
import SGCNN
import SGCTensor
import Testing

@testable import SGCTokenizer

/// A step that does not happen changes nothing.
@Suite(.serialized) struct FailedStepTests {
    private static let settings = ["discriminator.weight=0.5", "average_decay=0.9", "tolerated_skips=2"]

    @Test("NaN pixels skip the step, are counted, and end training when they go on", arguments: ["vq", "cvq", "sgc"])
    func notFinite(_ kind: String) throws {
        let trainer = try tinyTrainer(kind, Self.settings)
        try trainer.run(2)
        let good = try bandBatch(seed: 9, on: trainer.device)
        let before = trainer.bits
        for bad in [Float.nan, .infinity] {
            var pixels = good.pixels.floats
            pixels[100] = bad
            let x = try Tensor(pixels, shape: good.pixels.shape, on: trainer.device)
            let metrics = try trainer.step(x, labels: good.labels)
            #expect(metrics["skipped"] == 1)
            #expect(changed(before, trainer.bits).isEmpty)
        }
        #expect(trainer.skippedSteps == 2)
        // A good step ends the row.
        #expect(try trainer.step(good.pixels, labels: good.labels)["skipped"] == 0)
        #expect(!changed(before, trainer.bits).isEmpty)
        let after = trainer.bits
        let nothing = try Tensor.full(good.pixels.shape, .nan, on: trainer.device)
        for _ in 0..<2 { #expect(try trainer.step(nothing, labels: good.labels)["skipped"] == 1) }
        let error = #expect(throws: SGCError.self) { try trainer.step(nothing, labels: good.labels) }
        #expect(error?.code == .numeric)
        #expect(changed(after, trainer.bits).isEmpty)
        #expect(trainer.skippedSteps == 5)
        #expect(try trainer.step(good.pixels, labels: good.labels)["skipped"] == 0, "training can go on")
    }

    @Test("a step cancelled at any point leaves everything as it was", arguments: ["vq", "sgc"])
    func cancelled(_ kind: String) throws {
        let settings = Self.settings + ["quantizer.clustering.anchor=probrandom"]
        let trainer = try tinyTrainer(kind, settings)
        let twin = try tinyTrainer(kind, settings)
        try trainer.run(2)
        try twin.run(2)
        let batch = try bandBatch(seed: 9, on: trainer.device)
        let before = trainer.bits
        var cancelled = 0
        for limit in stride(from: 1, to: 4000, by: 37) {
            let asked = Lock(0)
            let cancellation = Cancellation {
                asked.withLock { count in
                    count += 1
                    return count > limit
                }
            }
            do {
                _ = try trainer.device.withCancellation(cancellation) { () throws(SGCError) in
                    try trainer.step(batch.pixels, labels: batch.labels)
                }
                break
            } catch {
                #expect(error.code == .cancelled)
                cancelled += 1
                let differing = changed(before, trainer.bits)
                #expect(differing.isEmpty, "cancelled at \(limit): \(differing)")
                if !differing.isEmpty { return }
            }
        }
        #expect(cancelled > 5)
        // The step that went through is the one that an undisturbed trainer takes.
        _ = try twin.step(bandBatch(seed: 9, on: twin.device).pixels, labels: batch.labels)
        #expect(changed(trainer.bits, twin.bits).isEmpty)
        #expect(trainer.step == 3 && trainer.skippedSteps == 0)
    }

    @Test("a step that runs out of memory leaves everything as it was", arguments: ["vq", "sgc"])
    func outOfMemory(_ kind: String) throws {
        let roomy = try tinyTrainer(kind, Self.settings)
        let start = roomy.device.memory.liveBytes
        try roomy.run(1)
        let peak = roomy.device.memory.peakBytes
        var failed = 0
        for share in stride(from: 0.02, through: 1.1, by: 0.06) {
            let budget = start + Int(Double(peak - start) * share) + 8192
            let trainer = try tinyTrainer(
                kind, Self.settings, options: EngineOptions(threads: 1, memoryBudget: budget))
            let before = trainer.bits
            do {
                try trainer.run(1)
                #expect(changed(roomy.bits, trainer.bits).isEmpty)
            } catch let error as SGCError {
                #expect(error.code == .outOfMemory)
                failed += 1
                #expect(changed(before, trainer.bits).isEmpty, "budget \(budget) of \(peak)")
                #expect(trainer.step == 0)
            }
        }
        #expect(failed > 3)
    }

    @Test("images and label maps that do not fit are refused")
    func badInput() throws {
        let trainer = try tinyTrainer("sgc")
        let before = trainer.bits
        let (a, b) = (HostImage(width: 16, height: 12, seed: 1), HostImage(width: 16, height: 14, seed: 1))
        func expect(_ code: SGCError.Code, _ body: () throws -> Void) {
            let error = #expect(throws: SGCError.self) { try body() }
            #expect(error?.code == code, "\(error?.message ?? "")")
        }
        /// A step on one image with a label map of one class.
        func step(_ image: PixelSource, _ width: Int, _ height: Int, id: UInt8) throws -> StepMetrics {
            let ids = [UInt8](repeating: id, count: width * height)
            return try unsafe ids.withUnsafeBytes { bytes in
                let labels = try unsafe LabelSource(
                    base: #require(bytes.baseAddress), width: width, height: height, format: .uint8, ignore: 255)
                return try trainer.step(images: [image], labels: [labels])
            }
        }
        expect(.argument) { _ = try trainer.step(images: [], labels: nil) }
        try a.withSource { one in
            try b.withSource { other in
                expect(.mismatch) { _ = try trainer.step(images: [one, other], labels: nil) }
            }
            expect(.mismatch) { _ = try trainer.step(images: [one], labels: []) }
            expect(.mismatch) { _ = try step(one, 16, 10, id: 0) }
            expect(.range) { _ = try step(one, 16, 12, id: 3) }
            #expect(changed(before, trainer.bits).isEmpty)
            // The ignore id is no class.
            let metrics = try step(one, 16, 12, id: 255)
            #expect(metrics["semantic"] == nil)
        }
        // Sides that the factor does not divide are padded.
        let odd = HostImage(width: 15, height: 11, seed: 1)
        let metrics = try odd.withSource { try step($0, 15, 11, id: 2) }
        #expect(metrics["semantic"] != nil)
    }
}
