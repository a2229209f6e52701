import ArgumentParser

struct TeacherCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "teacher",
        abstract: "Look at pretrained networks from ONNX files, and run them.",
        discussion: """
            A description in a JSON file of the same name (street.json beside street.onnx) says what the network takes and \
            gives where the graph does not tell: kind, input, output, scale, mean, std, size, multiple, classes, \
            palette, taps, heads.
            """,
        subcommands: [TeacherProbeCommand.self, TeacherRunCommand.self])
}
