import SGCBase
import SGCData
import SGCTokenizer

/// What a tokenizer does on a set of images.
struct Evaluation: Sendable {
    let codebook: CodebookStatistics
    let quality: ReconstructionQuality?
    let absoluteError: Double
    let images: Int
    let seconds: Double
    /// The share of labelled tokens whose class is that of their code, as the model's own table has it.
    let tokenAccuracy: Double?
    /// On the channels that carry the meaning: those of the high levels, or all where there are no levels.
    let clusters: Clusters?
    /// On all channels.
    let fullClusters: Clusters?
    var temporal: TemporalAgreement?

    /// How well classes separate the used entries (SGC-VQGAN, Tables 2 and 4).
    struct Clusters: Sendable {
        /// `high` for the high levels alone, `full` for all channels.
        let channels: String
        let points: Int
        let classes: Int
        let silhouette: Double
        let daviesBouldin: Double
    }

    /// τ of semantic uniqueness (SGC-VQGAN, Table 1).
    static let thresholds = [0.1, 0.3, 0.5, 0.7, 0.9]

    /// - Parameters:
    ///   - classCount: ids are below it; 0 ignores labels.
    ///   - measuresPixels: whether images are decoded and compared; else only codes are counted.
    ///   - report: is told how many images are done.
    init(
        of tokenizer: Tokenizer, on dataset: AnyDataset, classCount: Int, measuresPixels: Bool = true,
        cancellation: Cancellation = .never, report: (Int) -> Void = { _ in }
    ) throws(SGCError) {
        let began = monotonicSeconds()
        var codebook = try CodebookStatistics(codebookSize: tokenizer.codebookSize, classCount: classCount)
        var quality: ReconstructionQuality?
        var absolute = 0.0
        var done = 0
        try dataset.forEach(beside: tokenizer.device) { (sample) throws(SGCError) in
            try cancellation.check()
            let image = sample.image
            let encoding = try tokenizer.encode(image)
            let labels = try classCount > 0 ? sample.tokenLabels(encoding.grid, classCount: classCount) : nil
            try codebook.add(codes: encoding.tokens, labels: labels)
            done += 1
            report(done)
            guard measuresPixels else { return }
            let output = try tokenizer.decode(
                encoding.tokens, grid: encoding.grid, width: image.width, height: image.height)
            let (x, y) = (MeasuredImage(image), MeasuredImage(output))
            let error = try PixelError(x, y)
            absolute += error.meanAbsolute
            // SSIM's window has to fit into the image.
            if min(image.width, image.height) >= StructuralSimilarity.gaussian.windowSide {
                var sums = quality ?? ReconstructionQuality()
                try sums.add(x, y)
                quality = sums
            }
        }
        self.codebook = codebook
        self.quality = quality
        images = done
        absoluteError = measuresPixels ? absolute / Double(max(1, done)) : .nan
        let table = (0..<tokenizer.codebookSize).map { code -> UInt16 in
            let item = tokenizer.semantics.majorityClass(of: code)
            return item >= 0 && item < Int32(classCount) ? UInt16(item) : LabelMap.ignore
        }
        tokenAccuracy = classCount > 0 ? try codebook.accuracy(ofCodeClasses: table) : nil
        fullClusters = classCount > 0 ? try Clusters(codebook, tokenizer: tokenizer, channels: nil) : nil
        let quantizer = tokenizer.configuration.quantizer
        if classCount > 0, quantizer.kind == .sgc {
            let levels = FeatureLevels(quantizer.semantics, codeDimension: quantizer.codeDimension)
            clusters = try Clusters(codebook, tokenizer: tokenizer, channels: levels.high)
        } else {
            clusters = fullClusters
        }
        seconds = monotonicSeconds() - began
    }

    /// The meaning of the codes, as exact counts.
    func semantics(_ classes: [SemanticClass]) throws(SGCError) -> CodeSemantics {
        guard codebook.classCount == classes.count else {
            throw SGCError(
                .mismatch, "semantics: expected \(codebook.classCount) classes, got \(classes.count)")
        }
        return try CodeSemantics(
            classes: classes, histogram: codebook.histogram.map { Float($0) }, codebookSize: codebook.codebookSize)
    }

