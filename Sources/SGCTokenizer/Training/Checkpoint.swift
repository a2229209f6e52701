package import SGCBase
import SGCNN
import SGCTensor

/// Everything that training needs to go on as if it had not stopped.
///
/// `trainer.json` has the configuration, counters, and whatever the caller adds (its place in the data);
/// `checkpoint.safetensors` has weights, moments, averages and statistics. Two generations are kept.
extension Trainer {
    private static let format = "libsgc-checkpoint"
    private static let version = 1
    private static let marker = "trainer.json"
    private static let tensors = "checkpoint.safetensors"

    /// Writes a checkpoint; what the directory held before is kept until the new one is complete.
    ///
    /// - Parameter progress: the caller's own state, handed back by ``resume(directory:options:)``.
    /// - Throws: `.io`.
    package func save(directory: String, progress: JSONValue = .object(JSONObject())) throws(SGCError) {
        try DirectoryGenerations.replace(directory, marker: Self.marker) { (path) throws(SGCError) in
            try WeightsFile.write(entries, to: "\(path)/\(Self.tensors)", metadata: [("format", Self.format)])
            var state = JSONObject()
            state["format"] = .string(Self.format)
            state["version"] = JSONValue(Self.version)
            state["step"] = JSONValue(counters.step)
            state["skipped_steps"] = JSONValue(counters.skipped)
            state["consecutive_skips"] = JSONValue(counters.consecutiveSkips)
            state["optimizer_step"] = JSONValue(optimizer.step)
            state["discriminator_step"] = JSONValue(adversary?.optimizer.step ?? 0)
            state["random_position"] = .integer(Int64(clamping: random.position))
            state["precision"] = .string(precision.rawValue)
            state["teachers"] = .object(teacherFingerprints)
            if let distillation = teachers.features {
                state["distillation_channels"] = JSONValue(distillation.channels)
                state["distillation_step"] = JSONValue(distillation.optimizer.step)
            }
            state["progress"] = progress
            state["configuration"] = try configuration.json()
            try writeJSON(.object(state), to: "\(path)/\(Self.marker)")
        }
    }

    /// The training that ``save(directory:progress:)`` wrote, and the caller's state.
    ///
    /// Teachers are not in a checkpoint: those that the training had must be set again before its next step.
    /// - Throws: `.io`, `.format`, `.truncated`, `.checksum`, `.mismatch`, `.unsupported`.
    package static func resume(
        directory: String, options: EngineOptions
    ) throws(SGCError) -> (trainer: Trainer, progress: JSONValue) {
        let path = try DirectoryGenerations.newest(of: directory)
        var reader = try JSONReader(File.readJSON("\(path)/\(marker)"), path: "")
        let format = try reader.string("format")
        guard format == Self.format else {
            throw SGCError(.format, "\(path)/\(marker): expected the format \(Self.format), got \(quoted(format))")
        }
        let version = try reader.integer("version", range: 1 ... .max)
        guard version <= Self.version else {
            throw SGCError(
                .unsupported, "\(path)/\(marker): expected version \(Self.version) or older, got \(version)")
        }
        let configuration = try TrainingConfiguration(reader.object("configuration"))
        var options = options
        options.precision = try reader.choice("precision", default: options.precision)
        let trainer = try Trainer(
            configuration, device: options.makeDevice(), precision: options.precision, drawsWeights: false)
        trainer.restore(
            step: try reader.integer("step", range: 0 ... .max),
            skippedSteps: try reader.integer("skipped_steps", range: 0 ... .max),
            consecutiveSkips: try reader.integer("consecutive_skips", range: 0 ... .max))
        trainer.optimizer.step = try reader.integer("optimizer_step", range: 0 ... .max)
        let discriminatorStep = try reader.integer("discriminator_step", range: 0 ... .max)
        trainer.adversary?.optimizer.step = discriminatorStep
        trainer.random.position = try reader.unsigned("random_position")
        var teachers = try reader.object("teachers")
        for kind in TeacherDescription.Kind.allCases {
            trainer.teachers.expected[kind] = try teachers.stringIfPresent(kind.rawValue)
        }
        trainer.teachers.expectedTokenizer = try teachers.stringIfPresent(TrainingTeachers.tokenizer)
        try teachers.finish()
        let distillationStep = try reader.integer("distillation_step", default: 0, range: 0 ... .max)
        if let channels = try reader.integerIfPresent("distillation_channels", range: 1...1 << 20) {
            try trainer.makeFeatureDistillation(channels: channels).optimizer.step = distillationStep
        }
        let progress = reader.value("progress") ?? .object(JSONObject())
        try reader.finish()
        try WeightsFile.read(trainer.entries, from: "\(path)/\(tensors)")
        return (trainer, progress)
    }

    /// Every tensor of the training under its name in the file.
    private var entries: [WeightsFile.Entry] {
        func named(_ prefix: String, _ parameters: [Parameter]) -> [WeightsFile.Entry] {
            parameters.map { WeightsFile.Entry("\(prefix).\($0.name)", $0) }
        }
        var all = named("model", model.parameters)
        all += named("optimizer", optimizer.firstMoments) + named("optimizer", optimizer.secondMoments)
        all += named("average", averages)
        all += named("tracker", tracker.buffers)
        if let distillation = teachers.features {
            all += named("distillation", distillation.store.parameters)
            all += named("distillation_optimizer", distillation.optimizer.firstMoments)
            all += named("distillation_optimizer", distillation.optimizer.secondMoments)
        }
        if let adversary {
            all += named("discriminator", adversary.store.parameters)
            all += named("discriminator_optimizer", adversary.optimizer.firstMoments)
            all += named("discriminator_optimizer", adversary.optimizer.secondMoments)
        }
        return all
    }
}
