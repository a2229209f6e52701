import SGCBase
import SGCTensor
import SGCTokenizer
import Testing

/// A model of a few thousand weights that still has every part.
func tinyConfiguration(_ kind: String, extra: String = "") -> String {
    """
    {"seed": 3,
     "model": {"channels": 8, "channel_multipliers": [1, 2], "residual_blocks": 1, "attention_resolutions": [],
               "latent_channels": 16, "norm_groups": 4},
     "quantizer": {"kind": "\(kind)", "codebook_size": 32, "code_dimension": 16,
                   "clustering": {"decay": 0.9},
                   "semantics": {"classes": 3}},
     "optimizer": {"learning_rate": 2e-3}\(extra)}
    """
}

/// Four images of three vertical bands whose colours and borders vary, with the band as class: `[4, 16, 24, 3]`.
func bandBatch(seed: UInt64, on device: Device) throws -> (pixels: Tensor, labels: [Int32]) {
    var random = RandomSource(seed: seed)
    var pixels: [Float] = []
    var labels: [Int32] = []
    for _ in 0..<4 {
        let borders = [4 + random.integer(below: 4) * 2, 14 + random.integer(below: 4) * 2]
        let colors = (0..<9).map { _ in random.uniform(-0.8, 0.8) }
        for y in 0..<16 {
            for x in 0..<24 {
                let band = x < borders[0] ? 0 : x < borders[1] ? 1 : 2
                for c in 0..<3 { pixels.append(colors[band * 3 + c] + 0.1 * Float((x + y) % 2)) }
            }
        }
        for _ in 0..<8 {
            for x in 0..<12 { labels.append(2 * x < borders[0] ? 0 : 2 * x < borders[1] ? 1 : 2) }
        }
    }
    return (try Tensor(pixels, shape: [4, 16, 24, 3], on: device), labels)
}

@Suite(.serialized) struct TrainerTests {
    @Test("training lowers the reconstruction error", arguments: ["vq", "cvq", "sgc"])
    func learns(_ kind: String) throws {
        let trainer = try Trainer(configuration: tinyConfiguration(kind), options: EngineOptions(threads: 2))
        let batch = try bandBatch(seed: 1, on: trainer.device)
        let first = try trainer.step(batch.pixels, labels: batch.labels)
        var last = first
        for _ in 0..<60 { last = try trainer.step(batch.pixels, labels: batch.labels) }
        #expect(try #require(last["reconstruction"]) < 0.4 * #require(first["reconstruction"]))
        #expect(last["step"] == 61)
        #expect(last["skipped"] == 0)
        if kind == "sgc" {
            #expect(try #require(last["semantic"]) < 0.5 * #require(first["semantic"]))
            #expect(try #require(last["class_purity"]) > 0.8)
        }
    }
}
