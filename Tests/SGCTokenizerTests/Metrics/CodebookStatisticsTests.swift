import SGCBase
import SGCTokenizer
import Testing

@Suite struct CodebookStatisticsTests {
    private func gathered() throws -> CodebookStatistics {
        var statistics = try CodebookStatistics(
            codebookSize: MetricsInputs.codebookSize, classCount: MetricsInputs.classCount)
        try statistics.add(codes: MetricsInputs.codes(), labels: MetricsInputs.labels())
        return statistics
    }

    @Test("counts, usage, entropy and perplexity equal NumPy, with dead codes")
    func usage() throws {
        let statistics = try gathered()
        #expect(statistics.counts == MetricsGolden.codeCounts)
        #expect(statistics.histogram == MetricsGolden.codeHistogram)
        #expect(statistics.tokenCount == 400)
        #expect(statistics.labelledCount == MetricsGolden.codeHistogram.reduce(0, +))
        #expect(statistics.deadCodes == Array(16..<23))
        #expect(agrees(statistics.usage, MetricsGolden.codeUsage))
        #expect(agrees(statistics.entropy, MetricsGolden.codeEntropy))
        #expect(agrees(statistics.perplexity, MetricsGolden.codePerplexity))
        #expect(agrees(statistics.normalizedEntropy, MetricsGolden.codeNormalizedEntropy))
    }

    @Test("purity, class and uniqueness equal NumPy; dead and unlabelled codes fail at every threshold")
    func semantics() throws {
        let statistics = try gathered()
        #expect(statistics.codeClasses.map { Int($0) } == MetricsGolden.codeClasses)
        for (k, purity) in statistics.purities.enumerated() {
            #expect(agrees(purity, MetricsGolden.codePurities[k]), "code \(k)")
        }
        for (index, threshold) in [0.1, 0.3, 0.5, 0.7, 0.9].enumerated() {
            let uniqueness = statistics.uniqueness(above: threshold)
            #expect(agrees(uniqueness.ofAllCodes, MetricsGolden.uniquenessOfAll[index]), "at \(threshold)")
            #expect(agrees(uniqueness.ofUsedCodes, MetricsGolden.uniquenessOfUsed[index]), "at \(threshold)")
        }
        // Code 3 has tokens but no label; used codes are 16.
        #expect(statistics.uniqueness(above: 0).ofAllCodes == 15.0 / 23)
    }

    @Test("the threshold is exceeded strictly")
    func strictThreshold() throws {
        var statistics = try CodebookStatistics(codebookSize: 2, classCount: 2)
        try statistics.add(codes: [0, 0, 1], labels: [0, 1, 1])
        #expect(statistics.uniqueness(above: 0.5).ofAllCodes == 0.5)
        #expect(statistics.uniqueness(above: 0.499).ofAllCodes == 1)
        #expect(statistics.codeClasses == [0, 1])
    }

    @Test("accuracy of a fixed table equals NumPy, and codes without a class are wrong")
    func accuracy() throws {
        let statistics = try gathered()
        let table = (0..<23).map { $0 == 1 ? LabelMap.ignore : UInt16($0 * 3 % 5) }
        #expect(agrees(try #require(try statistics.accuracy(ofCodeClasses: table)), MetricsGolden.codeAccuracy))
        let none = [UInt16](repeating: LabelMap.ignore, count: 23)
        #expect(try statistics.accuracy(ofCodeClasses: none) == 0)
        #expect(throws: SGCError.self) { try statistics.accuracy(ofCodeClasses: [0]) }
        #expect(throws: SGCError.self) { try statistics.accuracy(ofCodeClasses: Array(repeating: 5, count: 23)) }
    }

    @Test("merging parts equals adding everything")
    func merge() throws {
        let codes = MetricsInputs.codes()
        let labels = MetricsInputs.labels()
        var first = try CodebookStatistics(codebookSize: 23, classCount: 5)
        var second = first
        try first.add(codes: Array(codes[..<150]), labels: Array(labels[..<150]))
        try second.add(codes: Array(codes[150...]), labels: Array(labels[150...]))
        try second.merge(first)
        #expect(second == (try gathered()))
        #expect(throws: SGCError.self) { try first.merge(CodebookStatistics(codebookSize: 23, classCount: 4)) }
    }

    @Test("every pixel under a token is a hit in the pixel reading, and padding is none")
    func pixels() throws {
        var statistics = try CodebookStatistics(codebookSize: 2, classCount: 2)
        let ignore = LabelMap.ignore
        let map = try LabelMap(width: 3, height: 2, ids: [0, 1, 1, 0, ignore, 1])
        try statistics.add(codes: [1, 0], rows: 1, columns: 2, pixelLabels: map, factor: 2)
        #expect(statistics.histogram == [0, 2, 2, 1])
        #expect(statistics.counts == [1, 1])
        #expect(statistics.labelledCount == 5)
        #expect(throws: SGCError.self) {
            try statistics.add(codes: [1], rows: 1, columns: 1, pixelLabels: map, factor: 2)
        }
    }

    @Test("without tokens everything is 0, without labels usage still counts")
    func empty() throws {
        var statistics = try CodebookStatistics(codebookSize: 1, classCount: 0)
        #expect(statistics.usage == 0 && statistics.entropy == 0 && statistics.perplexity == 0)
        #expect(statistics.uniqueness(above: 0).ofUsedCodes == 0)
        #expect(try statistics.accuracy(ofCodeClasses: [LabelMap.ignore]) == nil)
        try statistics.add(codes: [0, 0])
        #expect(statistics.usage == 1 && statistics.perplexity == 1 && statistics.normalizedEntropy == 0)
        #expect(statistics.codeClasses == [LabelMap.ignore])
    }

    @Test("codes and classes outside their range add nothing; absurd sizes are refused")
    func badInput() throws {
        let empty = try CodebookStatistics(codebookSize: 4, classCount: 2)
        var statistics = empty
        for code: Int32 in [-1, 4] {
            let error = #expect(throws: SGCError.self) { try statistics.add(codes: [0, code], labels: [0, 0]) }
            #expect(error?.code == .range)
        }
        #expect(throws: SGCError.self) { try statistics.add(codes: [0, 1], labels: [0, 2]) }
        #expect(throws: SGCError.self) { try statistics.add(codes: [0, 1], labels: [0]) }
        #expect(statistics == empty)
        #expect(throws: SGCError.self) { try CodebookStatistics(codebookSize: 0, classCount: 1) }
        #expect(throws: SGCError.self) { try CodebookStatistics(codebookSize: 1, classCount: -1) }
        let huge = #expect(throws: SGCError.self) { try CodebookStatistics(codebookSize: .max, classCount: 9) }
        #expect(huge?.code == .limit)
    }
}
