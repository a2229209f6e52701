package import SGCBase

/// What a codebook's entries were used for over an evaluation set, gathered one batch of tokens at a time.
///
/// All counts are exact integers: the order of batches and merges does not matter.
package struct CodebookStatistics: Sendable, Equatable {
    /// K, the number of entries.
    package let codebookSize: Int
    /// C, the number of classes; 0 when no labels are gathered.
    package let classCount: Int
    /// How many tokens chose each code, `[K]`.
    package private(set) var counts: [Int]
    /// H[k, c], how many tokens (or pixels, see ``add(codes:rows:columns:pixelLabels:factor:)``) of code k had class c,
    /// `[K, C]`.
    package private(set) var histogram: [Int]
    /// The number of tokens, labelled or not.
    package private(set) var tokenCount = 0
    /// The sum of ``histogram``.
    package private(set) var labelledCount = 0

    /// The largest K · C that is accepted (1 GiB of counts).
    package static let largestHistogram = 1 << 27

    /// - Throws: `.argument` when `codebookSize` is not positive or `classCount` is not in `0..<LabelMap.ignore`, `.limit`
    ///   when their product exceeds ``largestHistogram``.
    package init(codebookSize: Int, classCount: Int) throws(SGCError) {
        guard codebookSize > 0, (0..<Int(LabelMap.ignore)).contains(classCount) else {
            throw SGCError(
                .argument,
                "codebook statistics: expected at least 1 code and 0..<\(LabelMap.ignore) classes, got \(codebookSize) "
                    + "and \(classCount)")
        }
        let (cells, overflow) = codebookSize.multipliedReportingOverflow(by: max(classCount, 1))
        guard !overflow, cells <= Self.largestHistogram else {
            throw SGCError(
                .limit,
                "codebook statistics: expected codes times classes of at most \(Self.largestHistogram), got "
                    + "\(codebookSize) codes and \(classCount) classes")
        }
        self.codebookSize = codebookSize
        self.classCount = classCount
        counts = Array(repeating: 0, count: codebookSize)
        histogram = Array(repeating: 0, count: codebookSize * classCount)
    }

    /// Adds tokens, with one class per token where labels are given (SGC-VQGAN Table 1, one class per hit).
    ///
    /// After an error nothing was added.
    ///
    /// - Parameters:
    ///   - codes: the chosen entries, any shape flattened, each in `0..<codebookSize`.
    ///   - labels: the class of each token, or `LabelMap.ignore`: such a token counts for usage only.
    /// - Throws: `.mismatch` when the counts differ, `.range` for a code or class outside its range.
    package mutating func add(codes: [Int32], labels: [UInt16]? = nil) throws(SGCError) {
        try check(codes)
        if let labels {
            guard labels.count == codes.count else {
                throw SGCError(
                    .mismatch,
                    "codebook statistics: expected one label per token, got \(labels.count) for \(codes.count)")
            }
            try check(labels)
        }
        count(codes)
        guard let labels else { return }
        for (code, label) in zip(codes, labels) where label != LabelMap.ignore { hit(code, label) }
    }

    /// Adds a grid of tokens with the classes of all pixels under each token: every labelled pixel is one hit.
    ///
    /// The alternative reading of SGC-VQGAN Table 1; the one above, with the majority class of the cell, is the default.
    /// After an error nothing was added. ``labelledCount`` then counts pixels.
    ///
    /// - Parameters:
    ///   - codes: `[rows, columns]`, each in `0..<codebookSize`.
    ///   - pixelLabels: classes of the image that the grid covers from the top left.
    ///   - factor: side of a token's cell, in pixels.
    /// - Throws: `.mismatch` when codes, grid and labels do not fit, `.range` for a code or class outside its range.
    package mutating func add(
        codes: [Int32], rows: Int, columns: Int, pixelLabels: LabelMap, factor: Int
    ) throws(SGCError) {
        let grid = try TokenGrid(rows: rows, columns: columns, factor: factor)
        try grid.requireCovers(width: pixelLabels.width, height: pixelLabels.height)
        guard codes.count == grid.count else {
            throw SGCError(.mismatch, "codebook statistics: expected \(grid.count) codes, got \(codes.count)")
        }
        try check(codes)
        try check(pixelLabels.ids)
        count(codes)
        for y in 0..<pixelLabels.height {
            for x in 0..<pixelLabels.width {
                let label = pixelLabels.ids[y * pixelLabels.width + x]
                if label != LabelMap.ignore { hit(codes[grid.cell(x: x, y: y)], label) }
            }
        }
    }

    /// Adds what another accumulator gathered.
    ///
    /// - Throws: `.mismatch` when the number of codes or classes differs.
    package mutating func merge(_ other: CodebookStatistics) throws(SGCError) {
        guard other.codebookSize == codebookSize, other.classCount == classCount else {
            throw SGCError(
                .mismatch,
                "codebook statistics: expected \(codebookSize) codes and \(classCount) classes, got "
                    + "\(other.codebookSize) and \(other.classCount)")
        }
        for k in counts.indices { counts[k] += other.counts[k] }
        for i in histogram.indices { histogram[i] += other.histogram[i] }
        tokenCount += other.tokenCount
        labelledCount += other.labelledCount
    }

    private func check(_ codes: [Int32]) throws(SGCError) {
        if let index = codes.firstIndex(where: { $0 < 0 || Int($0) >= codebookSize }) {
            throw SGCError(
                .range,
                "codebook statistics: expected codes in 0..<\(codebookSize), got \(codes[index]) at token \(index)")
        }
    }

    private func check(_ labels: [UInt16]) throws(SGCError) {
        if let index = labels.firstIndex(where: { Int($0) >= classCount && $0 != LabelMap.ignore }) {
            throw SGCError(
                .range,
                "codebook statistics: expected classes in 0..<\(classCount) or \(LabelMap.ignore), got "
                    + "\(labels[index]) at \(index)")
        }
    }

    private mutating func count(_ codes: [Int32]) {
        for code in codes { counts[Int(code)] += 1 }
        tokenCount += codes.count
    }

    private mutating func hit(_ code: Int32, _ label: UInt16) {
        histogram[Int(code) * classCount + Int(label)] += 1
        labelledCount += 1
    }
}
