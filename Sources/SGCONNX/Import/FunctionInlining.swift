import SGCBase

/// Replaces calls of local functions by the functions' nodes, and finds what cannot run.
///
/// Values inside a function get the name of the call in front: `CALL::VALUE`. Calls and branches recurse, as deep as
/// ``ImportLimits/depth``.
struct FunctionInlining {
    private(set) var unsupported = UnsupportedOperators()
    private let functions: [FunctionKey: SourceFunction]
    private let limits: ImportLimits
    private let known: ModelImport.Knowledge
    /// The operator sets that the model declares.
    private let opsets: [String: Int]
    /// Nodes so far, with calls.
    private var visited = 0
    /// Names and attributes of these nodes; a function repeats them with every call.
    private var parts = 0
    private var prefixes: Set<String> = [""]

    /// What names and attributes mean where a node stands.
    private struct Scope {
        /// In front of names that stand here first.
        var prefix = ""
        /// What the caller calls the function's inputs and outputs.
        var renamed: [String: String] = [:]
        /// The attributes of the call; nil outside functions.
        var attributes: [String: ONNXAttribute]?
        var opsets: [String: Int]
        /// Calls and branches around.
        var depth = 0

        func name(_ name: String) -> String { name.isEmpty ? "" : renamed[name] ?? prefix + name }
    }

    /// - Throws: `.unsupported` when a function calls itself, also through others.
    init(
        _ list: [SourceFunction], opsets: [String: Int], limits: ImportLimits, known: @escaping ModelImport.Knowledge
    ) throws(SGCError) {
        var functions: [FunctionKey: SourceFunction] = [:]
        for function in list { functions[function.key] = function }
        self.functions = functions
        self.opsets = opsets
        self.limits = limits
        self.known = known
        try FunctionCalls.requireNoCycle(list)
    }

    /// The graph without calls.
    /// - Throws: `.format` for calls that do not fit their function, `.limit` when too much comes out.
    mutating func run(_ graph: SourceGraph) throws(SGCError) -> ONNXGraph {
        try self.graph(graph, in: Scope(opsets: opsets))
    }

    private mutating func graph(_ graph: SourceGraph, in scope: Scope) throws(SGCError) -> ONNXGraph {
        guard scope.depth <= limits.depth else {
            throw SGCError(.limit, "expected at most \(limits.depth) calls and branches inside each other")
        }
        try count(graph.initializers.count + graph.inputs.count + graph.outputs.count)
        var initializers: [String: ONNXTensor] = [:]
        for (name, tensor) in graph.initializers {
            guard initializers.updateValue(tensor, forKey: scope.name(name)) == nil else {
                throw SGCError(.format, "expected one initializer \(quoted(name)), got two")
            }
        }
        let inputs = graph.inputs.map { $0.renamed(scope.name($0.name)) }
        var nodes: [ONNXNode] = []
        nodes.reserveCapacity(graph.nodes.count)
        for node in graph.nodes { try add(node, in: scope, to: &nodes) }
        return ONNXGraph(
            name: graph.name, nodes: nodes, initializers: initializers,
            inputs: inputs.filter { initializers[$0.name] == nil },
            outputs: graph.outputs.map { $0.renamed(scope.name($0.name)) })
    }

    private mutating func add(_ node: SourceNode, in scope: Scope, to nodes: inout [ONNXNode]) throws(SGCError) {
        visited += 1
        guard visited <= limits.nodes else {
            throw SGCError(.limit, "expected at most \(limits.nodes) nodes with functions inlined, got more")
        }
        try count(node.inputs.count + node.outputs.count + node.attributes.count)
        if let function = functions[FunctionKey(domain: node.domain, name: node.op, overload: node.overload)] {
            return try call(function, node, in: scope, to: &nodes)
        }
        if node.domain.isEmpty { try OperatorSets.requireDefault(scope.opsets) }
        let opset = scope.opsets[node.domain] ?? 0
        let reason =
            node.problem
            ?? (node.domain.isEmpty ? nil : "the model has no function of that name, and the domain is not known")
        if reason != nil || !known(node.op, node.domain, opset) {
            unsupported.note(op: node.op, domain: node.domain, opset: opset, place: node.place, reason: reason)
        }
        nodes.append(
            ONNXNode(
                name: scope.prefix + node.name, op: node.op, domain: node.domain, opset: opset,
                inputs: node.inputs.map(scope.name), outputs: node.outputs.map(scope.name),
                attributes: try attributes(of: node, in: scope)))
    }

