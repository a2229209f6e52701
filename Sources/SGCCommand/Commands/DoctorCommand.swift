import ArgumentParser
import SGCBase

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what is wrong with a run, and what to change.",
        discussion: """
            Reads the configuration, the figures of the steps, the checkpoint and the model of a run, finished or not. \
            Each finding says what was seen and where, why it matters, and which settings change it. A finding is \
            critical (what comes out is of no use), a warning (it costs quality or time) or a note.

            Exit status: 0 when nothing critical was found, 1 otherwise, and when the run cannot be read.

            Rules: \(HealthRules.all.map(\.name).joined(separator: ", ")).
            """)

    @Argument(help: ArgumentHelp("A run directory.", valueName: "run"))
    var path: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let diagnosis = try global.compute { () throws(SGCError) in
            Diagnosis(of: try RunRecord(directory: path, engine: global.engine()))
        }
        try global.finish(diagnosis.json) { diagnosis.text }
        if diagnosis.worst == .critical { throw ExitCode.failure }
    }
}
