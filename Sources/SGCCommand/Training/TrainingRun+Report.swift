import SGCBase
import SGCData
import SGCTokenizer

extension TrainingRun {
    /// How many images the report shows.
    private static let shownImages = 6

    /// Writes `report.html` with its pictures into the run directory.
    ///
    /// - Parameters:
    ///   - evaluation: of the finished model.
    ///   - metrics: what `metrics.json` says.
    ///   - images: what was measured.
    func writeReport(
        of tokenizer: Tokenizer, _ evaluation: Evaluation, metrics: JSONValue, images: AnyDataset
    ) throws(SGCError) {
        var samples: [ReportSample] = []
        for index in 0..<min(Self.shownImages, images.count) {
            var random = RandomSource(seed: 0)
            let sample = try images.sample(at: index, random: &random)
            let encoding = try tokenizer.encode(sample.image)
            let reconstruction = try tokenizer.decode(
                encoding.tokens, grid: encoding.grid, width: sample.image.width, height: sample.image.height)
            samples.append(
                try ReportSample(
                    name: sample.name, image: sample.image,
                    labels: tokenizer.semantics.classes.isEmpty ? nil : sample.labels, grid: encoding.grid,
                    tokens: encoding.tokens, reconstruction: reconstruction))
        }
        let quantizer = tokenizer.configuration.quantizer
        let channels =
            quantizer.kind == .sgc
            ? FeatureLevels(quantizer.semantics, codeDimension: quantizer.codeDimension).high : nil
        let settings = configuration.run
        let source = configuration.data.source == .scenes ? "built-in driving scenes" : configuration.data.images
        let log = try File.read("\(directory.path)/metrics.jsonl", limit: 1 << 32)
        try RunReport(
            title: "\(quantizer.kind.rawValue.uppercased()) tokenizer, \(quantizer.codebookSize) codes",
            summary: "\(trainer.step) steps of \(settings.batch) images of "
                + "\(configuration.data.width)x\(configuration.data.height) pixels from \(source).",
            metrics: metrics, history: TrainingHistory(jsonLines: String(decoding: log, as: UTF8.self)),
            samples: samples,
            codebook: ReportCodebook(
                entries: tokenizer.codebook(), dimension: quantizer.codeDimension, semanticChannels: channels),
            semantics: tokenizer.semantics, statistics: evaluation.codebook, configuration: configuration.json()
        ).write(to: directory.path)
    }
}