    /// The figures by name.
    var json: JSONValue {
        var uniqueness = JSONObject()
        var uniquenessOfUsed = JSONObject()
        if codebook.classCount > 0 {
            for threshold in Self.thresholds {
                let value = codebook.uniqueness(above: threshold)
                uniqueness["\(threshold)"] = .number(value.ofAllCodes)
                uniquenessOfUsed["\(threshold)"] = .number(value.ofUsedCodes)
            }
        }
        return .object([
            ("psnr", .numberOrNull(quality?.psnr)), ("ssim", .numberOrNull(quality?.ssim)),
            ("l1", .numberOrNull(absoluteError)), ("usage", .number(codebook.usage)),
            ("perplexity", .number(codebook.perplexity)), ("uniqueness", .object(uniqueness)),
            ("uniqueness_of_used", .object(uniquenessOfUsed)), ("clusters", clusters?.json ?? .null),
            ("clusters_full", fullClusters?.json ?? .null),
            ("token_accuracy", .numberOrNull(tokenAccuracy)), ("temporal", temporal?.json ?? .null),
            ("images", JSONValue(images)), ("tokens", JSONValue(codebook.tokenCount)),
            ("seconds", .number(seconds)),
        ])
    }

    /// The figures for a person.
    var lines: [(String, String)] {
        var rows = [("images", "\(images)")]
        if let psnr = quality?.psnr { rows.append(("PSNR", "\(fixed(psnr, 2)) dB")) }
        if let ssim = quality?.ssim { rows.append(("SSIM", fixed(ssim, 4))) }
        if absoluteError.isFinite { rows.append(("L1", fixed(absoluteError, 4))) }
        rows.append(("usage", "\(fixed(codebook.usage, 4)) of \(codebook.codebookSize) codes"))
        rows.append(("perplexity", fixed(codebook.perplexity, 1)))
        if codebook.classCount > 0 {
            let shares = Self.thresholds.map { "\(fixed(codebook.uniqueness(above: $0).ofAllCodes, 4)) (\($0))" }
            rows.append(("uniqueness", shares.joined(separator: "  ")))
        }
        if let clusters { rows.append(("codebook", clusters.text)) }
        if let fullClusters, clusters?.channels != fullClusters.channels { rows.append(("", fullClusters.text)) }
        if let tokenAccuracy { rows.append(("token accuracy", fixed(tokenAccuracy, 4))) }
        if let agreement = temporal?.total.codeAgreement { rows.append(("temporal agreement", fixed(agreement, 4))) }
        rows.append(("seconds", fixed(seconds, 1)))
        return rows
    }
}

extension Evaluation.Clusters {
    /// nil when the used entries have fewer than two classes, or each its own.
    ///
    /// - Parameter channels: those of the high levels; nil for all.
    fileprivate init?(
        _ codebook: CodebookStatistics, tokenizer: Tokenizer, channels high: Range<Int>?
    ) throws(SGCError) {
        let dimension = tokenizer.codeDimension
        let used = high ?? 0..<dimension
        let entries = tokenizer.codebook()
        var points: [Float] = []
        var labels: [Int] = []
        for (code, item) in codebook.codeClasses.enumerated() where item != LabelMap.ignore {
            points += entries[code * dimension + used.lowerBound..<code * dimension + used.upperBound]
            labels.append(Int(item))
        }
        let distinct = Set(labels).count
        guard distinct >= 2, distinct < labels.count else { return nil }
        let quality = try ClusterQuality(points: points, dimension: used.count, labels: labels)
        channels = high == nil ? "full" : "high"
        self.points = quality.pointCount
        classes = quality.clusterCount
        silhouette = quality.silhouette()
        daviesBouldin = quality.daviesBouldin()
    }

    fileprivate var text: String {
        "silhouette \(fixed(silhouette, 4)), Davies-Bouldin \(fixed(daviesBouldin, 4)) "
            + "(\(channels) channels, \(points) codes, \(classes) classes)"
    }

    fileprivate var json: JSONValue {
        .object([
            ("channels", .string(channels)), ("codes", JSONValue(points)), ("classes", JSONValue(classes)),
            ("silhouette", .numberOrNull(silhouette)), ("davies_bouldin", .numberOrNull(daviesBouldin)),
        ])
    }
}

extension Sample {
    /// The class of each token; every token is without class when the sample has no labels.
    ///
    /// - Throws: `.range` for an id that is no class.
    func tokenLabels(_ grid: TokenGrid, classCount: Int) throws(SGCError) -> [UInt16] {
        guard let labels else { return Array(repeating: LabelMap.ignore, count: grid.count) }
        try LabelRules(classCount: classCount).check(labels, name: name)
        return try labels.labelGrid(rows: grid.rows, columns: grid.columns, factor: grid.factor)
    }
}
