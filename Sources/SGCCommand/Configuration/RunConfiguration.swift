import SGCBase
import SGCData
import SGCTokenizer

/// Everything that determines a run of `sgc train`: what the trainer takes, the data, and how long and how to look.
struct RunConfiguration: Sendable, Equatable, Configurable {
    /// Its keys stand at the top level.
    var training = TrainingConfiguration()
    var data = DataConfiguration()
    var run = RunSettings()

    init() {}

    mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try training.visit(&fields)
        try fields.part("data", &data)
        try fields.part("run", &run)
    }
}

/// How long a run takes, and what it writes and measures on the way.
struct RunSettings: Sendable, Equatable, Configurable {
    var steps = 1000
    /// Images per step.
    var batch = 16
    var precision = Precision.float32
    /// ONNX files of networks to learn from, and the directory of a tokenizer to imitate, or of its run. A segmentation's
    /// classes take the place of the data's own, and a tokenizer's quantizer that of the configuration's.
    var teachers: [String] = []
    /// Steps between checkpoints; one is always written at the end.
    var checkpointEvery = 500
    /// Steps between sample pictures, which also come at 1, 2, 4, 8 and so on.
    var sampleEvery = 500
    /// Images in a sample picture; 0 writes none.
    var sampleImages = 4
    /// Steps between lines on a terminal that is none.
    var logEvery = 10
    /// Batches that may be ready ahead of their use.
    var prefetch = 2
    /// Unseen images to measure the model on at the end; 0 measures nothing.
    var evaluateImages = 512
    /// Which unseen images: the seed of the scenes, or of the draw from a folder.
    var evaluateSeed: UInt64 = 2
    /// Training images from which the meaning of the codes is counted at the end.
    var semanticsImages = 512

    init() {}

    mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try fields.integer("steps", &steps, 1...1_000_000_000)
        try fields.integer("batch", &batch, 1...65_536)
        try fields.choice("precision", &precision)
        try fields.strings("teachers", &teachers, count: 0...8)
        try fields.integer("checkpoint_every", &checkpointEvery, 1...1_000_000_000)
        try fields.integer("sample_every", &sampleEvery, 1...1_000_000_000)
        try fields.integer("sample_images", &sampleImages, 0...64)
        try fields.integer("log_every", &logEvery, 1...1_000_000_000)
        try fields.integer("prefetch", &prefetch, 1...1024)
        try fields.integer("evaluate_images", &evaluateImages, 0...1_000_000_000)
        try fields.seed("evaluate_seed", &evaluateSeed)
        try fields.integer("semantics_images", &semanticsImages, 0...1_000_000_000)
    }
}

extension RunConfiguration {
    /// The configuration that a preset, a file and assignments give, later ones over earlier ones.
    ///
    /// What nobody sets follows from the rest: `optimizer.total_steps` is `run.steps`, learning rates are VQGAN's 4.5e-6
    /// per image of a batch, and classes are those of the data.
    ///
    /// - Parameters:
    ///   - file: a JSON object with any of the keys.
    ///   - assignments: `a.b=c`.
    /// - Throws: `.argument` for an unknown key (naming the nearest), a value out of range, or settings that do not fit
    ///   each other; `.format`, `.io`.
    init(
        preset: Preset? = nil, file: JSONValue = .object(JSONObject()), assignments: [String] = []
    ) throws(SGCError) {
        var json = try (preset?.json() ?? .object(JSONObject())).merged(with: file)
        for assignment in assignments { try json.apply(assignment: assignment) }
        self = try Self.completed(json)
    }

    private static func completed(_ json: JSONValue) throws(SGCError) -> RunConfiguration {
        var result = try RunConfiguration(json)
        try result.data.check()
        if json["optimizer"]?["total_steps"] == nil { result.training.optimizer.totalSteps = result.run.steps }
        let rate = 4.5e-6 * Double(result.run.batch)
        if json["optimizer"]?["learning_rate"] == nil { result.training.optimizer.learningRate = rate }
        if json["discriminator"]?["learning_rate"] == nil { result.training.discriminator.learningRate = rate }
        try result.adoptClasses()
        // The defaults of one part and the values of another may not fit: check the whole again.
        _ = try RunConfiguration(result.json())
        return result
    }

    /// Puts the classes of the data into the quantizer's settings.
    private mutating func adoptClasses() throws(SGCError) {
        let classes = try data.classes()
        guard !classes.isEmpty else { return }
        var settings = training.tokenizer.quantizer.semantics
        let names = classes.map(\.name)
        guard settings.classes == 0 || settings.classes == classes.count,
            settings.classNames.isEmpty || settings.classNames == names
        else {
            throw SGCError(
                .argument,
                "quantizer.semantics.classes: expected the \(classes.count) classes of the data, got \(settings.classes)"
            )
        }
        settings.classes = classes.count
        settings.classNames = names
        training.tokenizer.quantizer.semantics = settings
    }

    /// The classes with their colors; empty when the run has none.
    func classes() throws(SGCError) -> [SemanticClass] {
        let known = try data.classes()
        guard known.isEmpty else { return known }
        let settings = training.tokenizer.quantizer.semantics
        let names =
            settings.classNames.isEmpty ? (0..<settings.classes).map { "class \($0)" } : settings.classNames
        return zip(names, defaultPalette(settings.classes)).map { SemanticClass(name: $0, color: $1) }
    }

    /// The first key whose value differs in `other` and that determines what a run computes; nil when there is none.
    ///
    /// A run may be looked at more or less often.
    ///
    /// - Parameter mayProlong: whether it may also take other numbers of steps and of images to measure.
    func firstDifference(from other: RunConfiguration, mayProlong: Bool = true) throws(SGCError) -> String? {
        var (mine, its) = (self, other)
        var free = [
            \RunConfiguration.run.checkpointEvery, \.run.sampleEvery, \.run.sampleImages, \.run.logEvery,
            \.run.prefetch,
        ]
        if mayProlong { free += [\.run.steps, \.run.evaluateImages, \.run.semanticsImages] }
        for keyPath in free { mine[keyPath: keyPath] = its[keyPath: keyPath] }
        // The checkpoint knows the networks by what is in them, wherever they lie.
        mine.run.teachers = its.run.teachers
        // Where a run is kept in memory changes nothing in it.
        mine.data.isCached = its.data.isCached
        let (first, second) = (try mine.json(), try its.json())
        // What people set comes before what follows from it.
        for part in ["run", "data"] {
            if let a = first[part], let b = second[part], let found = a.firstDifference(from: b, path: part) {
                return found
            }
        }
        return first.firstDifference(from: second)
    }
}