    /// The attributes of a node with references resolved; those that refer to nothing are left out.
    private mutating func attributes(
        of node: SourceNode, in scope: Scope
    ) throws(SGCError) -> [String: ONNXAttribute] {
        var result: [String: ONNXAttribute] = [:]
        for (name, attribute) in node.attributes {
            switch attribute {
            case .value(let value): result[name] = value
            case .reference(let parent): result[name] = scope.attributes?[parent]
            case .graph(let graph):
                var inside = scope
                inside.depth += 1
                result[name] = .graph(try self.graph(graph, in: inside))
            }
        }
        return result
    }

    private mutating func call(
        _ function: SourceFunction, _ node: SourceNode, in scope: Scope, to nodes: inout [ONNXNode]
    ) throws(SGCError) {
        guard scope.depth < limits.depth else {
            throw SGCError(
                .limit, "\(node.place): expected at most \(limits.depth) calls and branches inside each other")
        }
        guard node.inputs.count <= function.inputs.count, node.outputs.count <= function.outputs.count else {
            throw SGCError(
                .format,
                "\(node.place): expected at most \(function.inputs.count) inputs and \(function.outputs.count) outputs, as the function has"
            )
        }
        try count(function.inputs.count + function.outputs.count + function.attributes.count)
        var inside = Scope(opsets: function.opsets, depth: scope.depth + 1)
        inside.prefix = prefix(for: node, in: scope)
        let given = try attributes(of: node, in: scope)
        for name in given.keys.sorted() where function.attributes[name] == nil {
            throw SGCError(.format, "\(node.place): the function has no attribute \(quoted(name))")
        }
        inside.attributes = given.merging(function.attributes.compactMapValues { $0 }) { given, _ in given }
        for (index, input) in function.inputs.enumerated() {
            // Inputs that the call leaves out are left out wherever the function uses them.
            inside.renamed[input] = index < node.inputs.count ? scope.name(node.inputs[index]) : ""
        }
        var copies: [ONNXNode] = []
        for (output, actual) in zip(function.outputs, node.outputs) where !actual.isEmpty {
            if let passed = inside.renamed[output] {
                // The function returns its input as it is.
                copies.append(
                    ONNXNode(
                        name: inside.prefix + output, op: "Identity", domain: "", opset: opsets[""] ?? 0,
                        inputs: [passed], outputs: [scope.name(actual)], attributes: [:]))
            } else {
                inside.renamed[output] = scope.name(actual)
            }
        }
        for inner in function.nodes { try add(inner, in: inside, to: &nodes) }
        nodes += copies
    }

    /// Counts names and attributes before they are copied; the numbers are those of lists in memory.
    private mutating func count(_ more: Int) throws(SGCError) {
        parts += more
        guard parts <= limits.parts else {
            throw SGCError(
                .limit, "expected at most \(limits.parts) names and attributes with functions inlined, got more")
        }
    }

    /// What stands in front of the names inside one call, and of no other.
    private mutating func prefix(for node: SourceNode, in scope: Scope) -> String {
        var prefix = "\(scope.prefix)\(node.name)::"
        if prefix.utf8.count > limits.nameBytes { prefix = "::" }
        if !prefixes.insert(prefix).inserted {
            prefix += "\(visited)::"
            prefixes.insert(prefix)
        }
        return prefix
    }
}

extension ONNXValueInfo {
    fileprivate func renamed(_ name: String) -> ONNXValueInfo { ONNXValueInfo(name: name, type: type, shape: shape) }
}
