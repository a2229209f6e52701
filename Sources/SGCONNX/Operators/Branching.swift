import SGCBase
import SGCTensor

extension OperatorRegistry {
    static let branching: [OperatorDefinition] = [OperatorDefinition("If", make: branch)]

    /// One of two graphs, chosen by a boolean when the graph runs.
    ///
    /// What the branches use of the graph around them was made inputs of the node (``BranchLifting``). A branch whose
    /// condition is constant never comes here: ``ProgramDraft`` puts its nodes in place.
    private static func branch(_ node: NodeReader) throws(SGCError) -> Kernel {
        let branches = (then: try Branch(node, "then_branch"), otherwise: try Branch(node, "else_branch"))
        return { inputs throws(SGCError) in
            let condition = try inputs.value(0).constantArray()
            guard condition.type == .bool, condition.count == 1 else {
                throw SGCError(.format, "expected one boolean as condition, got \(condition.type) \(condition.shape)")
            }
            return try condition.integers[0] != 0 ? branches.then.run(inputs) : branches.otherwise.run(inputs)
        }
    }
}

/// A graph inside a node, made ready to run on the node's inputs.
private struct Branch: Sendable {
    private struct Step: Sendable {
        let node: ONNXNode
        let kernel: Kernel
    }

    private let name: String
    private let steps: [Step]
    private let outputs: [String]
    /// The names by which the branch knows the node's inputs.
    private let captures: [String]

    init(_ node: NodeReader, _ attribute: String) throws(SGCError) {
        let graph = try node.graph(attribute)
        guard graph.outputs.count == node.node.outputs.count else {
            throw SGCError(
                .format,
                "attribute \(attribute): \(graph.outputs.count) outputs for a node with \(node.node.outputs.count)")
        }
        var steps: [Step] = []
        for inner in graph.nodes { steps.append(Step(node: inner, kernel: try Program.kernel(for: inner))) }
        name = attribute
        self.steps = steps
        outputs = graph.outputs.map(\.name)
        captures = node.node.captures
    }

    func run(_ inputs: OperatorInputs) throws(SGCError) -> [Value] {
        var values: [String: Value] = [:]
        for (name, value) in zip(captures, inputs.values) where !name.isEmpty { values[name] = value }
        var held: [Value] = []
        defer { inputs.meter.release(held) }
        for step in steps {
            let gathered = OperatorInputs(
                values: step.node.inputs.map { $0.isEmpty ? nil : values[$0] }, device: inputs.device,
                precision: inputs.precision, meter: inputs.meter)
            let results: [Value]
            do {
                results = try gathered.results(of: step.kernel)
                held += results
                try inputs.meter.hold(results)
            } catch {
                throw error.within("\(name), \(step.node.label)")
            }
            for (name, value) in zip(step.node.outputs, results) where !name.isEmpty { values[name] = value }
        }
        var results: [Value] = []
        for output in outputs {
            guard let value = values[output] else {
                throw SGCError(.format, "\(name): output \"\(output)\" is computed by no node")
            }
            results.append(value)
        }
        return results
    }
}

extension NodeReader {
    /// The graph of a branch.
    ///
    /// - Throws: `.format` when the attribute is missing or has another type.
    func graph(_ name: String) throws(SGCError) -> ONNXGraph {
        guard case .graph(let graph) = node.attributes[name] else {
            throw SGCError(.format, "attribute \(name): expected a graph")
        }
        return graph
    }
}
