import SGCBase
import SGCData
import SGCTensor
import SGCTokenizer

/// One run of `sgc train`: the loop around a trainer, with everything that is read and written.
///
/// For the thread that computes; a run that was interrupted and resumed computes the same bits as one that was not.
final class TrainingRun {
    let configuration: RunConfiguration
    let directory: RunDirectory
    let trainer: Trainer
    private let engine: EngineOptions
    private let data: RunData
    private let classes: [SemanticClass]
    private let cancellation: Cancellation
    /// Where the next batch begins.
    private var cursor: DataCursor
    private let began = monotonicSeconds()
    /// What the run took before the checkpoint from which it goes on.
    private let earlierSeconds: Double

    /// The stream of the configured seed from which the order of the data comes; the trainer has the first ones.
    private static let dataStream: UInt64 = 100

    /// Starts a run in a new directory.
    ///
    /// - Throws: `.state` when there is a run already; what data and configuration throw.
    init(
        _ configuration: RunConfiguration, directory: String, engine: EngineOptions,
        cancellation: Cancellation = .never
    ) throws(SGCError) {
        let teachers = try RunTeachers(configuration.run.teachers, engine: engine)
        let configuration = try teachers.applied(to: configuration)
        self.configuration = configuration
        self.directory = RunDirectory(path: directory)
        self.engine = engine
        self.cancellation = cancellation
        data = try RunData(configuration, teacher: teachers.labels)
        classes = try configuration.classes(of: teachers)
        trainer = try Trainer(configuration.training, options: engine)
        try teachers.teach(trainer)
        cursor = DataCursor()
        earlierSeconds = 0
        try self.directory.create(configuration)
    }

    /// Goes on from the newest checkpoint in `directory`.
    ///
    /// - Parameter change: settings to lay over those of the run; only what does not change its computation may differ.
    /// - Throws: `.mismatch` naming the first key that differs or a checkpoint of another configuration; `.io`.
    init(
        resuming directory: String, change: (RunConfiguration) throws(SGCError) -> RunConfiguration = { $0 },
        engine: EngineOptions, cancellation: Cancellation = .never
    ) throws(SGCError) {
        self.directory = RunDirectory(path: directory)
        let stored = try self.directory.read()
        let wanted = try change(stored)
        if let key = try wanted.firstDifference(from: stored) {
            throw SGCError(
                .mismatch, "\(shown(self.directory.configuration)): the run has another \(key); start a new one with it"
            )
        }
        configuration = wanted
        var engine = engine
        engine.precision = wanted.run.precision
        self.engine = engine
        self.cancellation = cancellation
        let teachers = try RunTeachers(wanted.run.teachers, engine: engine)
        data = try RunData(wanted, teacher: teachers.labels)
        classes = try wanted.classes(of: teachers)
        let (trainer, progress) = try Trainer.resume(directory: self.directory.checkpoint, options: engine)
        guard trainer.configuration == wanted.training else {
            throw SGCError(.mismatch, "\(shown(directory)): checkpoint and config.json have different configurations")
        }
        try teachers.teach(trainer)
        self.trainer = trainer
        var reader = try JSONReader(progress, path: "progress")
        cursor = DataCursor(
            epoch: try reader.integer("epoch", range: 0 ... .max),
            position: try reader.integer("position", range: 0 ... .max))
        earlierSeconds = try reader.double("seconds", default: 0, range: 0...1e12)
        try reader.finish()
        try self.directory.write(wanted)
    }

    /// Trains until the configured number of steps.
    ///
    /// - Parameter report: is told each step's figures.
    /// - Throws: `.cancelled` after a checkpoint was written; `.numeric` when training diverged; `.io`, `.outOfMemory`.
    func train(report: (Int, MetricsLog.Row) -> Void = { _, _ in }) throws(SGCError) {
        let log = try MetricsLog(directory: directory.path, after: trainer.step)
        let prefetcher = try prefetcher()
        var previous = prefetcher.wait
        while trainer.step < configuration.run.steps {
            let metrics: StepMetrics
            do throws(SGCError) {
                try cancellation.check()
                guard let batch = try prefetcher.next() else {
                    throw SGCError(.internalError, "training: the data ended")
                }
                metrics = try batch.withSources { (images, labels) throws(SGCError) in
                    try trainer.step(images: images, labels: labels, cancellation: cancellation)
                }
                cursor = batch.next
            } catch {
                // The step that was cut short has changed nothing: the checkpoint is that of the step before.
                if error.code == .cancelled, trainer.step > 0 { try save() }
                throw error
            }
            let wait = prefetcher.wait
            var row: MetricsLog.Row = metrics.entries.map { ($0.name, $0.value) }
            row.append(
                ("data_wait", (wait.waited - previous.waited) / max(1e-9, wait.elapsed - previous.elapsed)))
            previous = wait
            try log.add(step: trainer.step, row)
            report(trainer.step, row)
            if isSampleStep { try writeSamples() }
            if trainer.step % configuration.run.checkpointEvery == 0 || trainer.step == configuration.run.steps {
                try save()
            }
        }
    }

