import SGCBase
import SGCData
import SGCTokenizer
import Testing

@testable import SGCCommand

/// Trainings that were made sick, and what their files tell.
@Suite("Health of real runs")
struct RunRecordTests {
    private let engine = EngineOptions(threads: 1)

    /// Trains a tiny model and reads what it wrote.
    ///
    /// - Parameter until: the step at which it is interrupted; at its end when nil.
    private func diagnosis(
        steps: Int, _ settings: [String], in folder: TemporaryFolder, until: Int? = nil
    ) throws -> Diagnosis {
        let path = "\(folder.path)/run"
        let configuration = try tinyConfiguration(
            steps: steps, ["optimizer.total_steps=\(steps)", "data.cached=true", "run.sample_images=0"] + settings)
        return try Worker().run { () throws(SGCError) in
            let done = Lock(0)
            let run = try TrainingRun(
                configuration, directory: path, engine: engine,
                cancellation: Cancellation { until.map { limit in done.withLock { $0 >= limit } } ?? false })
            do throws(SGCError) {
                try run.train { step, _ in done.withLock { $0 = step } }
                _ = try run.finish()
            } catch {
                guard error.code == .cancelled || error.code == .numeric else { throw error }
            }
            return Diagnosis(of: try RunRecord(directory: path, engine: engine))
        }
    }

    @Test("A huge learning rate is seen, and the codebook that it collapses")
    func learningRate() throws {
        let diagnosis = try diagnosis(
            steps: 120, ["quantizer.kind=vq", "optimizer.learning_rate=1", "optimizer.schedule=constant"],
            in: TemporaryFolder())
        #expect(diagnosis["learning-rate-high"] != nil || diagnosis["skipped-steps"] != nil, "\(diagnosis.text)")
        #expect(diagnosis["codebook-collapse"]?.settings.first == "quantizer.kind=cvq", "\(diagnosis.text)")
        #expect(diagnosis.worst == .critical)
    }

    @Test("A discriminator that counts from the first step on is seen")
    func discriminator() throws {
        let diagnosis = try diagnosis(
            steps: 60, ["discriminator.weight=0.8", "discriminator.channels=4", "discriminator.layers=1"],
            in: TemporaryFolder())
        let finding = try #require(diagnosis["cold-discriminator"], "\(diagnosis.text)")
        #expect(finding.settings == ["discriminator.start_step=30", "discriminator.warm_up_steps=6"])
    }

    @Test("Labels of one class are seen")
    func oneClass() throws {
        let folder = try TemporaryFolder()
        try Directory.create("\(folder.path)/images")
        try Directory.create("\(folder.path)/labels")
        let set = try SceneSet(seed: 1, width: 32, height: 16)
        let one = try LabelMap(width: 32, height: 16, ids: Array(repeating: 2, count: 32 * 16))
        let classes = (0..<3).map { SemanticClass(name: "thing \($0)", color: [UInt8($0), 0, 0]) }
        for index in 0..<6 {
            try ImageFile.write(set.sample(index).image, to: "\(folder.path)/images/\(index).png")
            try ImageFile.write(one, classes: classes, to: "\(folder.path)/labels/\(index).png")
        }
        let diagnosis = try diagnosis(
            steps: 20,
            [
                "data.source=folder", "data.images=\(folder.path)/images", "data.labels=\(folder.path)/labels",
                "quantizer.semantics.classes=3",
            ], in: folder)
        let finding = try #require(diagnosis["class-imbalance"], "\(diagnosis.text)")
        #expect(finding.seen.contains("100.0 % of the labelled tokens are \"class 2\", and 2 of 3 classes have none"))
        #expect(finding.settings.contains("data.ignore_id=2"))
    }

    @Test("An interrupted run says how to go on, also after a line that was cut short")
    func interrupted() throws {
        let folder = try TemporaryFolder()
        let diagnosis = try diagnosis(steps: 40, [], in: folder, until: 25)
        #expect(diagnosis.run.steps == 25 && diagnosis.run.checkpointStep == 25)
        let finding = try #require(diagnosis["unfinished"])
        #expect(finding.seen == "step 25 of 40 is the last in metrics.jsonl; the newest checkpoint is of step 25")
        #expect(finding.changes == [.run("sgc train --resume \(folder.path)/run", "goes on with the same bits")])
        #expect(diagnosis.run.semantics?.tokensByClass.reduce(0, +) ?? 0 > 1000)
        try AppendingFile("\(folder.path)/run/metrics.jsonl").append("{\"step\": 26, \"recon")
        let again = try Worker().run { () throws(SGCError) in
            try RunRecord(directory: "\(folder.path)/run", engine: engine)
        }
        #expect(again.steps == 25)
    }

    @Test("Guidance that drowns the image, a clip that always acts and missing labels are seen")
    func settings() throws {
        let loud = try diagnosis(
            steps: 60, ["quantizer.semantics.weight=1000", "optimizer.gradient_clip=1e-6"], in: TemporaryFolder())
        #expect(loud["loss-balance"]?.settings.first?.hasPrefix("quantizer.semantics.weight=") == true)
        #expect(loud["constant-clipping"] != nil, "\(loud.text)")
        let slow = try diagnosis(
            steps: 60, ["data.labelled=false", "optimizer.learning_rate=1e-8"], in: TemporaryFolder())
        #expect(slow["no-labels"]?.settings.first == "data.labelled=true")
        #expect(slow["learning-rate-low"] != nil, "\(slow.text)")
    }

    @Test("What is no run is an error that says so")
    func noRun() throws {
        let folder = try TemporaryFolder()
        let error = try failure { _ = try RunRecord(directory: folder.path, engine: engine) }
        #expect(error.code == .path && error.message.contains("expected a run directory"))
    }
}
