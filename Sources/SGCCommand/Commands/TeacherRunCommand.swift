import ArgumentParser
import SGCBase
import SGCData
import SGCTensor
import SGCTokenizer

struct TeacherRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Show images to a network and write what it gives.",
        discussion: """
            Of a segmentation: class maps as PNG in the colors of the palette, which are label maps for training, too, and \
            classes.json. Of other networks, or with --features: arrays [rows, columns, channels] as npy.
            """)

    @Argument(help: ArgumentHelp("An ONNX file.", valueName: "model.onnx"))
    var model: String

    @OptionGroup var inputs: ImageInputs
    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The folder to write to.", valueName: "directory"))
    var out = "out/teacher"

    @Flag(help: "Write the scores of a segmentation instead of its class maps.")
    var features = false

    func run() throws {
        let written = try global.compute { () throws(SGCError) in try write() }
        try global.finish(
            .object([
                ("directory", .string(out)), ("images", JSONValue(written.count)),
                ("files", .array(written.map { .string($0) })),
            ])
        ) {
            "\(out): \(written.count) files"
        }
    }

    /// - Returns: the files that were written.
    private func write() throws(SGCError) -> [String] {
        let images = try inputs.images()
        let teacher = try Teacher.load(path: model, options: global.engine())
        let wantsLabels = teacher.description.kind == .segmentation && !features
        try Directory.create(out)
        let classes = teacher.classes
        if wantsLabels, !classes.isEmpty { try ClassList.write(classes, to: "\(out)/classes.json") }
        var written: [String] = []
        try images.forEach(beside: teacher.device) { (sample) throws(SGCError) in
            try Interruption.cancellation.check()
            let name = "\(out)/\(resultName(written.count, of: sample.name))"
            do throws(SGCError) {
                written.append(try write(sample.image, to: name, teacher, classes: wantsLabels ? classes : nil))
            } catch {
                throw error.within(sample.name)
            }
        }
        return written
    }

    /// - Parameter classes: `nil` when features are wanted.
    private func write(
        _ image: PixelImage, to path: String, _ teacher: Teacher, classes: [SemanticClass]?
    ) throws(SGCError) -> String {
        guard let classes else {
            let grid = try teacher.grid(width: image.width, height: image.height, on: teacher.device)
            let answer = try teacher.answer(to: image, wantsFeatures: true)
            let array = path.dropLast(".png".count) + ".npy"
            try NpyArray(shape: [grid.rows, grid.columns, grid.channels], elements: answer.features)
                .write(String(array))
            return String(array)
        }
        let answer = try teacher.answer(to: image, wantsLabels: true)
        let map = try LabelMap(width: image.width, height: image.height, ids: answer.labels)
        // More classes than a palette holds, or unknown ones: the ids as they are.
        if (1...255).contains(classes.count) {
            try ImageFile.write(map, classes: classes, to: path)
        } else {
            try ImageFile.write(map, to: path)
        }
        return path
    }
}

extension Teacher {
    /// Shows one image to the network.
    func answer(
        to image: PixelImage, wantsLabels: Bool = false, wantsFeatures: Bool = false, on device: Device? = nil
    ) throws(SGCError) -> TeacherAnswer {
        let layout = try PixelLayout(width: image.width, height: image.height, format: .rgb8)
        return try unsafe image.pixels.withUnsafeBufferPointer { (pixels) throws(SGCError) -> TeacherAnswer in
            guard let base = pixels.baseAddress else { throw SGCError(.internalError, "teacher: no pixels") }
            // The pixels live until the call returns.
            return try answer(
                to: try unsafe PixelSource(base: base, layout: layout), wantsLabels: wantsLabels,
                wantsFeatures: wantsFeatures, on: device ?? self.device)
        }
    }
}
