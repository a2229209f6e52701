import SGCBase
import Testing

@testable import SGCCommand

@Suite("Tables of experiments")
struct ExperimentResultsTests {
    private func metrics(psnr: Double, silhouette: Double, channels: String = "high") -> JSONValue {
        [
            "psnr": .number(psnr), "ssim": 0.5, "usage": 1.0, "perplexity": 12.0,
            "uniqueness": ["0.1": 1.0, "0.3": 0.75, "0.5": 0.5, "0.7": 0.25, "0.9": 0.125],
            "clusters": [
                "channels": .string(channels), "silhouette": .number(silhouette), "davies_bouldin": 0.5,
            ],
            "clusters_full": ["channels": "full", "silhouette": -0.25, "davies_bouldin": 2.0],
            "temporal": ["surface_class_agreement": 0.875, "surface_right_agreement": 0.75], "seconds": 61.4,
        ]
    }

    /// Two seeds of vq and one of sgc; the second seed is added first.
    private func results(in directory: String = "there") throws -> ExperimentResults {
        let plan = try ExperimentPlan(.named("compare"), seedCount: 2, directory: directory)
        var results = ExperimentResults(plan)
        results.add(plan.runs[3], metrics: metrics(psnr: 22, silhouette: 0, channels: "full"))
        results.add(plan.runs[0], metrics: metrics(psnr: 20, silhouette: 0, channels: "full"))
        results.add(plan.runs[2], metrics: metrics(psnr: 21.5, silhouette: 0.75))
        return results
    }

    @Test("Means, and the standard deviation with n - 1")
    func statistics() throws {
        let rows = try results().rows
        #expect(rows.map { $0.runs.map(\.seed) } == [[1, 2], [], [1]])
        #expect(rows[0].means[0] == 21)
        #expect(abs((rows[0].spreads[0] ?? 0) - 2.0.squareRoot()) < 1e-12)
        #expect(rows[0].spreads[1] == 0)
        #expect(rows[1].means[0] == nil)
        #expect(rows[2].means[0] == 21.5)
        #expect(rows[2].spreads[0] == nil)
    }

    @Test("CSV: a line per run, mean and spread, empty where there is nothing")
    func csv() throws {
        let lines = try results().csv.split(separator: "\n").map(String.init)
        #expect(
            lines[0]
                == "cell,seed,psnr,ssim,usage,perplexity,uniqueness_0.1,uniqueness_0.3,uniqueness_0.5,uniqueness_0.7,"
                + "uniqueness_0.9,silhouette_high,davies_bouldin_high,silhouette_full,davies_bouldin_full,"
                + "class_kept,class_right,seconds")
        #expect(lines[1] == "vq,1,20.0,0.5,1.0,12.0,1.0,0.75,0.5,0.25,0.125,,,-0.25,2.0,0.875,0.75,61.4")
        #expect(lines[3] == "vq,mean,21.0,0.5,1.0,12.0,1.0,0.75,0.5,0.25,0.125,,,-0.25,2.0,0.875,0.75,61.4")
        #expect(lines[4].hasPrefix("vq,spread,1.414213562373095"))
        #expect(lines[5] == "sgc,1,21.5,0.5,1.0,12.0,1.0,0.75,0.5,0.25,0.125,0.75,0.5,-0.25,2.0,0.875,0.75,61.4")
        #expect(lines[7] == "sgc,spread,,,,,,,,,,,,,,,,")
        #expect(lines.count == 8)
    }

    @Test("JSON: where each run is, and what sets its cell apart")
    func json() throws {
        let json = try results().json()
        #expect(json["experiment"] == "compare")
        #expect(json["planned"] == 6)
        #expect(json["finished"] == 3)
        guard case .array(let cells)? = json["cells"] else { throw SGCError(.format, "no cells") }
        #expect(cells.map { $0["name"] } == ["vq", "cvq", "sgc"])
        #expect(cells[0]["settings"] == ["quantizer.kind=vq"])
        #expect(cells[0]["mean"]?["psnr"] == 21.0)
        #expect(cells[0]["mean"]?["silhouette_high"] == .null)
        #expect(cells[1]["runs"] == [])
        guard case .array(let runs)? = cells[2]["runs"] else { throw SGCError(.format, "no runs") }
        #expect(runs[0]["run"] == "there/sgc-seed1")
        #expect(runs[0]["figures"]?["silhouette_high"] == 0.75)
    }

    @Test("Markdown: a row per cell with what is known, and the runs below")
    func markdown() throws {
        let text = try results().markdown
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") }.map { row in
            row.split(separator: "|").map { $0.trimmed }
        }
        // Header and three cells, header and three runs; every row as long as its header.
        #expect(rows.map(\.count) == Array(repeating: 18, count: 8))
        #expect(rows[0][1...2] == ["seeds", "PSNR"])
        #expect(rows[1].prefix(3) == ["vq", "2", "21.00 ± 1.41"])
        #expect(rows[2].prefix(3) == ["cvq", "0", "-"])
        #expect(rows[3].prefix(3) == ["sgc", "1", "21.50"])
        #expect(rows[3].suffix(3) == ["0.875", "0.750", "61"])
        #expect(rows[6].prefix(3) == ["vq", "2", "22.00"])
        #expect(text.contains("3 of 6 runs are finished"))
    }

    @Test("All three are written")
    func files() throws {
        let folder = try TemporaryFolder()
        let results = try results(in: "\(folder.path)/new/experiment")
        try results.write()
        #expect(
            try Directory.list("\(folder.path)/new/experiment") == ["results.csv", "results.json", "results.md"])
        #expect(try File.readJSON("\(folder.path)/new/experiment/results.json") == results.json())
    }
}

extension Substring {
    /// Without the spaces around it.
    fileprivate var trimmed: String {
        var rest = drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
