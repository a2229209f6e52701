package import SGCBase
import SGCNN
import SGCTensor

/// What a trainer learns from beside its data.
struct TrainingTeachers {
    /// Gives labels where the host gives none.
    var labels: Teacher?
    var features: FeatureDistillation?
    var latents: LatentDistillation?
    /// Fingerprints by kind of the teachers that a resumed training had and that were not given again yet.
    var expected: [TeacherDescription.Kind: String] = [:]
    /// Likewise of a tokenizer.
    var expectedTokenizer: String?

    /// Whether codes are a tokenizer's, and stay as they are.
    var keepsCodebook: Bool { latents != nil || expectedTokenizer != nil }

    /// The role of a tokenizer, beside the kinds of networks.
    static let tokenizer = "tokenizer"

    /// - Throws: `.state` while one is missing.
    func check() throws(SGCError) {
        var missing = TeacherDescription.Kind.allCases.filter { expected[$0] != nil }.map(\.rawValue)
        if expectedTokenizer != nil { missing.append(Self.tokenizer) }
        guard !missing.isEmpty else { return }
        throw SGCError(
            .state,
            "this training had teachers that must be given to it again before it goes on: \(missing.joined(separator: ", "))"
        )
    }
}

extension Trainer {
    /// Lets the training learn from `teacher` from now on, in the role that its kind says, in place of the one that had
    /// the role before; takes all teachers away when `nil`.
    ///
    /// - Throws: `.argument` for a teacher of kind graph; `.mismatch` for classes other than the configuration's, and for
    ///   another teacher than a resumed training had.
    package func setTeacher(_ teacher: Teacher?) throws(SGCError) {
        guard let teacher else {
            teachers = TrainingTeachers()
            perceptual = nil
            return
        }
        let kind = teacher.description.kind
        if let fingerprint = teachers.expected[kind], fingerprint != teacher.fingerprint {
            throw SGCError(
                .mismatch,
                "teacher: expected the one of kind \(kind.rawValue) that the training had before, got another network")
        }
        switch kind {
        case .text, .graph:
            throw SGCError(
                .argument,
                "teacher: expected one of kind segmentation, features or perceptual, got kind \(kind.rawValue)")
        case .segmentation:
            let classes = configuration.tokenizer.quantizer.semantics.classes
            let given = teacher.classCount
            guard classes > 0, given == 0 || given == classes else {
                throw SGCError(
                    .mismatch, "teacher: expected the \(classes) classes of quantizer.semantics.classes, got \(given)")
            }
            teachers.labels = teacher
        case .features:
            let channels = try teacher.featureChannels()
            if let known = teachers.features, known.channels == channels,
                known.teacher == nil || known.teacher?.fingerprint == teacher.fingerprint
            {
                known.teacher = teacher
            } else {
                try makeFeatureDistillation(channels: channels).teacher = teacher
            }
        case .perceptual:
            perceptual = try TeacherDistance(teacher)
        }
        teachers.expected[kind] = nil
    }

    /// Makes a fresh projection to features of `channels` channels.
    @discardableResult
    func makeFeatureDistillation(channels: Int) throws(SGCError) -> FeatureDistillation {
        let made = try FeatureDistillation(
            inputs: model.quantizer.decoderChannels, channels: channels, teacher: nil,
            adam: configuration.optimizer.adam, device: device, random: RandomSource(seed: configuration.seed).split(4))
        teachers.features = made
        return made
    }

    /// The fingerprints of the teachers by kind: what a checkpoint keeps of them.
    var teacherFingerprints: JSONObject {
        var known = teachers.expected
        if let teacher = teachers.labels { known[.segmentation] = teacher.fingerprint }
        if let teacher = teachers.features?.teacher { known[.features] = teacher.fingerprint }
        if let distance = perceptual as? TeacherDistance { known[.perceptual] = distance.teacher.fingerprint }
        var object = JSONObject()
        for kind in TeacherDescription.Kind.allCases {
            if let fingerprint = known[kind] { object[kind.rawValue] = .string(fingerprint) }
        }
        if let fingerprint = teachers.expectedTokenizer ?? teachers.latents?.fingerprint {
            object[TrainingTeachers.tokenizer] = .string(fingerprint)
        }
        return object
    }

    /// The class of each token as the teacher sees it, -1 where it sees none, and the share of the images for which it
    /// had no answer; `nil` without such a teacher.
    ///
    /// - Parameters:
    ///   - x: the images `[N, H, W, 3]` in −1...1, padded to whole tokens.
    ///   - height: of the images without the padding; - width: likewise.
    func teacherLabels(
        _ x: Tensor, height: Int, width: Int
    ) throws(SGCError) -> (grid: [Int32], failed: Double)? {
        let classes = configuration.tokenizer.quantizer.semantics.classes
        guard let teacher = teachers.labels, classes > 0 else { return nil }
        let f = downsamplingFactor
        let (rows, columns) = (x.shape[1] / f, x.shape[2] / f)
        let images = try x.sliced(axis: 1, 0..<height).sliced(axis: 2, 0..<width)
        var grid: [Int32] = []
        var failures = 0
        for result in try teacher.labels(images) {
            guard case .success(let map) = result else {
                failures += 1
                grid += [Int32](repeating: -1, count: rows * columns)
                continue
            }
            if let id = map.ids.first(where: { $0 != LabelMap.ignore && Int($0) >= classes }) {
                throw SGCError(.range, "teacher: expected class ids below \(classes), the network gave \(id)")
            }
            grid += try map.labelGrid(rows: rows, columns: columns, factor: f)
                .map { $0 == LabelMap.ignore ? -1 : Int32($0) }
        }
        return (grid, Double(failures) / Double(max(1, x.shape[0])))
    }
}

extension OptimizerConfiguration {
    /// The constants of Adam.
    var adam: AdamConfiguration {
        AdamConfiguration(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
    }
}
