import SGCBase
import SGCTensor

/// Who computes and who uses each value of a draft, for patterns to be found in it.
///
/// Made for one pass over a draft: a pass first collects what it wants to replace and then changes the draft once.
struct GraphMatcher {
    let draft: ProgramDraft
    private let producers: [String: Int]
    private let users: [String: [Int]]

    init(_ draft: ProgramDraft) {
        self.draft = draft
        var producers: [String: Int] = [:]
        var users: [String: [Int]] = [:]
        for (index, node) in draft.nodes.enumerated() {
            for name in node.outputs where !name.isEmpty { producers[name] = index }
            for name in node.inputs where !name.isEmpty { users[name, default: []].append(index) }
        }
        self.producers = producers
        self.users = users
    }

    /// The index of the node that computes `name`; `nil` for inputs and constants.
    func producer(of name: String) -> Int? { producers[name] }

    /// The node that computes `name` when its operator is `op`.
    func node(_ name: String, is op: String) -> (index: Int, node: ONNXNode)? {
        guard let index = producers[name], draft.nodes[index].op == op, draft.nodes[index].domain.isEmpty else {
            return nil
        }
        return (index, draft.nodes[index])
    }

    /// The one node that uses `name`; `nil` when there are others or the value is an output of the graph.
    func onlyUser(of name: String) -> (index: Int, node: ONNXNode)? {
        guard !draft.outputNames.contains(name), let list = users[name], list.count == 1, let index = list.first else {
            return nil
        }
        return (index, draft.nodes[index])
    }

    /// The one node that uses `name` when its operator is `op`.
    func onlyUser(of name: String, is op: String) -> (index: Int, node: ONNXNode)? {
        guard let found = onlyUser(of: name), found.node.op == op, found.node.domain.isEmpty else { return nil }
        return found
    }

    /// How often `name` is used, as an input or as an output of the graph.
    func useCount(of name: String) -> Int {
        (users[name]?.count ?? 0) + (draft.outputNames.contains(name) ? 1 : 0)
    }

    /// The constant single number that `name` stands for.
    func scalar(_ name: String) -> Double? {
        guard case .host(let array)? = draft.constants[name], array.count == 1 else { return nil }
        return array.reals.first
    }

    func isScalar(_ name: String, near value: Double) -> Bool {
        guard let found = scalar(name) else { return false }
        return abs(found - value) <= 1e-4 * max(1, abs(value))
    }

    /// The shape of a constant of real numbers.
    func constantShape(_ name: String) -> Shape? {
        if let matrix = draft.matrices[name] { return matrix.shape }
        guard let value = draft.constants[name], value.type.isReal else { return nil }
        return value.shape
    }

    /// For a node of two inputs that may stand in either order: the other input, when one satisfies `isMatch`.
    func otherInput(of node: ONNXNode, where isMatch: (String) -> Bool) -> (matched: String, other: String)? {
        guard node.inputs.count == 2 else { return nil }
        if isMatch(node.inputs[1]) { return (node.inputs[1], node.inputs[0]) }
        if isMatch(node.inputs[0]) { return (node.inputs[0], node.inputs[1]) }
        return nil
    }
}

/// What one pass changes: nodes replaced by others, or removed.
struct GraphChanges {
    private(set) var replaced: [Int: ONNXNode] = [:]
    private(set) var removed: Set<Int> = []
    private(set) var renamed: [String: String] = [:]

    var isEmpty: Bool { replaced.isEmpty && removed.isEmpty }

    /// Whether a node was already taken by another match of the same pass.
    func touches(_ indices: [Int]) -> Bool { indices.contains { removed.contains($0) || replaced[$0] != nil } }

    /// Puts `node` in the place of the last node of a pattern; the others, whose results nobody else uses, go.
    mutating func replace(_ last: Int, by node: ONNXNode, removing others: [Int]) {
        replaced[last] = node
        removed.formUnion(others)
    }

    /// Drops a node that hands on its input as it is. To be told in the order of nodes.
    mutating func bypass(_ index: Int, output: String, input: String) {
        removed.insert(index)
        renamed[output] = renamed[input] ?? input
    }

    func apply(to draft: inout ProgramDraft) {
        guard !isEmpty else { return }
        var nodes: [ONNXNode] = []
        for (index, node) in draft.nodes.enumerated() where !removed.contains(index) {
            var node = replaced[index] ?? node
            node.inputs = node.inputs.map { renamed[$0] ?? $0 }
            nodes.append(node)
        }
        draft.nodes = nodes
    }
}

extension ONNXNode {
    /// A node that fusion made in the place of `self`.
    func fused(_ op: String, inputs: [String], outputs: [String], _ attributes: [String: ONNXAttribute] = [:])
        -> ONNXNode
    {
        ONNXNode(
            name: name, op: op, domain: OperatorRegistry.fusedDomain, opset: OperatorRegistry.opsets.upperBound,
            inputs: inputs, outputs: outputs, attributes: attributes)
    }
}
