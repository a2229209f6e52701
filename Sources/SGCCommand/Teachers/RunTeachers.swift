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
            if try Self.isTokenizer(path) {
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

    /// Whether `path` is a directory, also behind a link.
    static func isTokenizer(_ path: String) throws(SGCError) -> Bool { try File.exists("\(path)/.") }

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
    /// - Throws: `.mismatch` for classes of the run that are not the tokenizer's.
    func applied(to configuration: RunConfiguration) throws(SGCError) -> RunConfiguration {
        var result = configuration
        if let labels, result.training.tokenizer.quantizer.semantics.classes == 0 {
            result.training.tokenizer.quantizer.semantics.classes = labels.classCount
            result.training.tokenizer.quantizer.semantics.classNames = labels.description.classes
        }
        if let tokenizer {
            let its = tokenizer.configuration.quantizer
            let (given, known) = (result.training.tokenizer.quantizer.semantics, its.semantics)
            let areNamed = !given.classNames.isEmpty && !known.classNames.isEmpty
            guard
                given.classes == 0
                    || given.classes == known.classes && (!areNamed || given.classNames == known.classNames)
            else {
                throw SGCError(
                    .mismatch,
                    "teacher: expected a tokenizer with this run's \(given.classes) classes, its \(known.classes) are others"
                )
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
