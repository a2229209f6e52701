import SGCBase
import SGCTokenizer

/// The networks from which a run learns, and the tokenizer that it imitates.
struct RunTeachers {
    private let networks: [Teacher]
    private let tokenizer: Tokenizer?

    /// - Throws: what loading throws; `.argument` for two of one kind.
    init(_ paths: [String], engine: EngineOptions) throws(SGCError) {
        var teachers: [Teacher] = []
        var tokenizer: Tokenizer?
        for path in paths {
            // True for directories alone, also behind links.
            if try File.exists("\(path)/.") {
                guard tokenizer == nil else {
                    throw SGCError(.argument, "\(shown(path)): expected one tokenizer to imitate, got two")
                }
                tokenizer = try ModelLocation(path).load(engine)
                continue
            }
            let teacher = try Teacher.load(path: path, options: engine)
            let kind = teacher.description.kind
            guard !teachers.contains(where: { $0.description.kind == kind }) else {
                throw SGCError(.argument, "\(shown(path)): expected one teacher of kind \(kind.rawValue), got two")
            }
            teachers.append(teacher)
        }
        networks = teachers
        self.tokenizer = tokenizer
    }

    /// The one that gives labels.
    var labels: Teacher? { networks.first { $0.description.kind == .segmentation } }

    /// Puts each into its role.
    func teach(_ trainer: Trainer) throws(SGCError) {
        for teacher in networks { try trainer.setTeacher(teacher) }
        if let tokenizer { try trainer.imitate(tokenizer) }
    }

    /// The configuration with what its teachers decide: the classes of a segmentation, where data and settings name none,
    /// and the quantizer of a tokenizer.
    ///
    /// - Throws: `.mismatch` for classes of the data that are not the tokenizer's.
    func adopted(by configuration: RunConfiguration) throws(SGCError) -> RunConfiguration {
        var result = configuration
        if let labels, result.training.tokenizer.quantizer.semantics.classes == 0 {
            result.training.tokenizer.quantizer.semantics.classes = labels.classCount
            result.training.tokenizer.quantizer.semantics.classNames = labels.description.classes
        }
        if let tokenizer {
            let (mine, its) = (result.training.tokenizer.quantizer, tokenizer.configuration.quantizer)
            guard mine.semantics.classes == 0 || mine.semantics.classNames == its.semantics.classNames else {
                throw SGCError(
                    .mismatch,
                    "teacher: expected a tokenizer with the data's \(mine.semantics.classes) classes, its "
                        + "\(its.semantics.classes) are others; data.labelled=false leaves the data's out")
            }
            result.training.tokenizer.quantizer = its
        }
        return result
    }
}

extension RunConfiguration {
    /// The classes with the colors of data or teacher; empty when the run has none.
    func classes(of teachers: RunTeachers) throws(SGCError) -> [SemanticClass] {
        let own = try classes()
        guard try data.classes().isEmpty, let teacher = teachers.labels else { return own }
        let taught = teacher.description.semanticClasses
        return taught.map(\.name) == own.map(\.name) ? taught : own
    }
}
