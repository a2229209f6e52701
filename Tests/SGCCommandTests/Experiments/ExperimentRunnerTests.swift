import SGCBase
import SGCData
import SGCTensor
import SGCTokenizer
import Testing

@testable import SGCCommand

@Suite("Running experiments", .serialized)
struct ExperimentRunnerTests {
    private let engine = EngineOptions(threads: 1)

    /// Two cells of the list `labels`, so small that a step takes milliseconds.
    private func plan(in directory: String, steps: Int = 4, _ more: [String] = []) throws(SGCError) -> ExperimentPlan {
        try ExperimentPlan(
            .named("labels"), seedCount: 1, directory: directory,
            assignments: tinySettings + ["run.steps=\(steps)", "run.checkpoint_every=2"] + more)
    }

    private func weights(_ directory: String) throws -> [UInt8] {
        try File.read("\(directory)/checkpoints/last/checkpoint.safetensors", limit: 1 << 24)
    }

    @Test("An experiment that was interrupted goes on with the run it was in, and repeats nothing")
    func resume() throws {
        let folder = try TemporaryFolder()
        let (cut, whole) = ("\(folder.path)/cut", "\(folder.path)/whole")
        let cells = ["truth", "noise-30"]
        let isOver = Lock(false)
        try Worker().run { () throws(SGCError) in
            do {
                _ = try ExperimentRunner(plan: plan(in: whole), engine: engine).run(only: cells)

                var runner = ExperimentRunner(plan: try plan(in: cut), engine: engine)
                runner.cancellation = Cancellation { isOver.withLock { $0 } }
                var began: [String] = []
                let error = try failure {
                    _ = try runner.run(only: cells) { event in
                        if case .began(let run, let number, let count, let step) = event {
                            began.append("\(run.cell.name) \(number)/\(count) from \(step)")
                        }
                        if case .step(3, _) = event, began.count == 2 { isOver.withLock { $0 = true } }
                    }
                }
                #expect(error.code == .cancelled)
                #expect(began == ["truth 1/2 from 0", "noise-30 2/2 from 0"])
                // What was finished is in the tables already.
                let early = try File.readJSON("\(cut)/results.json")
                #expect(early["finished"] == 1)
                let first = try File.read("\(cut)/truth-seed1/metrics.json", limit: 1 << 20)

                isOver.withLock { $0 = false }
                began = []
                let results = try runner.run(only: cells) { event in
                    if case .began(let run, let number, let count, let step) = event {
                        began.append("\(run.cell.name) \(number)/\(count) from \(step)")
                    }
                }
                #expect(began == ["noise-30 1/1 from 3"])
                #expect(results.finishedCount == 2)
                let page = MarkupScanner(
                    String(decoding: try File.read("\(cut)/report.html", limit: 1 << 26), as: UTF8.self))
                #expect(page.faults.isEmpty)
                for text in ["truth", "noise-30", "All seeds: mean"] { #expect(page.text.contains(text)) }
                #expect(!page.text.contains("noise-10 "))
                #expect(try File.read("\(cut)/truth-seed1/metrics.json", limit: 1 << 20) == first)

                began = []
                let again = try runner.run(only: cells) { _ in began.append("an event") }
                #expect(began.isEmpty)
                #expect(again.csv == results.csv)
            } catch { Issue.record(error) }
        }
        #expect(try weights("\(cut)/noise-30-seed1") == weights("\(whole)/noise-30-seed1"))
        #expect(try weights("\(whole)/truth-seed1") != weights("\(whole)/noise-30-seed1"))
        #expect(
            try String(decoding: File.read("\(cut)/results.csv", limit: 1 << 20), as: UTF8.self).split(separator: "\n")
                .map { $0.split(separator: ",")[0] } == ["cell"] + [Substring](repeating: "truth", count: 3)
                + [Substring](repeating: "noise-30", count: 3))
        // A cell that nobody asked for was not run.
        #expect(try !File.exists("\(cut)/noise-10-seed1"))
    }

    @Test("The tables have the figures of each run, and measure against clean labels")
    func figures() throws {
        let folder = try TemporaryFolder()
        try Worker().run { () throws(SGCError) in
            do {
                let plan = try plan(in: folder.path, steps: 1)
                let results = try ExperimentRunner(plan: plan, engine: engine).run(only: ["noise-30"])
                let metrics = try File.readJSON("\(folder.path)/noise-30-seed1/metrics.json")
                let run = try #require(results.rows[2].runs.first)
                let values = Dictionary(
                    uniqueKeysWithValues: zip(ExperimentFigure.all.map(\.key), run.values))
                #expect(values["psnr"] == metrics["psnr"]?.asDouble)
                #expect(values["uniqueness_0.5"] == metrics["uniqueness"]?["0.5"]?.asDouble)
                #expect(values["class_kept"] == metrics["temporal"]?["surface_class_agreement"]?.asDouble)
                #expect(values["silhouette_full"] == metrics["clusters_full"]?["silhouette"]?.asDouble)
                for name in ["psnr", "ssim", "usage", "uniqueness_0.9", "class_kept", "class_right", "seconds"] {
                    #expect(values[name].flatMap { $0 } != nil, "\(name)")
                }
                let data = try RunData(plan.runs[2].configuration)
                var random = RandomSource(seed: 0)
                let noisy = try data.training.sample(at: 1, random: &random).labels
                #expect(try noisy != data.clean.sample(at: 1, random: &random).labels)
                var quiet = plan.runs[2].configuration
                quiet.data.labelNoise = 0
                let unseen = try #require(data.unseen)
                #expect(
                    try unseen.sample(at: 1, random: &random)
                        == RunData(quiet).unseen?.sample(at: 1, random: &random))
            } catch { Issue.record(error) }
        }
    }

    @Test("A cell that is there with another configuration stops the experiment before it begins")
    func refusal() throws {
        let folder = try TemporaryFolder()
        try Worker().run { () throws(SGCError) in
            do {
                _ = try ExperimentRunner(plan: plan(in: folder.path, steps: 1), engine: engine).run(only: ["noise-30"])
                for (steps, more, key) in [
                    (2, [], "steps"), (1, ["quantizer.commitment=0.5"], "commitment"),
                    (1, ["run.evaluate_images=2"], "evaluate_images"),
                ] {
                    let other = try plan(in: folder.path, steps: steps, more)
                    let error = try failure { _ = try ExperimentRunner(plan: other, engine: engine).run() }
                    #expect(error.code == .mismatch)
                    #expect(error.message.contains(key) && error.message.contains("noise-30-seed1"))
                }
                #expect(try !File.exists("\(folder.path)/truth-seed1"))
                // How often it is looked at does not matter.
                let looked = try plan(in: folder.path, steps: 1, ["run.sample_every=3"])
                #expect(try looked.runs[2].state() != .absent)
                let cost = try ExperimentCost(looked)
                #expect(cost.text.contains("finished: data.label_noise=0.3"))
                #expect(cost.text.contains("2 of 3 runs to do"))
                #expect(cost.json["open_seconds"]?.asDouble ?? 0 > 0)
            } catch { Issue.record(error) }
        }
    }
}
