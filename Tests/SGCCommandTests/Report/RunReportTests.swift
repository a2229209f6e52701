import Glibc
import SGCBase
import SGCData
import SGCTokenizer
import Testing

@testable import SGCCommand

@Suite("The report of a run")
struct RunReportTests {
    @Test("the page is balanced, needs nothing from outside, and names every class and figure")
    func page() throws {
        let report = try ReportFixtures.report()
        let html = try ReportPage([report]).html()
        let page = MarkupScanner(html)
        #expect(page.faults.isEmpty)
        for tag in page.tags {
            #expect(!["link", "iframe", "object"].contains(tag.name))
            #expect(tag.attributes.keys.allSatisfy { !["src", "href", "srcset"].contains($0) })
        }
        #expect(!html.contains("http:") && !html.contains("https:") && !html.contains("url("))
        for item in ReportFixtures.classes { #expect(page.text.contains(item.name)) }
        for figure in ["23.46", "0.712", "0.654", "87.7 %", "Perplexity", "at τ = 0.5"] {
            #expect(page.text.contains(figure), "\(figure)")
        }
        // Maps in two projections, uniqueness, classes, usage; of training seven at once and one more.
        #expect(page.tags.count { $0.name == "svg" } == 2 + 3 + 7 + 1)
        #expect(html.contains("prefers-color-scheme:dark"))
    }

    @Test("what a configuration, a name or a title says cannot become markup")
    func escaping() throws {
        let report = try ReportFixtures.report(title: "<b>\"x\" & 'y'</b>")
        let html = try ReportPage([report]).html()
        #expect(html.contains("<h1>&lt;b&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/b&gt;</h1>"))
        #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(html.contains("272 codes &amp; &lt;no&gt; training"))
        #expect(MarkupScanner(html).faults.isEmpty)
        #expect(Markup.escaped("a\u{0}b\u{1B}c\n") == "a\u{FFFD}b\u{FFFD}c\n")
    }

    @Test("the files are written, and the sheet has the pictures in its places")
    func files() throws {
        let directory = try temporaryDirectory()
        defer { try? Directory.removeTree(directory) }
        let report = try ReportFixtures.report(sampleCount: 3)
        try report.write(to: "\(directory)/run")
        #expect(try Directory.list("\(directory)/run") == RunReport.fileNames.sorted())
        let sheet = try ImageFile.image(at: "\(directory)/run/samples.png")
        // Pixels doubled, four columns, three rows, gaps of four pixels.
        #expect(sheet.width == 4 * 256 + 5 * 4)
        #expect(sheet.height == 3 * 128 + 4 * 4)
        #expect(color(sheet, 0, 0) == [255, 255, 255])
        let sample = report.samples[1]
        let (x, y) = (37, 21)
        let (top, left) = (4 + 132 + 2 * y + 1, 4 + 2 * x + 1)
        #expect(color(sheet, left, top) == color(sample.image, x, y))
        let label = Int(try #require(sample.labels).ids[y * 128 + x])
        #expect(color(sheet, left + 260, top) == ReportFixtures.classes[label].color)
        #expect(color(sheet, left + 780, top) == color(try #require(sample.reconstruction), x, y))
        let svg = String(decoding: try File.read("\(directory)/run/codebook-usage.svg", limit: 1 << 20), as: UTF8.self)
        #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
        #expect(MarkupScanner(svg).faults.isEmpty)
    }

    @Test("a model without classes, samples, tokens or history has a page, too")
    func bare() throws {
        let statistics = try CodebookStatistics(codebookSize: 3, classCount: 0)
        let report = try RunReport(
            name: "bare", title: "Bare", summary: "", metrics: nil, history: TrainingHistory(), samples: [],
            gallery: ReportGallery(codebookSize: 3),
            codebook: ReportCodebook(entries: [1, 2, 3], dimension: 1),
            semantics: CodeSemantics(classes: [], histogram: [], codebookSize: 3), statistics: statistics,
            configuration: [:])
        let directory = try temporaryDirectory()
        defer { try? Directory.removeTree(directory) }
        try report.write(to: directory)
        let html = String(decoding: try File.read("\(directory)/report.html", limit: 1 << 20), as: UTF8.self)
        let page = MarkupScanner(html)
        #expect(page.faults.isEmpty)
        #expect(page.tags.count { $0.name == "svg" } == 1)
        #expect(page.text.contains("0 of 3 codes used (0 %)"))
        #expect(try !File.exists("\(directory)/samples.png"))
    }

    @Test("parts of different models are refused")
    func mismatches() throws {
        let report = try ReportFixtures.report(sampleCount: 1, measured: 1)
        #expect(throws: SGCError.self) {
            try RunReport(
                name: "", title: "", summary: "", metrics: nil, history: TrainingHistory(), samples: [],
                gallery: ReportGallery(codebookSize: 2),
                codebook: ReportCodebook(entries: [1, 2, 3, 4], dimension: 2), semantics: report.semantics,
                statistics: report.statistics, configuration: nil)
        }
        let sample = report.samples[0]
        #expect(throws: SGCError(.mismatch, "report: sample \"s\" has 1 tokens and 1 margins, its grid 128")) {
            try ReportSample(
                name: "s", image: sample.image, labels: nil, grid: sample.grid, tokens: [0], margins: [0],
                reconstruction: nil)
        }
        let foreign = try ReportSample(
            name: "s", image: sample.image, labels: nil, grid: sample.grid,
            tokens: [Int32](repeating: 9999, count: 128), margins: sample.margins, reconstruction: nil)
        #expect(throws: SGCError(.range, "report: expected tokens in 0..<272, got 9999 in \"s\"")) {
            try RunReport(
                name: "", title: "", summary: "", metrics: nil, history: TrainingHistory(), samples: [foreign],
                gallery: report.gallery,
                codebook: report.codebook, semantics: report.semantics, statistics: report.statistics,
                configuration: nil)
        }
        #expect(throws: SGCError(.numeric, "report: expected finite codebook entries, got nan in code 1")) {
            try ReportCodebook(entries: [1, 2, .nan, 4], dimension: 2)
        }
    }

    private func color(_ image: PixelImage, _ x: Int, _ y: Int) -> SIMD3<UInt8> {
        let start = (y * image.width + x) * 3
        return [image.pixels[start], image.pixels[start + 1], image.pixels[start + 2]]
    }

    private func temporaryDirectory() throws -> String {
        let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        let path = "\(base)/sgc-report-tests-\(getpid())-\(UInt32.random(in: .min ... .max))"
        try Directory.create(path)
        return path
    }
}
