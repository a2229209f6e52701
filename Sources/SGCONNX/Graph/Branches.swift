import SGCBase
import SGCTensor

// Graphs inside nodes: the branches of `If` see the names of the graph around them.

extension ONNXNode {
    /// Whether the node is ONNX's own operator `name`.
    func isONNX(_ name: String) -> Bool { op == name && (domain.isEmpty || domain == "ai.onnx") }

    /// Whether the node is ONNX's own `If`.
    var isBranching: Bool { isONNX("If") }

    /// Where a lifted node keeps ``captures``, in place of whatever a file says there.
    static let capturesAttribute = "sgc.captures"

    /// The names by which the branches know the node's inputs, whatever those are called by now; empty before
    /// ``BranchLifting``.
    var captures: [String] {
        if case .strings(let names)? = attributes[Self.capturesAttribute] { names } else { [] }
    }

    /// The node, and all nodes inside it.
    var withInner: [ONNXNode] {
        var (all, index) = ([self], 0)
        while index < all.count {
            for (_, graph) in all[index].branches { all += graph.nodes }
            index += 1
        }
        return all
    }

    /// The graphs inside the node, with their attributes' names, in a fixed order.
    var branches: [(attribute: String, graph: ONNXGraph)] {
        attributes.keys.sorted().compactMap { name in
            if case .graph(let graph) = attributes[name] { (name, graph) } else { nil }
        }
    }
}

/// Makes branches part of the graph around them: their constants become constants of that graph, under names that are
/// free, and what they use of it becomes an input of their node.
struct BranchLifting {
    /// Graphs inside graphs inside graphs: more than any exporter writes.
    private static let deepest = 16

    /// Every name in use.
    private var names: Set<String>
    /// The last number that was put behind a name.
    private var numbers: [String: Int] = [:]
    /// Constants of branches.
    private(set) var initializers: [String: ONNXTensor] = [:]

    /// - Parameters:
    ///   - graph: the outermost graph.
    ///   - constants: names of values that are known beside it.
    init(_ graph: ONNXGraph, constants: some Sequence<String>) {
        names = Set(graph.initializers.keys).union(graph.inputs.map(\.name)).union(constants)
        for node in graph.nodes { names.formUnion(node.outputs) }
    }

    /// `nodes` with their branches lifted.
    ///
    /// - Throws: `.limit` for branches too deep inside each other.
    mutating func lift(_ nodes: [ONNXNode], depth: Int = 0) throws(SGCError) -> [ONNXNode] {
        guard depth <= Self.deepest else {
            throw SGCError(.limit, "graph: branches lie more than \(Self.deepest) deep inside each other")
        }
        var lifted: [ONNXNode] = []
        lifted.reserveCapacity(nodes.count)
        for node in nodes { lifted.append(node.isBranching ? try lift(node, depth: depth) : node) }
        return lifted
    }

    private mutating func lift(_ node: ONNXNode, depth: Int) throws(SGCError) -> ONNXNode {
        var result = node
        var captures: [String] = []
        for (attribute, graph) in node.branches {
            var inner = renamed(graph)
            for name in inner.initializers.keys.sorted() { initializers[name] = inner.initializers[name] }
            inner.initializers = [:]
            inner.nodes = try lift(inner.nodes, depth: depth + 1)
            var known = Set<String>()
            for inside in inner.nodes {
                captures += inside.inputs.filter { !known.contains($0) }
                known.formUnion(inside.outputs)
            }
            captures += inner.outputs.map(\.name).filter { !known.contains($0) }
            result.attributes[attribute] = .graph(inner)
        }
        var given = Set(result.inputs)
        for name in captures where !name.isEmpty && given.insert(name).inserted { result.inputs.append(name) }
        result.attributes[ONNXNode.capturesAttribute] = .strings(result.inputs)
        return result
    }

    /// The graph with those of its own names changed that are in use elsewhere.
    private mutating func renamed(_ graph: ONNXGraph) -> ONNXGraph {
        var result = graph
        var changes: [String: String] = [:]
        let own = graph.initializers.keys.sorted() + graph.nodes.flatMap(\.outputs)
        for name in own where !name.isEmpty && changes[name] == nil {
            var free = name
            while !names.insert(free).inserted {
                numbers[name, default: 1] += 1
                free = "\(name)#\(numbers[name, default: 1])"
            }
            changes[name] = free
        }
        result.rename(changes)
        return result
    }
}

extension ONNXGraph {
    /// Gives values other names, here and in the branches inside, which see them.
    mutating func rename(_ changes: [String: String]) {
        if changes.allSatisfy({ $0.key == $0.value }) { return }
        var pending: [String: ONNXTensor] = [:]
        for (name, tensor) in initializers { pending[changes[name] ?? name] = tensor }
        initializers = pending
        for index in nodes.indices { nodes[index].rename(changes) }
        outputs = outputs.map { ONNXValueInfo(name: changes[$0.name] ?? $0.name, type: $0.type, shape: $0.shape) }
    }
}

extension ONNXNode {
    /// Gives values other names, also in the branches inside unless they know their own. Names that a branch defines
    /// itself hide outer ones.
    mutating func rename(_ changes: [String: String]) {
        inputs = inputs.map { changes[$0] ?? $0 }
        outputs = outputs.map { changes[$0] ?? $0 }
        guard captures.isEmpty else { return }
        for (attribute, graph) in branches {
            var inner = graph
            let own = Set(graph.initializers.keys).union(graph.nodes.flatMap(\.outputs))
            inner.rename(changes.filter { !own.contains($0.key) })
            attributes[attribute] = .graph(inner)
        }
    }
}
