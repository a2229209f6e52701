import ArgumentParser
import SGCBase
import SGCTokenizer

struct TeacherProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "List what is in a network, what is missing to run it, and what a run costs.",
        discussion: "Fails after its report when the network has operators that cannot run, all of which it names.")

    @Argument(help: ArgumentHelp("An ONNX file.", valueName: "model.onnx"))
    var model: String

    @Option(help: ArgumentHelp("The size of image that the cost is counted for.", valueName: "WxH"))
    var size = PixelSize(width: 224, height: 224)

    @Flag(help: "List every value inside the network, to choose taps from.")
    var values = false

    @Flag(help: "Count only, do not time a run.")
    var untimed = false

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let probe = try global.compute { () throws(SGCError) in
            try TeacherProbe(
                model, width: size.width, height: size.height, isTimed: !untimed, engine: global.engine())
        }
        try global.finish(probe.json) { probe.text(withValues: values) }
        if let problem = probe.problem { throw problem }
    }
}
