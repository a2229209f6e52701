import ArgumentParser
import SGCBase
import SGCData
import SGCTokenizer

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Measure a model.",
        discussion: """
            Without --images the built-in scenes are used: fidelity, codebook usage, what the codes mean, and how \
            steady tokens are in a drive. With images and no labels only the first two are measured. With a teacher, what \
            the codes mean is measured by its labels, also where the images have none.
            """)

    @Argument(help: ArgumentHelp("A model directory or a run directory.", valueName: "model"))
    var model: String

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("A folder of images, or a text file that lists them.", valueName: "path"))
    var images: String?

    @Option(help: ArgumentHelp("The folder of label maps of a folder of images.", valueName: "directory"))
    var labels: String?

    @Option(
        help: ArgumentHelp("Take the labels from the segmentation network in this ONNX file.", valueName: "model.onnx"))
    var teacher: String?

    @Option(help: ArgumentHelp("How many images at most.", valueName: "n"))
    var count = 512

    @Option(help: ArgumentHelp("The seed of the built-in scenes.", valueName: "seed"))
    var seed: UInt64 = 2

    @Option(help: ArgumentHelp("The size to which images are scaled and cropped.", valueName: "WxH"))
    var size: PixelSize?

    @Option(help: ArgumentHelp("Also write the figures to this file.", valueName: "file.json"))
    var out: String?

    func validate() throws {
        guard count > 0 else { throw ValidationError("--count: expected a number of at least 1, got \(count)") }
        guard labels == nil || images != nil else { throw ValidationError("--labels: expected --images, too") }
        guard labels == nil || teacher == nil else {
            throw ValidationError("--labels and --teacher: expected one of them")
        }
    }

    func run() throws {
        let evaluation = try global.compute { () throws(SGCError) in try evaluate() }
        if let out { try JSONFile.write(evaluation.json, to: out) }
        try global.finish(evaluation.json) { table(evaluation.lines) }
    }

    private func evaluate() throws(SGCError) -> Evaluation {
        let location = try ModelLocation(model)
        let tokenizer = try location.load(global.engine())
        let data = try dataConfiguration(location)
        let teacher = try labelTeacher(of: tokenizer)
        let dataset: AnyDataset
        var classCount = teacher?.classCount ?? tokenizer.semantics.classes.count
        if data.source == .scenes {
            let set = try SceneSet(seed: seed, width: data.width, height: data.height)
            dataset = try data.examples(
                of: AnyDataset(SceneDataset(set, count: count)), isTraining: false, teacher: teacher)
            // A model without classes is judged by the classes of the scenes.
            if classCount == 0 { classCount = Scenes.classes.count }
            guard teacher != nil || hasClassesOfScenes(tokenizer) else {
                throw SGCError(
                    .mismatch,
                    "\(shown(model)): the model's classes are not those of the built-in scenes; give --images or --teacher"
                )
            }
        } else {
            let all = try data.files(classCount: classCount)
            let some = DatasetSelection(all, indices: Array(0..<min(count, all.count)))
            dataset = try data.examples(of: AnyDataset(some), isTraining: false, teacher: teacher)
            if teacher == nil, try !data.hasLabels() { classCount = 0 }
        }
        let isQuiet = !Console.isTerminal
        let total = dataset.count
        var evaluation = try Evaluation(
            of: tokenizer, on: dataset, classCount: classCount, cancellation: Interruption.cancellation
        ) { done in
            if !isQuiet { Console.draw("\r\u{1B}[K\(done)/\(total) images\(done == total ? "\n" : "")") }
        }
        if data.source == .scenes, hasClassesOfScenes(tokenizer) {
            evaluation.temporal = try SequenceEvaluation(seed: seed, width: data.width, height: data.height).run(
                tokenizer, cancellation: Interruption.cancellation)
        }
        return evaluation
    }

    private func hasClassesOfScenes(_ tokenizer: Tokenizer) -> Bool {
        let names = tokenizer.semantics.classes.map(\.name)
        return names.isEmpty || names == Scenes.classes.map(\.name)
    }

    /// The network of `--teacher`, if there is one.
    ///
    /// - Throws: `.mismatch` when it gives no labels, or those of other classes than the model's.
    private func labelTeacher(of tokenizer: Tokenizer) throws(SGCError) -> Teacher? {
        guard let path = teacher else { return nil }
        let teacher = try Teacher.load(path: path, options: global.engine())
        guard teacher.description.kind == .segmentation, teacher.classCount > 0 else {
            throw SGCError(
                .mismatch,
                "\(shown(path)): expected a segmentation that says its classes, got kind "
                    + "\(teacher.description.kind.rawValue) with \(teacher.classCount) classes")
        }
        // Names are compared where both have some, as in training.
        let (own, its) = (tokenizer.semantics.classes.map(\.name), teacher.description.classes)
        guard own.isEmpty || (its.isEmpty ? own.count == teacher.classCount : own == its) else {
            throw SGCError(
                .mismatch, "\(shown(path)): expected the model's classes \(own), got \(teacher.classes.map(\.name))")
        }
        return teacher
    }

    /// That of the run that made the model, where known, with what the options say.
    private func dataConfiguration(_ location: ModelLocation) throws(SGCError) -> DataConfiguration {
        var data = DataConfiguration()
        if let run = location.run { data = try run.read().data }
        if let size { (data.width, data.height) = (size.width, size.height) }
        if let images {
            data.source = try File.kind(images) == .directory ? .folder : .list
            data.images = images
            data.labels = labels ?? ""
            data.isLabelled = labels != nil || data.source == .list
        } else {
            data.source = .scenes
        }
        return data
    }
}
