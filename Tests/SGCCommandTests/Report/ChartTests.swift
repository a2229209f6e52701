import SGCBase
import SGCTokenizer
import Testing

@testable import SGCCommand

@Suite("Charts")
struct ChartTests {
    @Test("every number in every chart is finite and inside its picture")
    func numbers() throws {
        let report = try ReportFixtures.report(sampleCount: 0)
        let scatters = try CodebookScatter.Projection.allCases.map {
            try CodebookScatter(
                report.codebook, semantics: report.semantics, isUsed: report.isUsed, projection: $0)
        }
        let purities = report.statistics.purities
        let curves = LearningCurves([("a", report.history), ("b", ReportFixtures.history(steps: 9))])
        let drawings =
            scatters.map(\.drawing) + [
                UsageChart(report.statistics).drawing(hasCaption: true),
                UniquenessChart(curves: [
                    UniquenessChart.Curve(name: "a", run: 0, purities: purities),
                    UniquenessChart.Curve(name: "b", run: 9, purities: purities.map { $0 / 2 }),
                ]).drawing,
                ClassBars(report.statistics, semantics: report.semantics).drawing,
            ] + (curves.main + curves.others).map(\.drawing)
        for drawing in drawings {
            let svg = MarkupScanner(drawing.standalone)
            #expect(svg.faults.isEmpty)
            for tag in svg.tags {
                for (key, value) in tag.attributes where ["x", "x1", "x2", "cx", "y", "y1", "y2", "cy"].contains(key) {
                    let number = try #require(Double(value), "\(tag.name) \(key)=\(value)")
                    #expect(number >= 0 && number <= (key.contains("x") ? drawing.width : drawing.height))
                }
                for word in (tag.attributes["d"] ?? "").split(whereSeparator: { "MLZ ".contains($0) }) {
                    #expect(Double(word)?.isFinite == true, "\(word)")
                }
            }
        }
    }

    @Test("usage says how many codes are dead, and its curve falls")
    func usage() throws {
        var statistics = try CodebookStatistics(codebookSize: 8, classCount: 0)
        try statistics.add(codes: [0, 0, 0, 0, 3, 3, 5, 0])
        let chart = UsageChart(statistics)
        #expect(chart.caption == "3 of 8 codes used (37.5 %), perplexity 2.5, 5 dead codes, 8 tokens")
        let svg = MarkupScanner(chart.drawing(hasCaption: true).inline)
        #expect(svg.text.contains("5 dead") && svg.text.contains("even use: 1.0") && svg.text.contains(chart.caption))
        let curve = try #require(svg.tags.first { $0.attributes["class"] == "curve" }?.attributes["d"])
        let heights = curve.dropFirst().split(separator: "L").compactMap {
            $0.split(separator: " ").last.flatMap { Double($0) }
        }
        #expect(heights.count == 4 && heights == heights.sorted())
    }

    @Test("uniqueness agrees with the metric at every threshold")
    func uniqueness() throws {
        let statistics = try ReportFixtures.report(sampleCount: 0).statistics
        let chart = UniquenessChart.Curve(name: "a", run: 0, purities: statistics.purities)
        for step in 0..<20 {
            let threshold = Double(step) / 20
            #expect(chart.share(above: threshold) == statistics.uniqueness(above: threshold).ofAllCodes)
        }
    }

    @Test("curves of several runs have their names and colors; the only one has its values")
    func curves() throws {
        let curve = UniquenessChart.Curve(name: "one", run: 0, purities: [0.2, 0.6, 1])
        let other = UniquenessChart.Curve(name: "<two>", run: 1, purities: [0])
        let alone = MarkupScanner(UniquenessChart(curves: [curve]).drawing.inline)
        #expect(alone.text.contains("0.667") && alone.text.contains("0.333"))
        let both = MarkupScanner(UniquenessChart(curves: [curve, other]).drawing.inline)
        #expect(both.text.contains("one") && both.text.contains("&lt;two&gt;") && !both.text.contains("0.667"))
        let groups = both.tags.filter { $0.name == "g" }.compactMap { $0.attributes["class"] }
        #expect(groups == ["run0", "run1", "run0", "run1"])
        #expect(ChartStyle.runClass(ChartStyle.runColors.count + 1) == "run1")

        let histories = [("a", ReportFixtures.history(steps: 50)), ("b", TrainingHistory())]
        let loss = try #require(LearningCurves(histories).main.first { $0.name == "loss" })
        #expect(MarkupScanner(loss.drawing.inline).tags.count { $0.attributes["class"] == "curve" } == 1)
    }

    @Test("bars count the tokens whose code stands for their class")
    func bars() throws {
        let classes = [SemanticClass(name: "a", color: [1, 2, 3]), SemanticClass(name: "b", color: [4, 5, 6])]
        let semantics = try CodeSemantics(classes: classes, histogram: [5, 1, 0, 2, 0, 0], codebookSize: 3)
        var statistics = try CodebookStatistics(codebookSize: 3, classCount: 2)
        try statistics.add(codes: [0, 0, 0, 1, 1, 2], labels: [0, 0, 1, 1, 1, 0])
        let rows = ClassBars(statistics, semantics: semantics).rows
        #expect(
            rows == [
                ClassBars.Row(item: classes[0], tokens: 3, accuracy: 2.0 / 3, codes: 1),
                ClassBars.Row(item: classes[1], tokens: 3, accuracy: 2.0 / 3, codes: 1),
            ])
    }

    @Test("axes end at round numbers and have sensible ticks")
    func scales() {
        #expect(ChartScale(linear: [0.13, 0.87]).ticks.map(Numerals.tick) == ["0", "0.2", "0.4", "0.6", "0.8", "1"])
        #expect(ChartScale(linear: [21, 24.2], tickCount: 4).ticks == [21, 22, 23, 24, 25])
        #expect(ChartScale(from: 0, to: 2048).ticks.map(Numerals.tick) == ["0", "500", "1k", "1.5k", "2k"])
        let logarithmic = ChartScale(logarithmic: [1, 4321])
        #expect(logarithmic.ticks.map(Numerals.tick) == ["1", "10", "100", "1k", "10k"])
        #expect(abs(logarithmic.share(100) - 0.5) < 1e-12)
        #expect(logarithmic.share(0) == 0)
        for odd in [[], [7.0], [0], [.nan], [-1e300, 1e300], [1e15, 1e15 + 1]] {
            let scale = ChartScale(linear: odd)
            #expect(scale.lower < scale.upper && scale.ticks.count <= 32)
            #expect((odd.filter(\.isFinite).first.map(scale.share) ?? 0).isFinite)
        }
    }

    @Test("histories are read from metrics lines and thinned by means")
    func history() throws {
        let text = "{\"step\":1,\"loss\":4.0,\"psnr\":null}\n{\"step\":2,\"loss\":2,\"psnr\":20.5}\n"
        let history = try TrainingHistory(jsonLines: text)
        #expect(history.series.map(\.name) == ["loss", "psnr"])
        #expect(history["loss"]?.values == [4, 2])
        #expect(history["psnr"]?.steps == [2])
        let reduced = try #require(history["loss"]).reduced(to: 1)
        #expect(reduced.steps == [1.5] && reduced.values == [3])
        #expect(throws: SGCError(.format, "metrics, line 2: expected an object with a step, got an array of 0")) {
            try TrainingHistory(jsonLines: "{\"step\":1}\n[]")
        }
    }
}
