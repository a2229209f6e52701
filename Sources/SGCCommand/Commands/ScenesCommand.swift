import ArgumentParser
import SGCBase
import SGCData

struct ScenesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scenes",
        abstract: "Write built-in driving scenes as images and label maps.",
        discussion: """
            Writes images/, labels/ (class ids as palette PNG), classes.json, and conditions.json with the setting, the \
            daytime and the weather of each scene. With --frames each scene is a drive of that many frames in a folder \
            of its own. The same seed gives the same bits everywhere.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The folder to write to.", valueName: "directory"))
    var out = "scenes"

    @Option(help: ArgumentHelp("How many scenes.", valueName: "n"))
    var count = 16

    @Option(help: ArgumentHelp("The size of the images.", valueName: "WxH"))
    var size = PixelSize(width: 256, height: 128)

    @Option(help: ArgumentHelp("Which scenes; two seeds have none in common.", valueName: "seed"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Frames of each scene; 1 is a single view.", valueName: "n"))
    var frames = 1

    @Option(help: ArgumentHelp("Frames per second of a drive.", valueName: "n"))
    var rate = 10.0

    func validate() throws {
        guard count > 0, frames > 0 else { throw ValidationError("expected at least one scene and one frame") }
        guard rate > 0, Double(frames) / rate <= Scene.longestTime else {
            throw ValidationError("expected a drive of at most \(Scene.longestTime) seconds")
        }
    }

    func run() throws {
        try global.compute { () throws(SGCError) in try write() }
        try global.finish(
            .object([
                ("directory", .string(out)), ("scenes", JSONValue(count)), ("frames", JSONValue(frames)),
                ("images", .string("\(out)/images")), ("labels", .string("\(out)/labels")),
                ("classes", .string("\(out)/classes.json")), ("conditions", .string("\(out)/conditions.json")),
            ])
        ) {
            "\(out): \(count * frames) images of \(size.defaultValueDescription) with label maps"
        }
    }

    private func write() throws(SGCError) {
        let set = try SceneSet(seed: seed, width: size.width, height: size.height)
        try Directory.create("\(out)/images")
        try Directory.create("\(out)/labels")
        try ClassList.write(Scenes.classes, to: "\(out)/classes.json")
        var conditions: [JSONValue] = []
        for index in 0..<count {
            let scene = set.scene(index)
            conditions.append(description(of: scene, index: index))
            if frames > 1 {
                try Directory.create("\(out)/images/\(padded(index, 6))")
                try Directory.create("\(out)/labels/\(padded(index, 6))")
            }
            for frame in 0..<frames {
                try Interruption.cancellation.check()
                let view = try scene.frame(time: Double(frame) / rate, width: size.width, height: size.height)
                let name = padded(index, 6) + (frames > 1 ? "/\(padded(frame, 4))" : "") + ".png"
                try ImageFile.write(view.image, to: "\(out)/images/\(name)")
                try ImageFile.write(view.labels, classes: Scenes.classes, to: "\(out)/labels/\(name)")
            }
        }
        try JSONFile.write(.object([("scenes", .array(conditions))]), to: "\(out)/conditions.json")
    }

    /// An entry of conditions.json.
    private func description(of scene: Scene, index: Int) -> JSONValue {
        let summary = scene.summary
        return .object([
            ("name", .string(padded(index, 6))), ("setting", .string(summary.setting)),
            ("daytime", .string(summary.daytime)), ("weather", .string(summary.weather)), ("wet", .bool(summary.isWet)),
        ])
    }
}