    /// Counts the meaning of the codes, writes the model, measures it on unseen images, and writes the report.
    ///
    /// - Returns: the measurements, which are in `metrics.json`, too; nil when none were asked for.
    func finish(report: (String) -> Void = { _ in }) throws(SGCError) -> JSONValue? {
        let settings = configuration.run
        var semantics: CodeSemantics?
        if !classes.isEmpty, data.isLabelled, settings.semanticsImages > 0 {
            report("counting the meaning of the codes")
            let count = min(settings.semanticsImages, data.training.count)
            let some = DatasetSelection(data.training, indices: (0..<count).map { $0 * data.training.count / count })
            let evaluation = try Evaluation(
                of: trainer.snapshot(), on: AnyDataset(some), classCount: classes.count, measuresPixels: false,
                cancellation: cancellation)
            semantics = try evaluation.semantics(classes)
        }
        try trainer.export(directory: directory.model, semantics: semantics)
        guard settings.evaluateImages > 0 else { return nil }
        report("measuring the model on \(data.unseen == nil ? "its training images" : "unseen images")")
        let tokenizer = try Tokenizer.load(directory: directory.model, options: engine)
        let images = data.measured(settings.evaluateImages)
        var evaluation = try Evaluation(
            of: tokenizer, on: images, classCount: data.isLabelled ? classes.count : 0, cancellation: cancellation)
        if configuration.data.source == .scenes, try configuration.data.hasLabels() {
            evaluation.temporal = try SequenceEvaluation(
                seed: settings.evaluateSeed, width: configuration.data.width, height: configuration.data.height
            ).run(tokenizer, cancellation: cancellation)
        }
        let metrics = try write(evaluation)
        report("writing the report")
        try RunReport(
            of: tokenizer, measured: evaluation.codebook, on: images, run: directory, configuration, metrics: metrics
        ).write(to: directory.path)
        return metrics
    }

    private func write(_ evaluation: Evaluation) throws(SGCError) -> JSONValue {
        let result = evaluation.json.merged(
            with: .object([
                ("seconds", .number(seconds)), ("evaluation_seconds", .number(evaluation.seconds)),
                ("unseen", .bool(data.unseen != nil)), ("steps", JSONValue(trainer.step)),
                ("peak_memory_bytes", JSONValue(trainer.device.memory.peakBytes)),
            ]))
        try JSONFile.write(result, to: directory.metrics)
        return result
    }

    private func prefetcher() throws(SGCError) -> Prefetcher {
        let order = try SampleOrder(
            count: data.training.count,
            random: RandomSource(seed: configuration.training.seed).split(Self.dataStream), from: cursor)
        var policy = BadSamplePolicy.strict
        if configuration.data.badShare > 0 {
            policy = try BadSamplePolicy(maximumFraction: configuration.data.badShare) { skipped in
                Console.note("skipped \(skipped.error.message)")
            }
        }
        return try Prefetcher(
            BatchReader(
                data.training, order: order, batchSize: configuration.run.batch, threads: trainer.device.readers,
                policy: policy),
            depth: configuration.run.prefetch)
    }

    private func save() throws(SGCError) {
        try trainer.save(
            directory: directory.checkpoint,
            progress: .object([
                ("epoch", JSONValue(cursor.epoch)), ("position", JSONValue(cursor.position)),
                ("seconds", .number(seconds)),
            ]))
    }

    /// What the run took until now, over all processes; work that an interruption undid is not in it.
    private var seconds: Double { earlierSeconds + monotonicSeconds() - began }

    /// 1, 2, 4, 8, … then every interval.
    private var isSampleStep: Bool {
        let step = trainer.step
        return step % configuration.run.sampleEvery == 0 || step == configuration.run.steps
            || (step < configuration.run.sampleEvery && step & (step - 1) == 0)
    }

    private func writeSamples() throws(SGCError) {
        let source = data.unseen ?? data.training
        let count = min(configuration.run.sampleImages, source.count)
        guard count > 0 else { return }
        var samples: [Sample] = []
        for index in 0..<count {
            var random = RandomSource(seed: 0)
            samples.append(try source.sample(at: index, random: &random))
        }
        let sheet = try SampleSheet.render(
            samples, tokenizer: trainer.snapshot(), classes: data.isLabelled ? classes : [])
        try ImageFile.write(sheet, to: directory.samples(step: trainer.step))
    }
}
