import SGCBase
import SGCData
import SGCTokenizer

/// The examples of a run: those that it trains on, and others that it never sees.
struct RunData: Sendable {
    let training: AnyDataset
    /// The same with the labels that the source has, for measuring.
    let clean: AnyDataset
    /// nil when there are too few to keep some apart.
    let unseen: AnyDataset?
    /// Whether the examples have class ids.
    let isLabelled: Bool

    /// - Parameter teacher: a segmentation that gives the labels of training, and of measuring where the source has none.
    /// - Throws: what the source throws: `.io` for files that are missing, `.argument` for a folder without images.
    init(_ configuration: RunConfiguration, teacher: Teacher? = nil) throws(SGCError) {
        let data = configuration.data
        let wanted = configuration.run.evaluateImages
        let hasOwn = try data.hasLabels()
        isLabelled = hasOwn || teacher != nil
        /// Examples with the labels of the source, or the teacher's where there is one.
        func examples(of source: AnyDataset, isTraining: Bool, own: Bool = false) throws(SGCError) -> AnyDataset {
            try data.examples(of: source, isTraining: isTraining, teacher: own ? nil : teacher)
        }
        switch data.source {
        case .scenes:
            let set = try SceneSet(seed: data.seed, width: data.width, height: data.height)
            let source = try AnyDataset(SceneDataset(set, count: data.count))
            let taught = try examples(of: source, isTraining: true)
            clean = try teacher != nil && hasOwn ? examples(of: source, isTraining: true, own: true) : taught
            training = try Self.mislabelled(taught, configuration)
            guard wanted > 0 else {
                unseen = nil
                return
            }
            guard configuration.run.evaluateSeed != data.seed else {
                throw SGCError(
                    .argument,
                    "run.evaluate_seed: expected another seed than data.seed, got \(data.seed) for both: its scenes are not unseen"
                )
            }
            let other = try SceneSet(seed: configuration.run.evaluateSeed, width: data.width, height: data.height)
            unseen = try examples(
                of: AnyDataset(SceneDataset(other, count: wanted)), isTraining: false, own: hasOwn)
        case .folder, .list:
            let all = try data.files(classCount: configuration.training.tokenizer.quantizer.semantics.classes)
            // At most a tenth is kept apart.
            let apart = min(wanted, all.count / 10)
            var random = RandomSource(seed: configuration.run.evaluateSeed)
            let order = random.permutation(all.count)
            let source = AnyDataset(DatasetSelection(all, indices: order[apart...].sorted()))
            let taught = try examples(of: source, isTraining: true)
            clean = try teacher != nil && hasOwn ? examples(of: source, isTraining: true, own: true) : taught
            training = try Self.mislabelled(taught, configuration)
            unseen =
                apart == 0
                ? nil
                : try examples(
                    of: AnyDataset(DatasetSelection(all, indices: order[..<apart].sorted())), isTraining: false,
                    own: hasOwn)
        }
    }

    /// What a finished model is measured on: unseen examples, or the first `count` that it was trained on where there are
    /// too few to keep some apart.
    func measured(_ count: Int) -> AnyDataset {
        unseen ?? AnyDataset(DatasetSelection(clean, indices: Array(0..<min(count, training.count))))
    }

    /// The examples with as many wrong labels as `data.label_noise` asks for.
    private static func mislabelled(
        _ examples: AnyDataset, _ configuration: RunConfiguration
    ) throws(SGCError) -> AnyDataset {
        guard configuration.data.labelNoise > 0 else { return examples }
        let tokenizer = configuration.training.tokenizer
        do throws(SGCError) {
            let noise = try LabelNoise(
                share: configuration.data.labelNoise, side: tokenizer.model.downsamplingFactor,
                classCount: tokenizer.quantizer.semantics.classes, seed: configuration.data.seed)
            return AnyDataset(MislabelledDataset(examples, noise))
        } catch {
            throw error.within("data.label_noise")
        }
    }
}

extension DataConfiguration {
    /// Whether the source has class ids that are to be used.
    func hasLabels() throws(SGCError) -> Bool {
        guard isLabelled else { return false }
        switch source {
        case .scenes: return true
        case .folder: return !labels.isEmpty
        case .list: return try ImageList(images).hasLabels
        }
    }

    /// All examples of a folder or a list as they are.
    ///
    /// - Parameter classCount: ids are below it; 0 when any id will do.
    func files(classCount: Int) throws(SGCError) -> AnyDataset {
        let rules = LabelRules(
            classCount: classCount > 0 ? classCount : nil, ignored: ignoredID < 0 ? nil : UInt8(ignoredID))
        if source == .list { return AnyDataset(try ImageList(images, rules: rules)) }
        let folder = isLabelled && !labels.isEmpty ? labels : nil
        return AnyDataset(try ImageFolder(images, labels: folder, rules: rules))
    }

    /// Examples of the configured size; those that are not trained on are neither cropped nor flipped by chance.
    ///
    /// - Parameter teacher: a segmentation whose labels they get in place of the source's own.
    func examples(
        of source: AnyDataset, isTraining: Bool, teacher: Teacher? = nil
    ) throws(SGCError) -> AnyDataset {
        var result = source
        if let teacher {
            result = AnyDataset(TeacherLabelledDataset(result, teacher))
        } else if !isLabelled {
            result = AnyDataset(UnlabelledDataset(result))
        }
        if isTraining, isCached { result = AnyDataset(CachedDataset(result)) }
        let preparation = try SamplePreparation(
            width: width, height: height, shortestSide: shortestSide > 0 ? shortestSide : nil,
            crop: isTraining && crop == .random ? .random : .center, flip: isTraining && flip)
        return AnyDataset(PreparedDataset(result, preparation))
    }
}
