import SGCBase
import SGCNN
import SGCTensor
import Testing

@testable import SGCTokenizer

/// Checkpoints and exported models: exact, and safe against damage.
@Suite(.serialized) struct CheckpointTests {
    @Test(
        "resumed training equals uninterrupted training bit for bit",
        arguments: [
            ("vq", ["optimizer.schedule=cosine", "optimizer.total_steps=8"]),
            ("cvq", ["quantizer.clustering.anchor=random"]),
            ("cvq", ["quantizer.clustering.first_batch_only=true"]),
            (
                "sgc",
                ["discriminator.weight=0.5", "average_decay=0.9", "quantizer.clustering.anchor=probrandom"]
            ),
        ])
    func resume(_ kind: String, _ settings: [String]) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/checkpoint"
            let whole = try tinyTrainer(kind, settings)
            try whole.run(3)
            let bad = try Tensor.full([4, 16, 24, 3], .nan, on: whole.device)
            _ = try whole.step(bad, labels: nil)
            try whole.save(directory: path, progress: ["epoch": 7])
            let (resumed, progress) = try Trainer.resume(directory: path, options: EngineOptions(threads: 1))
            #expect(progress == ["epoch": 7])
            #expect(resumed.configuration == whole.configuration)
            #expect(resumed.step == 4 && resumed.skippedSteps == 1)
            #expect(changed(whole.bits, resumed.bits).isEmpty)
            let (a, b) = (try whole.run(4), try resumed.run(4))
            #expect(changed(whole.bits, resumed.bits).isEmpty)
            for (x, y) in zip(a, b) {
                #expect(
                    x.entries.filter { $0.name != "images_per_second" }
                        == y.entries.filter { $0.name != "images_per_second" })
            }
        }
    }

    @Test("the precision is the checkpoint's")
    func precision() throws {
        try withTemporaryDirectory { directory in
            let trainer = try tinyTrainer("vq", options: EngineOptions(threads: 1, precision: .bfloat16))
            try trainer.save(directory: directory + "/c")
            let (resumed, _) = try Trainer.resume(directory: directory + "/c", options: EngineOptions(threads: 1))
            #expect(resumed.precision == .bfloat16)
        }
    }

    @Test("a save that fails keeps what was there")
    func failedSave() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/checkpoint"
            let trainer = try tinyTrainer("cvq")
            try trainer.run(1)
            try trainer.save(directory: path)
            let saved = trainer.bits
            try trainer.run(1)
            // A directory of somebody else's stands where the old generation would go.
            try Directory.create(path + ".previous")
            try AtomicFile.write(path + ".previous/letter.txt", text: "keep me")
            let error = #expect(throws: SGCError.self) { try trainer.save(directory: path) }
            #expect(error?.code == .path)
            let (resumed, _) = try Trainer.resume(directory: path, options: EngineOptions(threads: 1))
            #expect(resumed.step == 1)
            #expect(changed(saved, resumed.bits).isEmpty)
            #expect(try Directory.list(directory).allSatisfy { !$0.contains(".tmp-") })
            #expect(try File.exists(path + ".previous/letter.txt"))
            try Directory.removeTree(path + ".previous")
            try trainer.save(directory: path)
            #expect(try Trainer.resume(directory: path, options: EngineOptions(threads: 1)).trainer.step == 2)
            // A save that ended between its two renames leaves the older generation alone: it is found.
            try Directory.removeTree(path)
            #expect(try Trainer.resume(directory: path, options: EngineOptions(threads: 1)).trainer.step == 1)
        }
    }

    @Test("a damaged checkpoint says what is wrong")
    func damaged() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/checkpoint"
            let tensors = path + "/checkpoint.safetensors"
            let trainer = try tinyTrainer("cvq", ["average_decay=0.9"])
            try trainer.run(1)
            try trainer.save(directory: path)
            let (bytes, state) = (
                try File.read(tensors, limit: 1 << 28), try File.read(path + "/trainer.json", limit: 1 << 20)
            )
            func expect(_ code: SGCError.Code, _ word: String = "", _ change: () throws -> Void) throws {
                try change()
                let error = #expect(throws: SGCError.self) {
                    try Trainer.resume(directory: path, options: EngineOptions(threads: 1))
                }
                #expect(error?.code == code, "\(error?.message ?? "")")
                #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
                try AtomicFile.write(tensors, bytes)
                try AtomicFile.write(path + "/trainer.json", state)
            }
            func edit(_ assignment: String) throws {
                var json = try File.readJSON(path + "/trainer.json")
                try json.apply(assignment: assignment)
                try AtomicFile.write(path + "/trainer.json", text: json.serialized(.pretty))
            }
            try expect(.checksum) {
                var flipped = bytes
                flipped[flipped.count - 5] ^= 1
                try AtomicFile.write(tensors, flipped)
            }
            try expect(.truncated) { try AtomicFile.write(tensors, Array(bytes.dropLast(100))) }
            try expect(.io) { try File.remove(tensors) }
            try expect(.unsupported, "version") { try edit("version=2") }
            try expect(.format, "libsgc-checkpoint") { try edit("format=other") }
            try expect(.argument, "step") { try edit("step=-1") }
            try expect(.argument, "codebook_size") { try edit("configuration.quantizer.codebok_size=3") }
            try expect(.mismatch, "embedding") { try edit("configuration.quantizer.codebook_size=16") }
            try expect(.mismatch, "average.") { try edit("configuration.average_decay=0") }
            try expect(.format) { try AtomicFile.write(path + "/trainer.json", text: "{") }
            _ = try Trainer.resume(directory: path, options: EngineOptions(threads: 1))
        }
    }
}
