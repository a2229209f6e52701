import SGCBase
import SGCTensor
import SGCTokenizer
import Testing

@testable import SGCCommand

@Suite("Training runs")
struct TrainingRunTests {
    private let engine = EngineOptions(threads: 1)

    private func run(_ configuration: RunConfiguration, in directory: String) throws -> TrainingRun {
        try TrainingRun(configuration, directory: directory, engine: engine)
    }

    private func weights(_ directory: String) throws -> [UInt8] {
        try File.read("\(directory)/checkpoints/last/checkpoint.safetensors", limit: 1 << 24)
    }

    @Test("A run that stopped and went on has the same bits as one that did not")
    func resume() throws {
        let folder = try TemporaryFolder()
        try Worker().run { () throws(SGCError) in
            do {
                try run(tinyConfiguration(steps: 7), in: "\(folder.path)/whole").train()
                try run(tinyConfiguration(steps: 3), in: "\(folder.path)/parts").train()
                let second = try TrainingRun(
                    resuming: "\(folder.path)/parts",
                    change: { (stored) throws(SGCError) in
                        var longer = stored
                        longer.run.steps = 7
                        return longer
                    }, engine: engine)
                #expect(second.trainer.step == 3)
                try second.train()
            } catch { Issue.record(error) }
        }
        #expect(try weights("\(folder.path)/whole") == weights("\(folder.path)/parts"))
        #expect(try weights("\(folder.path)/whole").count > 1000)
    }

    @Test("An interrupted run leaves a checkpoint from which it goes on with the same bits")
    func interruption() throws {
        let folder = try TemporaryFolder()
        let done = Lock(0)
        try Worker().run { () throws(SGCError) in
            do {
                try run(tinyConfiguration(steps: 5), in: "\(folder.path)/whole").train()
                let cut = try TrainingRun(
                    tinyConfiguration(steps: 5), directory: "\(folder.path)/cut", engine: engine,
                    cancellation: Cancellation { done.withLock { $0 } == 2 })
                let error = try failure { try cut.train { step, _ in done.withLock { $0 = step } } }
                #expect(error.code == .cancelled)
                let rest = try TrainingRun(resuming: "\(folder.path)/cut", engine: engine)
                #expect(rest.trainer.step == 2)
                try rest.train()
            } catch { Issue.record(error) }
        }
        #expect(try weights("\(folder.path)/whole") == weights("\(folder.path)/cut"))
    }

    @Test("A run writes metrics in three forms, samples, a model and measurements")
    func files() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/run"
        try Worker().run { () throws(SGCError) in
            do {
                let run = try run(tinyConfiguration(steps: 4), in: path)
                try run.train()
                _ = try run.finish()
            } catch { Issue.record(error) }
        }
        let csv = String(decoding: try File.read("\(path)/metrics.csv", limit: 1 << 20), as: UTF8.self)
            .split(separator: "\n")
        #expect(csv.count == 5)
        #expect(csv[0].hasPrefix("step,reconstruction,"))
        #expect(csv[0].split(separator: ",").contains("data_wait"))
        #expect(csv[4].hasPrefix("4,"))
        let lines = String(decoding: try File.read("\(path)/metrics.jsonl", limit: 1 << 20), as: UTF8.self)
            .split(separator: "\n")
        #expect(lines.count == 4)
        #expect(try JSONValue(parsing: String(lines[2]))["step"] == 3)
        #expect(try Directory.list("\(path)/samples") == ["step-000001.png", "step-000002.png", "step-000004.png"])
        for name in RunReport.fileNames { #expect(try File.exists("\(path)/\(name)")) }
        let metrics = try File.readJSON("\(path)/metrics.json")
        for key in ["psnr", "ssim", "usage", "perplexity", "uniqueness", "seconds", "token_accuracy", "temporal"] {
            #expect(metrics[key] != nil && metrics[key] != .null)
        }
        #expect(metrics["unseen"] == true)
        #expect(metrics["images"] == 3)
        let tokenizer = try Tokenizer.load(directory: "\(path)/model", options: engine)
        // Four images of 8x16 tokens, all labelled or nearly so: exact counts and not faded ones.
        let counted = tokenizer.semantics.histogram.reduce(0, +)
        #expect(counted > 400 && counted <= 512 && counted == counted.rounded())
        #expect(tokenizer.semantics.classes.first?.name == "road")
        #expect(tokenizer.semantics.classes.first?.color == [128, 64, 128])
    }

    @Test("A run is neither overwritten nor continued with another configuration")
    func refusal() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/run"
        try run(tinyConfiguration(steps: 1), in: path).train()
        #expect(try failure { _ = try run(tinyConfiguration(steps: 1), in: path) }.code == .state)
        let error = try failure {
            _ = try TrainingRun(
                resuming: path,
                change: { (stored) throws(SGCError) in
                    var other = stored
                    other.training.optimizer.beta1 = 0.9
                    return other
                }, engine: engine)
        }
        #expect(error.code == .mismatch)
        #expect(error.message.contains("optimizer.beta1"))
    }
}
