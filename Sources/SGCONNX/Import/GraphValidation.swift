import SGCBase

/// Whether every value of a graph has one origin, and is used after it.
struct GraphValidation {
    /// Names that are known, by graph, the outermost first.
    private var scopes: [Set<String>] = []

    /// - Throws: `.format` for names that are used before anything defines them or defined twice.
    static func check(_ graph: ONNXGraph) throws(SGCError) {
        var validation = GraphValidation()
        try validation.check(graph, place: "graph")
    }

    /// Branches recurse, as deep as ``ImportLimits/depth``.
    private mutating func check(_ graph: ONNXGraph, place: String) throws(SGCError) {
        scopes.append([])
        defer { scopes.removeLast() }
        for input in graph.inputs { try define(input.name, place: "\(place), input") }
        for name in graph.initializers.keys.sorted() { try define(name, place: "\(place), initializer") }
        for (index, node) in graph.nodes.enumerated() {
            // Made only for messages: a graph has many nodes.
            func here() -> String { "\(place), node \(index) (\(quoted(node.op)) \(quoted(node.name)))" }
            for input in node.inputs where !input.isEmpty && !isKnown(input) {
                throw SGCError(
                    .format, "\(here()): nothing before it defines its input \(quoted(input)) (or nodes form a cycle)")
            }
            for name in node.attributes.keys.sorted() {
                if case .graph(let branch)? = node.attributes[name] {
                    try check(branch, place: "\(here()), \(quoted(name))")
                }
            }
            for output in node.outputs where !output.isEmpty { try define(output, place: here()) }
        }
        var outputs: Set<String> = []
        for output in graph.outputs {
            guard isKnown(output.name) else {
                throw SGCError(.format, "\(place): nothing defines its output \(quoted(output.name))")
            }
            guard outputs.insert(output.name).inserted else {
                throw SGCError(.format, "\(place): expected different outputs, got \(quoted(output.name)) twice")
            }
        }
    }

    private func isKnown(_ name: String) -> Bool { scopes.contains { $0.contains(name) } }

    private mutating func define(_ name: String, place: @autoclosure () -> String) throws(SGCError) {
        guard !isKnown(name) else {
            throw SGCError(.format, "\(place()): expected new names, got \(quoted(name)), which exists already")
        }
        scopes[scopes.count - 1].insert(name)
    }
}
