import SGCBase

/// An operator that a model uses and the library cannot run.
package struct UnsupportedOperator: Sendable, Equatable, CustomStringConvertible {
    package let op: String
    /// "" is the domain of ONNX itself.
    package let domain: String
    /// The version of the operator set; 0 when the model declares none for the domain.
    package let opset: Int
    /// How many nodes use it.
    package fileprivate(set) var count: Int
    /// Where the first of them stands, such as `graph, node 7 ("Loop" "loop_1")`.
    package let first: String
    /// Why it cannot run, when that is not just that nobody wrote it.
    package let reason: String?

    package var description: String {
        let nodes = count == 1 ? "1 node" : "\(count) nodes, the first"
        let because = reason.map { ": \($0)" } ?? ""
        return "\(quoted(op)) of domain \(quoted(domain)) at version \(opset) (\(nodes) at \(first)\(because))"
    }
}

/// All operators of a model that cannot run, in the order in which they are met.
struct UnsupportedOperators {
    private(set) var list: [UnsupportedOperator] = []
    private var indices: [UnsupportedKey: Int] = [:]

    private struct UnsupportedKey: Hashable {
        let op: String, domain: String, opset: Int
    }

    mutating func note(op: String, domain: String, opset: Int, place: String, reason: String? = nil) {
        let key = UnsupportedKey(op: op, domain: domain, opset: opset)
        if let index = indices[key] {
            list[index].count += 1
        } else {
            indices[key] = list.count
            list.append(
                UnsupportedOperator(op: op, domain: domain, opset: opset, count: 1, first: place, reason: reason))
        }
    }

    /// - Throws: `.unsupported`, naming up to 32 operators, unless there are none.
    func check() throws(SGCError) {
        guard !list.isEmpty else { return }
        let more = list.count > 32 ? "; and \(list.count - 32) more" : ""
        let names = list.prefix(32).map(\.description).joined(separator: "; ")
        throw SGCError(.unsupported, "\(list.count) operator\(list.count == 1 ? "" : "s") cannot run: \(names)\(more)")
    }
}

extension ModelImport {
    /// The operators of a model, also inside branches, that `known` does not know.
    package static func unsupported(in model: ONNXModel, known: Knowledge) -> [UnsupportedOperator] {
        var found = UnsupportedOperators()
        // Branches stand inside each other as deep as ImportLimits.depth.
        func visit(_ graph: ONNXGraph, _ place: String) {
            for (index, node) in graph.nodes.enumerated() {
                let place = "\(place), node \(index) (\(quoted(node.op)) \(quoted(node.name)))"
                if !known(node.op, node.domain, node.opset) {
                    found.note(op: node.op, domain: node.domain, opset: node.opset, place: place)
                }
                for name in node.attributes.keys.sorted() {
                    if case .graph(let branch)? = node.attributes[name] { visit(branch, "\(place), \(quoted(name))") }
                }
            }
        }
        visit(model.graph, "graph")
        return found.list
    }
}
