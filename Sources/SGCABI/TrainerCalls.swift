import CSGC
import SGCBase
import SGCTensor
import SGCTokenizer

/// What a trainer's handle stands for: the training, the thread on which it computes, and who is at work in it.
final class TrainerObject: HandleObject, @unchecked Sendable {
    // Proof for @unchecked: `trainer` is used by one call at a time, the one that made `state` busy.
    static let kind = HandleKind.trainer
    private let trainer: Trainer
    private let worker: Worker
    private let state = Lock(State())

    private struct State {
        var isBusy = false
        /// The metrics of the last step, in the trainer's order.
        var metrics: [StepMetrics.Entry] = []
    }

    private init(_ trainer: Trainer, _ worker: Worker) {
        self.trainer = trainer
        self.worker = worker
    }

    /// A training with fresh weights.
    static func create(configuration: String, options: EngineOptions) throws(SGCError) -> TrainerObject {
        let worker = Worker.compute()
        let trainer = try worker.run { () throws(SGCError) in
            try Trainer(configuration: configuration, options: options)
        }
        return TrainerObject(trainer, worker)
    }

    /// A training that goes on where a saved one stopped.
    static func resume(directory: String, options: EngineOptions) throws(SGCError) -> TrainerObject {
        let worker = Worker.compute()
        let trainer = try worker.run { () throws(SGCError) in
            try Trainer.resume(directory: directory, options: options).trainer
        }
        Log.write(.info, "trainer resumed from \(directory)")
        return TrainerObject(trainer, worker)
    }

    /// Puts a teacher into the role of its kind, or takes all away.
    func setTeacher(_ teacher: Teacher?) throws(SGCError) {
        try alone { () throws(SGCError) in try trainer.setTeacher(teacher) }
    }

    /// Makes the training imitate a tokenizer.
    func imitate(_ tokenizer: Tokenizer) throws(SGCError) {
        try alone { () throws(SGCError) in try trainer.imitate(tokenizer) }
    }

    /// One training step.
    func step(
        images: [PixelSource], labels: [LabelSource]?, cancellation: Cancellation
    ) throws(SGCError) -> StepMetrics {
        try alone { () throws(SGCError) in
            let metrics = try trainer.step(images: images, labels: labels, cancellation: cancellation)
            state.withLock { $0.metrics = metrics.entries }
            return metrics
        }
    }

    /// The metrics of the last step as JSON.
    func metricsText() throws(SGCError) -> String {
        let (isBusy, metrics) = state.withLock { ($0.isBusy, $0.metrics) }
        guard !isBusy else { throw Self.busy }
        let fields = metrics.map { "\"\($0.name)\": \(Self.number($0.value))" }
        return "{" + fields.joined(separator: ", ") + "}"
    }

    /// A number as JSON has it; null for what JSON cannot say.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        if let whole = Int64(exactly: value) { return "\(whole)" }
        return "\(value)"
    }

    /// Writes a checkpoint.
    func save(directory: String) throws(SGCError) {
        try alone { () throws(SGCError) in try trainer.save(directory: directory) }
        Log.write(.info, "trainer saved to \(directory)")
    }

    /// Writes the model.
    func export(directory: String) throws(SGCError) {
        try alone { () throws(SGCError) in try trainer.export(directory: directory) }
        Log.write(.info, "model exported to \(directory)")
    }

    /// A tokenizer with a copy of the model as it is now.
    func snapshot() throws(SGCError) -> TokenizerObject {
        TokenizerObject(try alone { () throws(SGCError) in try trainer.snapshot() })
    }

    private static let busy = SGCError(.state, "this trainer is at work in another call: one call at a time")

    /// Runs `body` on the worker's thread unless another call is at work.
    private func alone<Value>(_ body: () throws(SGCError) -> Value) throws(SGCError) -> Value {
        try state.withLock { state throws(SGCError) in
            guard !state.isBusy else { throw Self.busy }
            state.isBusy = true
        }
        defer { state.withLock { $0.isBusy = false } }
        return try worker.run(body)
    }
}

/// One `sgc_train_step`: checks the batch and does the step.
func trainStep(
    _ object: TrainerObject, images: UnsafePointer<sgc_image>?, imageCount: Int,
    labels: UnsafePointer<sgc_label_map>?, cancellation: Cancellation
) throws(SGCError) -> StepMetrics {
    guard imageCount > 0 else {
        throw SGCError(.argument, "image_count: expected at least 1, got \(imageCount)")
    }
    let images = try unsafe require(images, "images")
    var sources: [PixelSource] = []
    var maps: [LabelSource] = []
    for index in 0..<imageCount {
        try located(index) { () throws(SGCError) in
            let source = try unsafe ImageArgument(element(index, of: images, "struct_size")).source()
            if let first = sources.first, first.width != source.width || first.height != source.height {
                throw SGCError(
                    .mismatch,
                    "expected \(first.width)x\(first.height) like image 0, got \(source.width)x\(source.height)")
            }
            try source.checkValues()
            sources.append(source)
            guard let labels = unsafe labels else { return }
            let map = try unsafe labelSource(element(index, of: labels, "label map")).withSize(of: source)
            maps.append(map)
        }
        try cancellation.check()
    }
    return try object.step(images: sources, labels: unsafe labels == nil ? nil : maps, cancellation: cancellation)
}

extension LabelSource {
    /// - Throws: `.mismatch` unless the map has the image's size.
    fileprivate func withSize(of image: PixelSource) throws(SGCError) -> LabelSource {
        guard width == image.width, height == image.height else {
            throw SGCError(
                .mismatch,
                "expected a label map of \(image.width)x\(image.height) like its image, got \(width)x\(height)")
        }
        return self
    }
}

extension sgc_step_metrics {
    /// Takes the figures that have a field here; those that the step did not give are NaN.
    mutating func set(_ metrics: StepMetrics) {
        func value(_ name: String) -> Double { metrics[name] ?? .nan }
        skipped = value("skipped") > 0 ? 1 : 0
        step = Int64(exactly: value("step")) ?? 0
        loss = value("loss")
        reconstruction = value("reconstruction")
        commitment = value("commitment")
        semantic = value("semantic")
        adversarial = value("adversarial")
        discriminator = value("discriminator")
        usage = value("usage")
        perplexity = value("perplexity")
        dead_codes = value("dead_codes")
        class_purity = value("class_purity")
        gradient_norm = value("gradient_norm")
        learning_rate = value("learning_rate")
        images_per_second = value("images_per_second")
    }
}
