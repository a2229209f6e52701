package import SGCBase
import SGCNN
package import SGCTensor

/// A model in training: one batch at a time; it reads no file, prints nothing, and keeps no clock but for its rate.
///
/// A step either happens whole or not at all: gradients are computed first, and only then is anything changed.
package final class Trainer {
    package let configuration: TrainingConfiguration
    /// Network distance of images, when a teacher was given.
    package var perceptual: (any PerceptualLoss)?
    var teachers = TrainingTeachers()
    /// Updates done so far, skipped ones included.
    package private(set) var step = 0
    /// Steps that changed nothing because a loss or gradient was not finite.
    package private(set) var skippedSteps = 0

    let model: TokenizerModel
    let adversary: Adversary?
    let optimizer: Adam
    let tracker: CodeTracker
    /// Moving averages of the trainable parameters, in their order; empty without `average_decay`.
    let averages: [Parameter]
    let precision: Precision
    private let parameters: [Parameter]
    private let schedule: Schedule
    var random: RandomSource
    private var consecutiveSkips = 0

    /// - Parameter configuration: a JSON object; missing fields have their defaults.
    /// - Throws: `.format` for text that is not JSON, `.argument` for an unknown key or a value out of range.
    package convenience init(configuration: String, options: EngineOptions) throws(SGCError) {
        try self.init(
            TrainingConfiguration(JSONValue(parsing: configuration, source: "configuration")), options: options)
    }

    package convenience init(_ configuration: TrainingConfiguration, options: EngineOptions) throws(SGCError) {
        try self.init(configuration, device: options.makeDevice(), precision: options.precision)
    }

    /// - Parameter drawsWeights: whether weights get first values; otherwise they are undefined until they are assigned.
    package init(
        _ configuration: TrainingConfiguration, device: Device, precision: Precision, drawsWeights: Bool = true
    ) throws(SGCError) {
        self.configuration = configuration
        self.precision = precision
        // Independent streams: changing one part's draws leaves the others as they are.
        let seed = RandomSource(seed: configuration.seed)
        let tokenizer = configuration.tokenizer
        model = try TokenizerModel(
            tokenizer.model, quantizer: tokenizer.quantizer, device: device,
            random: drawsWeights ? seed.split(1) : nil)
        parameters = model.parameters.filter(\.isTrainable)
        let settings = configuration.optimizer
        let adam = settings.adam
        optimizer = try Adam(parameters, configuration: adam, undecayed: [model.quantizer.codebook.name])
        adversary =
            configuration.discriminator.weight > 0
            ? try Adversary(
                configuration.discriminator, adam: adam, device: device, random: drawsWeights ? seed.split(2) : nil)
            : nil
        tracker = try CodeTracker(
            codebookSize: tokenizer.quantizer.codebookSize, classes: tokenizer.quantizer.semantics.classes,
            device: device)
        averages =
            configuration.averageDecay > 0
            ? parameters.map { Parameter(name: $0.name, value: $0.value, isTrainable: false) } : []
        schedule = Schedule(
            peak: settings.learningRate, shape: settings.schedule, warmUpSteps: settings.warmUpSteps,
            totalSteps: settings.totalSteps, finalShare: settings.finalShare)
        random = seed.split(3)
    }

    package var device: Device { model.device }

    /// f: batches have sides that it divides.
    package var downsamplingFactor: Int { configuration.tokenizer.model.downsamplingFactor }

    /// One training step on images of one size, which the downsampling factor need not divide, with their label maps; a
    /// segmentation teacher gives them where the host does not.
    ///
    /// - Throws: `.state` while a teacher of a resumed training is missing, `.mismatch` when sizes differ, `.range` for a class id outside the configuration's, `.numeric` when
    ///   more than the tolerated steps in a row were not finite, `.cancelled`, `.outOfMemory`. Its weights are then as
    ///   they were before.
    package func step(
        images: [PixelSource], labels: [LabelSource]?, cancellation: Cancellation = .never
    ) throws(SGCError) -> StepMetrics {
        guard let first = images.first else {
            throw SGCError(.argument, "train step: expected at least one image, got none")
        }
        guard images.allSatisfy({ $0.width == first.width && $0.height == first.height }) else {
            throw SGCError(.mismatch, "train step: expected images of one size, \(first.width)x\(first.height)")
        }
        guard labels == nil || labels?.count == images.count else {
            throw SGCError(.mismatch, "train step: got \(images.count) images and \(labels?.count ?? 0) label maps")
        }
        let f = downsamplingFactor
        let (rows, columns) = ((first.height - 1) / f + 1, (first.width - 1) / f + 1)
        let classes = configuration.tokenizer.quantizer.semantics.classes
        var grid: [Int32]?
        if let labels, classes > 0 {
            var all: [Int32] = []
            for (index, source) in labels.enumerated() {
                guard source.width == first.width, source.height == first.height else {
                    throw SGCError(
                        .mismatch,
                        "label map \(index): expected \(first.width)x\(first.height) like the images, "
                            + "got \(source.width)x\(source.height)")
                }
                let cells = try source.read(classes: classes).labelGrid(rows: rows, columns: columns, factor: f)
                all += cells.map { $0 == LabelMap.ignore ? -1 : Int32($0) }
            }
            grid = all
        }
        return try device.withCancellation(cancellation) { () throws(SGCError) in
            let x = try Tensor.pixels(images, height: rows * f, width: columns * f, on: device)
            return try step(x, labels: grid, height: first.height, width: first.width)
        }
    }

    /// One training step on x `[N, H, W, 3]` in −1...1, with one class per token (-1: none), N·h·w of them.
    package func step(_ x: Tensor, labels: [Int32]?) throws(SGCError) -> StepMetrics {
        try step(x, labels: labels, height: x.shape[1], width: x.shape[2])
    }

    /// - Parameters:
    ///   - height: of the images without padding; - width: likewise.
    private func step(_ x: Tensor, labels given: [Int32]?, height: Int, width: Int) throws(SGCError) -> StepMetrics {
        let began = monotonicSeconds()
        try teachers.check()
        let taught = given == nil ? try teacherLabels(x, height: height, width: width) : nil
        let labels = given ?? taught?.grid
        // Forward passes move the running statistics of batch norms; a step that does not happen puts them back.
        let statistics = adversary.map { $0.store.parameters.filter { !$0.isTrainable } } ?? []
        let before = statistics.map(\.value)
        var result: BatchGradients
        var isFinite: Bool
        let norm: Double
        do throws(SGCError) {
            result = try gradients(x, labels: labels)
            norm = try globalNorm(result.generator + result.projection)
            let discriminatorNorm = try globalNorm(result.discriminator ?? [])
            isFinite = norm.isFinite && discriminatorNorm.isFinite && (result.metrics["loss"] ?? .nan).isFinite
        } catch {
            for (parameter, value) in zip(statistics, before) { try parameter.assign(value) }
            throw error
        }
        if isFinite {
            // From here on nothing is cancelled: the update happens whole.
            try device.withCancellation(.never) { () throws(SGCError) in try apply(result, norm: norm) }
            consecutiveSkips = 0
        } else {
            for (parameter, value) in zip(statistics, before) { try parameter.assign(value) }
            skippedSteps += 1
            consecutiveSkips += 1
            if consecutiveSkips > configuration.toleratedSkips {
                throw SGCError(
                    .numeric,
                    "training diverged: losses or gradients of \(consecutiveSkips) steps in a row were not finite")
            }
        }
        let rate = schedule.rate(at: step)
        step += 1
        tracker.report(codes: result.quantization.nearest.codes.indices, to: &result.metrics)
        if let taught { result.metrics.add("labels_failed", taught.failed) }
        result.metrics.add("step", Double(step))
        result.metrics.add("skipped", isFinite ? 0 : 1)
        result.metrics.add("skipped_steps", Double(skippedSteps))
        result.metrics.add("gradient_norm", norm)
        result.metrics.add("learning_rate", rate)
        result.metrics.add("images_per_second", Double(x.shape[0]) / max(1e-9, monotonicSeconds() - began))
        return result.metrics
    }

    /// Gradients of the batch, in `accumulation` parts.
    private func gradients(_ x: Tensor, labels: [Int32]?) throws(SGCError) -> BatchGradients {
        let computation = GradientComputation(
            model: model, adversary: adversary, perceptual: perceptual, teachers: teachers,
            configuration: configuration, parameters: parameters, precision: precision.dataType, step: step)
        let images = x.shape[0]
        let parts = min(configuration.optimizer.accumulation, images)
        if parts <= 1 { return try computation(x, labels: labels) }
        let tokensPerImage = x.shape[1] / downsamplingFactor * (x.shape[2] / downsamplingFactor)
        var sum: BatchGradients?
        var metrics = StepMetrics()
        var latents: [Tensor] = []
        for part in 0..<parts {
            let range = images * part / parts..<images * (part + 1) / parts
            let share = Double(range.count) / Double(images)
            let tokens = range.lowerBound * tokensPerImage..<range.upperBound * tokensPerImage
            let one = try computation(x.sliced(axis: 0, range), labels: labels.map { Array($0[tokens]) })
            latents.append(one.quantization.latents)
            for entry in one.metrics.entries { metrics.accumulate(entry.name, entry.value, share: share) }
            if var total = sum {
                total.generator = try add(total.generator, one.generator, share)
                total.projection = try add(total.projection, one.projection, share)
                // Stays `nil` while the discriminator does not learn: an update without gradients would still count.
                if let gradients = one.discriminator {
                    total.discriminator = try add(total.discriminator ?? [], gradients, share)
                }
                sum = total
            } else {
                var scaled = one
                scaled.generator = try add([], one.generator, share)
                scaled.projection = try add([], one.projection, share)
                scaled.discriminator = try one.discriminator.map { (g) throws(SGCError) in try add([], g, share) }
                sum = scaled
            }
        }
        guard var result = sum else { throw SGCError(.internalError, "train step: a batch without parts") }
        // The codebook rule sees the tokens of the whole batch.
        let all = try Tensor.concatenated(latents, axis: 0)
        result.quantization = Quantization(
            features: all, losses: [], nearest: try model.quantizer.nearest(all, wantsAnchors: true), latents: all,
            labels: labels)
        result.metrics = metrics
        return result
    }

    /// a + share · b, where either may be missing.
    private func add(_ a: [Tensor?], _ b: [Tensor?], _ share: Double) throws(SGCError) -> [Tensor?] {
        var result: [Tensor?] = []
        for (index, gradient) in b.enumerated() {
            let scaled = try gradient.map { (g) throws(SGCError) in try g.scaled(by: share) }
            if index < a.count, let first = a[index], let scaled {
                result.append(try first + scaled)
            } else {
                result.append(scaled ?? (index < a.count ? a[index] : nil))
            }
        }
        return result
    }

    /// Changes weights, codebook, averages and statistics.
    private func apply(_ result: BatchGradients, norm: Double) throws(SGCError) {
        let quantizer = model.quantizer
        // Everything that needs new memory comes first: what follows cannot fail half-way.
        try optimizer.prepare()
        try adversary?.optimizer.prepare()
        try teachers.features?.optimizer.prepare()
        for average in averages { try average.prepareForUpdate() }

        var replaced: [Int] = []
        func cluster(_ moment: ClusteringConfiguration.Moment) throws(SGCError) {
            guard quantizer.updateMoment == moment, !teachers.keepsCodebook else { return }
            replaced = try quantizer.updateCodebook(result.quantization, random: &random).replacedRows
        }
        try cluster(.beforeStep)
        let clip = configuration.optimizer.gradientClip
        let scale = clip > 0 && norm > clip ? clip / norm : 1
        try optimizer.update(result.generator, learningRate: schedule.rate(at: step), scale: scale)
        if let adversary, let gradients = result.discriminator {
            try adversary.optimizer.update(gradients, learningRate: configuration.discriminator.learningRate)
        }
        if let distillation = teachers.features {
            try distillation.optimizer.update(
                result.projection, learningRate: schedule.rate(at: step), scale: scale)
        }
        try cluster(.afterStep)
        try optimizer.resetRows(replaced, of: quantizer.codebook)
        for (average, parameter) in zip(averages, parameters) {
            try average.update { value throws(SGCError) in
                try value.backend.interpolate(value, toward: parameter.value, rate: 1 - configuration.averageDecay)
            }
            // A row that was replaced has no past worth averaging.
            if parameter === quantizer.codebook { try average.copyRows(replaced, from: parameter) }
        }
        try tracker.add(codes: result.quantization.nearest.codes.indices, labels: result.quantization.labels)
    }

    /// Puts the counters of a checkpoint in place.
    func restore(step: Int, skippedSteps: Int, consecutiveSkips: Int) {
        self.step = step
        self.skippedSteps = skippedSteps
        self.consecutiveSkips = consecutiveSkips
    }

    /// What a checkpoint keeps beside tensors.
    var counters: (step: Int, skipped: Int, consecutiveSkips: Int) { (step, skippedSteps, consecutiveSkips) }
}
