import SGCBase
import SGCData
import SGCTokenizer

/// Reports of runs on disk.
extension RunReport {
    /// How many images are shown with their tokens.
    private static let shownImages = 6

    /// - Parameters:
    ///   - tokenizer: the finished model.
    ///   - statistics: what its codes were used for in `images`.
    ///   - images: what was measured.
    ///   - run: its `metrics.jsonl` becomes the learning curves.
    ///   - metrics: what `metrics.json` says.
    /// - Throws: `.io`, `.format` for a log that is damaged; what encoding throws.
    init(
        of tokenizer: Tokenizer, measured statistics: CodebookStatistics, on images: AnyDataset, run: RunDirectory,
        _ configuration: RunConfiguration, metrics: JSONValue
    ) throws(SGCError) {
        var samples: [ReportSample] = []
        var gallery = ReportGallery(codebookSize: tokenizer.codebookSize)
        for index in 0..<images.count where gallery.hasRoom {
            var random = RandomSource(seed: 0)
            let sample = try images.sample(at: index, random: &random)
            let encoding = try tokenizer.encode(sample.image)
            try gallery.add(sample.image, tokens: encoding.tokens, margins: encoding.margins)
            guard index < Self.shownImages else { continue }
            samples.append(
                try ReportSample(name: sample.name, image: sample.image, labels: sample.labels, of: tokenizer))
        }
        let quantizer = tokenizer.configuration.quantizer
        let channels =
            quantizer.kind == .sgc
            ? FeatureLevels(quantizer.semantics, codeDimension: quantizer.codeDimension).high : nil
        let settings = configuration.run
        let data = configuration.data
        let log = try File.read("\(run.path)/metrics.jsonl", limit: 1 << 32)
        try self.init(
            name: run.name,
            title: "\(quantizer.kind.rawValue.uppercased()) tokenizer, \(quantizer.codebookSize) codes",
            summary: "\(settings.steps) steps of \(settings.batch) images of \(data.width)x\(data.height) pixels from "
                + "\(data.source == .scenes ? "built-in driving scenes" : data.images).",
            metrics: metrics, history: TrainingHistory(jsonLines: String(decoding: log, as: UTF8.self)),
            samples: samples, gallery: gallery,
            drive: data.source == .scenes
                ? Self.drive(
                    SceneSet(seed: settings.evaluateSeed, width: data.width, height: data.height), tokenizer) : [],
            codebook: ReportCodebook(
                entries: tokenizer.codebook(), dimension: quantizer.codeDimension, semanticChannels: channels),
            semantics: tokenizer.semantics, statistics: statistics, configuration: configuration.json())
    }

    /// Of a finished run: its model is measured again on the same images, for what `metrics.json` does not keep.
    ///
    /// - Throws: `.state` for a run that is not finished or was not measured; what data, model and teachers throw.
    init(reading run: RunDirectory, engine: EngineOptions, cancellation: Cancellation = .never) throws(SGCError) {
        let configuration = try run.read()
        guard try File.exists("\(run.model)/config.json"), try File.exists(run.metrics) else {
            throw SGCError(
                .state,
                "\(shown(run.path)): expected a finished run with model and metrics.json, got one that is not finished "
                    + "or was not measured (run.evaluate_images=0)")
        }
        var engine = engine
        engine.precision = configuration.run.precision
        let tokenizer = try ModelLocation(run.path).load(engine)
        let teachers = try RunTeachers(configuration.run.teachers, engine: engine)
        let data = try RunData(configuration, teacher: teachers.labels)
        let images = data.measured(configuration.run.evaluateImages)
        let evaluation = try Evaluation(
            of: tokenizer, on: images, classCount: data.isLabelled ? tokenizer.semantics.classes.count : 0,
            measuresPixels: false, cancellation: cancellation)
        try self.init(
            of: tokenizer, measured: evaluation.codebook, on: images, run: run, configuration,
            metrics: File.readJSON(run.metrics))
    }

    /// A few seconds of the first drive by day in a town, without fog and rain, that the model has not seen.
    private static func drive(_ set: SceneSet, _ tokenizer: Tokenizer) throws(SGCError) -> [ReportSample] {
        let (frames, interval) = (6, 0.5)
        let place = (0..<64).first {
            let summary = set.scene($0).summary
            return summary.setting == "city" && summary.daytime == "day"
                && ["clear", "cloudy"].contains(summary.weather)
        }
        let scene = set.scene(place ?? 0)
        var result: [ReportSample] = []
        for index in 0..<frames {
            let time = Double(index) * interval
            let frame = try scene.frame(time: time, width: set.width, height: set.height)
            result.append(
                try ReportSample(
                    name: "\(Numerals.fixed(time, 1)) s", image: frame.image, labels: frame.labels, of: tokenizer))
        }
        return result
    }
}
