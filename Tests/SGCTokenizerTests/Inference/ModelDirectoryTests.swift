import SGCBase
import SGCNN
import SGCTensor
import Testing

@testable import SGCTokenizer

/// Exported models.
@Suite(.serialized) struct ModelDirectoryTests {
    @Test("an exported model gives the tokens and pixels of a snapshot", arguments: ["vq", "cvq", "sgc"])
    func roundTrip(_ kind: String) throws {
        try withTemporaryDirectory { directory in
            let trainer = try tinyTrainer(kind, ["average_decay=0.5"])
            try trainer.run(4)
            let snapshot = try trainer.snapshot()
            try trainer.export(directory: directory + "/model")
            let loaded = try Tokenizer.load(directory: directory + "/model", options: EngineOptions(threads: 1))
            #expect(loaded.configuration == snapshot.configuration)
            #expect(loaded.codebook() == snapshot.codebook())
            #expect(loaded.semantics.classes == snapshot.semantics.classes)
            #expect(loaded.semantics.histogram == snapshot.semantics.histogram)
            let image = HostImage(width: 21, height: 14, seed: 5)
            let (a, b) = (try loaded.encode(image, wantLatents: true), try snapshot.encode(image, wantLatents: true))
            #expect(a.tokens == b.tokens && a.margins == b.margins && a.latents == b.latents)
            #expect(a.classes == b.classes && a.purities == b.purities)
            #expect(
                try loaded.decode(a, width: 21, height: 14) == snapshot.decode(b, width: 21, height: 14))
            #expect(a.classes.allSatisfy { kind == "sgc" ? $0 >= -1 && $0 < 3 : $0 == -1 })
            // Saved again, it is the same.
            try loaded.save(directory: directory + "/again")
            for file in ["config.json", "model.safetensors", "semantics.json", "preprocessor.json"] {
                #expect(
                    try File.read("\(directory)/model/\(file)", limit: 1 << 28)
                        == File.read("\(directory)/again/\(file)", limit: 1 << 28), "\(file)")
            }
        }
    }

    @Test("what only training needs is not exported")
    func exported() throws {
        try withTemporaryDirectory { directory in
            let trainer = try tinyTrainer("sgc", ["discriminator.weight=0.5"])
            try trainer.export(directory: directory + "/model")
            let names = try SafetensorsFile(path: directory + "/model/model.safetensors").tensors.map(\.name)
            #expect(names.contains("quantize.embedding.weight") && names.contains("decoder.up.1.upsample.conv.bias"))
            for part in ["usage", "histogram", "semantics", "main.", "exp_avg", "updates"] {
                #expect(names.allSatisfy { !$0.contains(part) }, "\(part)")
            }
        }
    }

    @Test("a damaged model says what is wrong")
    func damaged() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model"
            let weights = path + "/model.safetensors"
            let trainer = try tinyTrainer("sgc")
            try trainer.export(directory: path)
            let names = ["model.safetensors", "config.json", "semantics.json"]
            let saved = try names.map { try File.read("\(path)/\($0)", limit: 1 << 28) }
            func expect(_ code: SGCError.Code, _ words: [String] = [], _ change: () throws -> Void) throws {
                try change()
                let error = #expect(throws: SGCError.self) {
                    try Tokenizer.load(directory: path, options: EngineOptions(threads: 1))
                }
                #expect(error?.code == code, "\(error?.message ?? "")")
                for word in words { #expect(error?.message.contains(word) == true, "\(error?.message ?? "")") }
                for (name, bytes) in zip(names, saved) { try AtomicFile.write("\(path)/\(name)", bytes) }
            }
            func edit(_ assignment: String) throws {
                var json = try File.readJSON(path + "/config.json")
                try json.apply(assignment: assignment)
                try AtomicFile.write(path + "/config.json", text: json.serialized(.pretty))
            }
            let left = ["decoder.conv_in.bias", "quant_conv.weight"]
            try expect(.mismatch, left) {
                let kept = trainer.model.parameters.filter { $0.isExported && !left.contains($0.name) }
                try WeightsFile.write(kept.map { WeightsFile.Entry($0.name, $0) }, to: weights)
            }
            try expect(.mismatch, ["surplus"]) {
                let extra = WeightsFile.Entry("surplus", trainer.model.parameters[0])
                let kept = trainer.model.parameters.filter(\.isExported)
                try WeightsFile.write(kept.map { WeightsFile.Entry($0.name, $0) } + [extra], to: weights)
            }
            try expect(.argument, ["codebok_size", "codebook_size"]) { try edit("quantizer.codebok_size=32") }
            try expect(.argument, ["residual_blocks"]) { try edit("model.residual_block=1") }
            try expect(.argument, ["levels"]) { try edit("quantizer.semantics.levels=5") }
            try expect(.unsupported, ["version"]) { try edit("version=2") }
            try expect(.format, ["libsgc-model"]) { try edit("format=png") }
            try expect(.mismatch, ["embedding"]) { try edit("quantizer.codebook_size=64") }
            try expect(.checksum) {
                var flipped = saved[0]
                flipped[flipped.count - 3] ^= 4
                try AtomicFile.write(weights, flipped)
            }
            try expect(.truncated) { try AtomicFile.write(weights, Array(saved[0].dropLast(64))) }
            try expect(.numeric) {
                let conv = trainer.model.parameters[0]
                let value = conv.value
                try conv.assign(.full(conv.shape, .nan, on: trainer.device))
                try WeightsFile.write(
                    trainer.model.parameters.filter(\.isExported).map { WeightsFile.Entry($0.name, $0) }, to: weights)
                try conv.assign(value)
            }
            try expect(.io) { try File.remove(weights) }
            try expect(.format) { try AtomicFile.write(path + "/semantics.json", text: "[") }
            try expect(.mismatch) {
                try AtomicFile.write(path + "/semantics.json", text: "{\"classes\": [], \"histogram\": [[]]}")
            }
        }
    }
}
