import ArgumentParser
import SGCBase
import SGCData
import SGCTokenizer

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Train a small tokenizer on built-in scenes and show what it does.",
        discussion: "Takes some minutes on two cores and needs nothing from outside.")

    @OptionGroup var teachers: TeacherOptions
    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The folder to write to; a demo that is there is replaced.", valueName: "directory"))
    var out = "out/demo"

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "A setting laid over the preset, such as run.steps=100; may be repeated.", valueName: "a.b=c"))
    var assignments: [String] = []

    /// Unseen scenes that are encoded for a look.
    private static let shownScenes = 16

    func run() throws {
        let result = try global.compute { () throws(SGCError) in try demonstrate() }
        try global.finish(result.json) { result.text }
    }

    private func demonstrate() throws(SGCError) -> TrainingResult {
        let precision = global.precision.map { ["run.precision=\($0.rawValue)"] } ?? []
        let configuration = teachers.applied(
            to: try RunConfiguration(preset: .demo, assignments: assignments + precision))
        for path in configuration.run.teachers where try RunTeachers.isTokenizer(path) {
            throw SGCError(
                .argument,
                "--teacher: expected an ONNX file, got the directory \(shown(path)): sgc train imitates tokenizers")
        }
        try removeOldDemo()
        let engine = global.engine(precision: configuration.run.precision)
        let run = try TrainingRun(
            configuration, directory: out, engine: engine, cancellation: Interruption.cancellation)
        let result = try TrainingResult(training: run)
        try encodeScenes(configuration, engine)
        return result
    }

    /// Unseen scenes, their labels, and their tokens.
    private func encodeScenes(_ configuration: RunConfiguration, _ engine: EngineOptions) throws(SGCError) {
        let data = configuration.data
        let set = try SceneSet(seed: configuration.run.evaluateSeed, width: data.width, height: data.height)
        for folder in ["tokens", "images", "labels"] { try Directory.create("\(out)/\(folder)") }
        try ClassList.write(Scenes.classes, to: "\(out)/classes.json")
        var names: [String] = []
        for index in 0..<Self.shownScenes {
            let view = try set.sample(index)
            let name = "\(padded(index, 6)).png"
            try ImageFile.write(view.image, to: "\(out)/images/\(name)")
            try ImageFile.write(view.labels, classes: Scenes.classes, to: "\(out)/labels/\(name)")
            names.append("images/\(name)")
        }
        let location = try ModelLocation(out)
        let images = ImageFiles(paths: names.map { "\(out)/\($0)" })
        let tokens = try TokenFile.encoding(
            images, with: location.load(engine), fingerprint: location.fingerprint()
        ) { $0.files = names }
        try tokens.write("\(out)/tokens/tokens.npy")
    }

    /// Removes what an earlier demo wrote, and nothing else.
    private func removeOldDemo() throws(SGCError) {
        let names = try File.kind(out) == nil ? [] : Directory.list(out)
        guard names.isEmpty || names.contains("config.json") else {
            throw SGCError(
                .path, "\(shown(out)): expected an earlier demo or nothing to replace, got a folder without config.json"
            )
        }
        let made = [
            "samples", "checkpoints", "model", "model.previous", "tokens", "images", "labels", "config.json",
            "classes.json", "metrics.json", "metrics.csv", "metrics.jsonl",
        ]
        for name in names where (made + RunReport.fileNames).contains(name) || name.hasPrefix("events.out.tfevents.") {
            try Directory.removeTree("\(out)/\(name)")
        }
    }
}
