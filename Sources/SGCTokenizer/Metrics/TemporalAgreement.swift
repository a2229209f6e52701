package import SGCBase

/// Whether tokens stay the same where consecutive frames show the same surface, gathered one pair of frames at a time.
///
/// A token's cell is followed by its pixels: the cell of the next frame in which most of them lie is its target. Cells of
/// which no pixel is seen again are not matched and do not count.
package struct TemporalAgreement: Sendable, Equatable {
    /// What was counted over some of the matched tokens.
    package struct Tally: Sendable, Equatable {
        /// Tokens whose cell was found again in the next frame.
        package fileprivate(set) var matched = 0
        /// Matched tokens whose target has the same code.
        package fileprivate(set) var sameCode = 0
        /// Matched tokens whose target's code has the same class.
        package fileprivate(set) var sameClass = 0
        /// Matched tokens whose code and whose target's code both have the class that both cells have.
        package fileprivate(set) var rightClass = 0

        /// The share of matched tokens whose target has the same code, in 0...1; nil when none is matched.
        package var codeAgreement: Double? { matched == 0 ? nil : Double(sameCode) / Double(matched) }

        /// The share of matched tokens whose target's code has the same class, in ``codeAgreement``...1; nil when none is
        /// matched.
        package var classAgreement: Double? { matched == 0 ? nil : Double(sameClass) / Double(matched) }

        /// The share of matched tokens whose class is right in both frames, in 0...``classAgreement``; nil when none is
        /// matched. Codes that all mean the same agree always, but are rarely right.
        package var rightAgreement: Double? { matched == 0 ? nil : Double(rightClass) / Double(matched) }

        fileprivate mutating func add(_ other: Tally) {
            matched += other.matched
            sameCode += other.sameCode
            sameClass += other.sameClass
            rightClass += other.rightClass
        }
    }

    /// The class of each code, `[K]`, or `LabelMap.ignore`: such a code agrees with itself only.
    package let codeClasses: [UInt16]
    /// Over all matched tokens, labelled or not.
    package private(set) var total = Tally()
    /// Over the matched tokens whose cell has a class in the first frame, by that class, `[C]`.
    package private(set) var byClass: [Tally]
    /// Over the matched tokens whose cell and target have the same class: those that see one surface in both frames.
    package private(set) var surface = Tally()

    /// - Parameter codeClasses: the class of each code, `[K]`, each below `classCount` or `LabelMap.ignore`.
    /// - Throws: `.argument` when there is no code or `classCount` is not in `0..<LabelMap.ignore`, `.range` for a class
    ///   outside its range.
    package init(codeClasses: [UInt16], classCount: Int) throws(SGCError) {
        guard !codeClasses.isEmpty, (0..<Int(LabelMap.ignore)).contains(classCount) else {
            throw SGCError(
                .argument,
                "temporal agreement: expected at least 1 code and 0..<\(LabelMap.ignore) classes, got "
                    + "\(codeClasses.count) and \(classCount)")
        }
        try Self.check(codeClasses, classCount)
        self.codeClasses = codeClasses
        byClass = Array(repeating: Tally(), count: classCount)
    }

    /// Adds one pair of consecutive frames of one size; after an error nothing was added.
    ///
    /// Of target cells that hold equally many pixels the one wins that has the pixel nearest to the middle of the first
    /// frame's cell, of equally near pixels the first in raster order.
    ///
    /// - Parameters:
    ///   - codes: the first frame's tokens, `[rows, columns]` of the smallest grid that covers the frame.
    ///   - nextCodes: the next frame's tokens, of the same shape.
    ///   - labels: the classes of the first frame's tokens, `[rows, columns]`, or `LabelMap.ignore`: such a token counts in
    ///     ``total`` only.
    ///   - nextLabels: those of the next frame.
    ///   - correspondence: for each pixel of the first frame the index of the pixel of the next frame that shows the same
    ///     surface, or -1, `[H, W]`.
    ///   - width: W of both frames, in pixels.
    ///   - height: H of both frames, in pixels.
    ///   - factor: side of a token's cell, in pixels.
    /// - Throws: `.argument` for sizes outside their range, `.mismatch` when counts do not fit the sizes, `.range` for a
    ///   code, class or pixel index outside its range.
    package mutating func add(
        codes: [Int32], nextCodes: [Int32], labels: [UInt16], nextLabels: [UInt16], correspondence: [Int32],
        width: Int, height: Int, factor: Int
    ) throws(SGCError) {
        let grid = try TokenGrid(coveringWidth: width, height: height, factor: factor)
        let counts = [codes.count, nextCodes.count, labels.count, nextLabels.count]
        guard counts.allSatisfy({ $0 == grid.count }) else {
            throw SGCError(
                .mismatch,
                "temporal agreement: expected \(grid.count) codes and labels of each frame, got \(counts)")
        }
        guard correspondence.count == width * height else {
            throw SGCError(
                .mismatch,
                "temporal agreement: expected a correspondence of \(width * height) pixels, got \(correspondence.count)"
            )
        }
        for code in [codes, nextCodes].joined() where code < 0 || Int(code) >= codeClasses.count {
            throw SGCError(.range, "temporal agreement: expected codes in 0..<\(codeClasses.count), got \(code)")
        }
        try Self.check(labels, byClass.count)
        try Self.check(nextLabels, byClass.count)
        for pixel in correspondence where pixel < -1 || Int(pixel) >= width * height {
            throw SGCError(
                .range, "temporal agreement: expected pixel indices in -1..<\(width * height), got \(pixel)")
        }
        let targets = grid.majorities(width: width, height: height, valueCount: grid.count) { pixel in
            let next = Int(correspondence[pixel])
            return next < 0 ? nil : grid.cell(x: next % width, y: next / width)
        }
        for (cell, target) in targets.enumerated() {
            guard let target else { continue }
            let label = labels[cell]
            let isSurface = label != LabelMap.ignore && label == nextLabels[target]
            let tally = compare(codes[cell], nextCodes[target], truth: isSurface ? label : LabelMap.ignore)
            total.add(tally)
            if isSurface { surface.add(tally) }
            if label != LabelMap.ignore { byClass[Int(label)].add(tally) }
        }
    }

    /// Adds what another accumulator gathered.
    ///
    /// - Throws: `.mismatch` when the code classes or the number of classes differ.
    package mutating func merge(_ other: TemporalAgreement) throws(SGCError) {
        guard other.codeClasses == codeClasses, other.byClass.count == byClass.count else {
            throw SGCError(.mismatch, "temporal agreement: expected the same code classes and number of classes")
        }
        total.add(other.total)
        surface.add(other.surface)
        for c in byClass.indices { byClass[c].add(other.byClass[c]) }
    }

    /// - Parameter truth: the class of both cells, or `LabelMap.ignore`.
    private func compare(_ code: Int32, _ next: Int32, truth: UInt16) -> Tally {
        let (label, nextLabel) = (codeClasses[Int(code)], codeClasses[Int(next)])
        let isSame = label != LabelMap.ignore && label == nextLabel
        var tally = Tally()
        tally.matched = 1
        tally.sameCode = code == next ? 1 : 0
        tally.sameClass = code == next || isSame ? 1 : 0
        tally.rightClass = isSame && label == truth ? 1 : 0
        return tally
    }

    private static func check(_ labels: [UInt16], _ classCount: Int) throws(SGCError) {
        for label in labels where Int(label) >= classCount && label != LabelMap.ignore {
            throw SGCError(
                .range,
                "temporal agreement: expected classes in 0..<\(classCount) or \(LabelMap.ignore), got \(label)")
        }
    }
}
