import SGCBase
import SGCTokenizer

/// The networks from which a run learns.
struct RunTeachers {
    let all: [Teacher]

    /// - Throws: what loading throws; `.argument` for two of one kind.
    init(_ paths: [String], engine: EngineOptions) throws(SGCError) {
        var teachers: [Teacher] = []
        for path in paths {
            let teacher = try Teacher.load(path: path, options: engine)
            let kind = teacher.description.kind
            guard !teachers.contains(where: { $0.description.kind == kind }) else {
                throw SGCError(.argument, "\(shown(path)): expected one teacher of kind \(kind.rawValue), got two")
            }
            teachers.append(teacher)
        }
        all = teachers
    }

    /// The one that gives labels.
    var labels: Teacher? { all.first { $0.description.kind == .segmentation } }
}

extension RunConfiguration {
    /// The configuration with the classes of the segmentation among `teachers`, where data and settings name none.
    func adoptingClasses(of teachers: RunTeachers) throws(SGCError) -> RunConfiguration {
        guard let teacher = teachers.labels, training.tokenizer.quantizer.semantics.classes == 0 else { return self }
        var result = self
        result.training.tokenizer.quantizer.semantics.classes = teacher.classCount
        result.training.tokenizer.quantizer.semantics.classNames = teacher.description.classes
        return result
    }

    /// The classes with the colors of data or teacher; empty when the run has none.
    func classes(of teachers: RunTeachers) throws(SGCError) -> [SemanticClass] {
        let own = try classes()
        guard try data.classes().isEmpty, let teacher = teachers.labels else { return own }
        let taught = teacher.description.semanticClasses
        return taught.map(\.name) == own.map(\.name) ? taught : own
    }
}
