import SGCBase
import SGCTokenizer
import Testing

@testable import SGCCommand

@Suite("The page of several runs")
struct ReportPageTests {
    private func data(_ page: MarkupScanner) throws -> JSONValue {
        try JSONValue(
            parsing: try #require(page.scripts.first), limits: JSONLimits(bytes: 1 << 26, depth: 8, keys: 1 << 16))
    }

    private func list(_ value: JSONValue?) throws -> [JSONValue] {
        guard case .array(let elements)? = value else { throw SGCError(.format, "no list") }
        return elements
    }

    private func numbers(_ value: JSONValue?) throws -> [Int] {
        try list(value).map { Int(try #require($0.asDouble)) }
    }

    @Test("the script's data say of every code what statistics and semantics say")
    func codes() throws {
        let report = try ReportFixtures.report()
        let run = try #require(try list(data(MarkupScanner(ReportPage([report]).html()))["runs"]).first)
        #expect(try numbers(run["uses"]) == report.statistics.counts)
        let classes = (0..<report.codebook.size).map { Int(report.semantics.majorityClass(of: $0)) }
        #expect(try numbers(run["class"]) == classes)
        for (code, row) in try list(run["histogram"]).enumerated() {
            let shares = try numbers(row)
            #expect(shares.isEmpty == (report.statistics.counts[code] == 0))
            guard !shares.isEmpty else { continue }
            #expect(abs(shares.reduce(0, +) - 1000) <= shares.count / 2)
            #expect(abs(Float(shares[classes[code]]) - 1000 * report.semantics.purity(of: code)) <= 0.5)
        }
        for (code, row) in try list(run["neighbors"]).enumerated() {
            let near = try numbers(row)
            #expect(near.count == (report.isUsed[code] ? 8 : 0) && !near.contains(code))
            #expect(near.allSatisfy { report.isUsed[$0] })
        }
        for (code, row) in try list(run["patches"]).enumerated() {
            #expect(try numbers(row) == report.gallery.patches[code].map { $0.image * 128 + $0.cell })
        }
        #expect(try list(run["tokens"]).map(numbers) == report.samples.map { $0.tokens.map { Int($0) } })
        guard case .string(let colors)? = run["colors"] else { throw SGCError(.format, "no colors") }
        #expect(colors.utf8.count == 6 * report.codebook.size)
    }

    @Test("runs that show the same images share them; others have pictures of their own")
    func groups() throws {
        let reports = try [
            ReportFixtures.report(name: "a"), ReportFixtures.report(name: "b", sceneSeed: 4),
            ReportFixtures.report(name: "<c>"),
        ]
        let page = ReportPage(reports, table: ReportTable(header: ["", "x & y"], rows: [["<c>", "1 ± 2"]]))
        #expect(page.groups == [[0, 2], [1]])
        let scanner = try MarkupScanner(page.html())
        #expect(scanner.faults.isEmpty)
        #expect(scanner.tags.count { $0.attributes["class"] == "explorer" } == 2)
        #expect(scanner.text.contains("&lt;c&gt;") && !scanner.text.contains("<c>"))
        #expect(scanner.text.contains("x &amp; y") && scanner.text.contains("1 ± 2"))
        let data = try data(scanner)
        #expect(try list(data["runs"]).compactMap { $0["group"]?.asDouble } == [0, 1, 0])
        // Of each group: six measured images, true classes and reconstructions of two, and two small maps of a drive,
        // which are the same for the first run and the third.
        #expect(try list(data["images"]).count == 2 * (6 + 2 + 2 + 2))
    }

    @Test("a name cannot end the element that holds the data")
    func escaping() throws {
        let html = try ReportPage([ReportFixtures.report(name: "</script><b>")]).html()
        let page = MarkupScanner(html)
        #expect(page.faults.isEmpty && page.scripts.count == 2)
        #expect(try list(data(page)["runs"]).first?["name"] == "</script><b>")
    }

    @Test("a gallery keeps the clearest places of each code, one per image, and has an end")
    func gallery() throws {
        var gallery = ReportGallery(codebookSize: 3)
        let image = try PixelImage(width: 128, height: 64, pixels: [UInt8](repeating: 7, count: 128 * 64 * 3))
        try gallery.add(image, tokens: [0, 1, 0], margins: [0.1, 0.5, 0.3])
        try gallery.add(image, tokens: [1, 1, 0], margins: [0.7, 0.7, 0.2])
        func patch(_ image: Int, _ cell: Int, _ margin: Float) -> ReportGallery.Patch {
            ReportGallery.Patch(image: image, cell: cell, margin: margin)
        }
        #expect(gallery.patches == [[patch(0, 2, 0.3), patch(1, 2, 0.2)], [patch(1, 0, 0.7), patch(0, 1, 0.5)], []])
        #expect(throws: SGCError(.range, "gallery: expected tokens in 0..<3, got 3")) {
            try gallery.add(image, tokens: [3], margins: [1])
        }
        while gallery.hasRoom { try gallery.add(image, tokens: [2], margins: [Float(gallery.images.count)]) }
        #expect(gallery.images.count == 48)
        #expect(gallery.patches[2].map(\.margin) == [47, 46, 45, 44, 43, 42, 41, 40])
    }
}
