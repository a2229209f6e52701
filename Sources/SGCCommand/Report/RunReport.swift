import SGCBase
import SGCData
import SGCTokenizer

/// What a run shows to a person: pictures, charts, figures and the configuration.
struct RunReport: Sendable {
    /// What tells it from other runs on the same page: short.
    var name: String
    /// The heading: what was trained.
    let title: String
    /// A sentence under it: on what, for how long.
    let summary: String
    /// As in `metrics.json`; `psnr`, `ssim`, `clusters` and `token_accuracy` become headline figures.
    let metrics: JSONValue
    let history: TrainingHistory
    /// Of images that the model was not trained on.
    let samples: [ReportSample]
    /// Where in such images the codes are at home.
    let gallery: ReportGallery
    /// Consecutive frames of one drive; empty when there are none.
    let drive: [ReportSample]
    let codebook: ReportCodebook
    /// What the codes stand for, as the model knows it.
    let semantics: CodeSemantics
    /// What the codes were used for in the measured images.
    let statistics: CodebookStatistics
    let configuration: JSONValue

    /// The names of the files that ``write(to:)`` writes.
    static let fileNames = ["report.html", "samples.png", "codebook-usage.svg"]

    /// - Throws: `.mismatch` when codebook, semantics, statistics and samples are not of one model.
    init(
        name: String, title: String, summary: String, metrics: JSONValue, history: TrainingHistory,
        samples: [ReportSample], gallery: ReportGallery, drive: [ReportSample] = [],
        codebook: ReportCodebook, semantics: CodeSemantics, statistics: CodebookStatistics, configuration: JSONValue
    ) throws(SGCError) {
        guard statistics.codebookSize == codebook.size,
            semantics.histogram.count == codebook.size * semantics.classes.count
        else {
            throw SGCError(
                .mismatch,
                "report: expected figures and meanings of \(codebook.size) codes, got \(statistics.codebookSize) and "
                    + "\(semantics.histogram.count / max(1, semantics.classes.count))")
        }
        guard gallery.patches.count == codebook.size else {
            throw SGCError(
                .mismatch, "report: expected a gallery of \(codebook.size) codes, got \(gallery.patches.count)")
        }
        for sample in samples + drive {
            if let token = sample.tokens.first(where: { $0 < 0 || Int($0) >= codebook.size }) {
                throw SGCError(
                    .range, "report: expected tokens in 0..<\(codebook.size), got \(token) in \(quoted(sample.name))")
            }
        }
        self.name = name
        self.title = title
        self.summary = summary
        self.metrics = metrics
        self.history = history
        self.samples = samples
        self.gallery = gallery
        self.drive = drive
        self.codebook = codebook
        self.semantics = semantics
        self.statistics = statistics
        self.configuration = configuration
    }

    /// Writes `report.html`, `codebook-usage.svg` and, when there are samples, `samples.png` into a directory, which is made
    /// when it is missing. Each replaces its predecessor as a whole.
    ///
    /// - Throws: `.io`, `.path`, `.limit` for samples that make too large a picture, `.outOfMemory`.
    func write(to directory: String) throws(SGCError) {
        try Directory.create(directory)
        let pictures = try samplePictures()
        if !samples.isEmpty {
            try ImageFile.write(SamplePictures.sheet(pictures), to: "\(directory)/samples.png")
        }
        try AtomicFile.write(
            "\(directory)/codebook-usage.svg", text: UsageChart(statistics).drawing(hasCaption: true).standalone)
        try ReportPage([self]).write(to: "\(directory)/report.html")
    }

    /// Whether each code was chosen at least once, `[K]`.
    var isUsed: [Bool] { statistics.counts.map { $0 > 0 } }

    /// The pictures of all samples.
    func samplePictures() throws(SGCError) -> [SamplePictures] {
        let classColors = CodeColors(classesOf: semantics, codebookSize: codebook.size)
        let meaningColors = try CodeColors(principalComponentsOf: codebook, isUsed: isUsed)
        var result: [SamplePictures] = []
        for sample in samples {
            result.append(
                try SamplePictures(
                    sample, classes: semantics.classes, classColors: classColors, meaningColors: meaningColors))
        }
        return result
    }
}
