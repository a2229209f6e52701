import ArgumentParser
import SGCBase

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Show one run, or several side by side, on a page.",
        discussion: """
            Writes one HTML file that needs nothing else: pictures with their tokens, what each code stands for, maps of \
            the codebooks, charts and tables. Models are measured again on the images of their runs, which takes some \
            seconds each.
            """)

    @Argument(help: ArgumentHelp("Finished runs of train, experiment or demo.", valueName: "run"))
    var runs: [String]

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The file to write.", valueName: "file.html"))
    var out = "report.html"

    func validate() throws {
        guard Set(runs).count == runs.count else { throw ValidationError("expected different runs, got one twice") }
    }

    func run() throws {
        try global.compute { () throws(SGCError) in try write() }
        try global.finish(.object([("report", .string(out)), ("runs", .array(runs.map { .string($0) }))])) { out }
    }

    private func write() throws(SGCError) {
        let folders = runs.map { RunDirectory(path: $0) }
        let names = folders.map(\.name)
        var reports: [RunReport] = []
        for folder in folders {
            Console.note("measuring \(shown(folder.path))")
            var report = try RunReport(
                reading: folder, engine: global.engine(), cancellation: Interruption.cancellation)
            // Folders of one name are told apart by their paths.
            if names.count(where: { $0 == folder.name }) > 1 { report.name = folder.path }
            reports.append(report)
        }
        try ReportPage(reports).write(to: out)
    }
}
