import SGCBase
import SGCTensor

/// A product with a constant matrix, the bias that is added to it, and the activation of the sum, become one node.
struct LinearFusion: Fusion {
    func apply(to draft: inout ProgramDraft) throws(SGCError) {
        let matcher = GraphMatcher(draft)
        var changes = GraphChanges()
        for (index, node) in draft.nodes.enumerated() where node.domain.isEmpty {
            guard var match = Match(index, node, matcher), !changes.touches([index]) else { continue }
            match.extend(matcher)
            let fused = draft.nodes[match.last].fused(
                "Linear", inputs: [match.input, match.weight] + (match.bias.map { [$0] } ?? []),
                outputs: [match.output],
                ["transposed": .integer(match.isTransposed ? 1 : 0)].merging(match.activation ?? [:]) { $1 })
            changes.replace(match.last, by: fused, removing: match.removed)
        }
        changes.apply(to: &draft)
    }

    private struct Match {
        let input: String, weight: String
        var bias: String?
        let isTransposed: Bool
        private let outputs: Int
        var activation: [String: ONNXAttribute]?
        var output: String
        var last: Int
        var removed: [Int] = []

        init?(_ index: Int, _ node: ONNXNode, _ m: GraphMatcher) {
            guard node.inputs.count >= 2, let shape = m.constantShape(node.inputs[1]), shape.rank == 2,
                !shape.dimensions.contains(0)
            else { return nil }
            input = node.inputs[0]
            weight = node.inputs[1]
            output = node.outputs[0]
            last = index
            guard let isTransposed = node.isLinearProduct else { return nil }
            self.isTransposed = isTransposed
            if node.op == "Gemm", node.inputs.count > 2, !node.inputs[2].isEmpty {
                guard m.constantShape(node.inputs[2]) == [isTransposed ? shape[0] : shape[1]] else { return nil }
                bias = node.inputs[2]
            }
            outputs = isTransposed ? shape[0] : shape[1]
        }

        /// Takes in the bias and the activation that follow.
        mutating func extend(_ m: GraphMatcher) {
            let width = outputs
            if bias == nil, let sum = m.onlyUser(of: output, is: "Add"),
                let (name, other) = m.otherInput(of: sum.node, where: { m.constantShape($0) == [width] }),
                other == output
            {
                bias = name
                advance(to: sum)
            }
            if let next = m.onlyUser(of: output), let function = next.node.fusibleActivation {
                activation = function
                advance(to: next)
            }
        }

        private mutating func advance(to next: (index: Int, node: ONNXNode)) {
            removed.append(last)
            last = next.index
            output = next.node.outputs[0]
        }
    }
}

/// A convolution and the activation of its result become one node.
struct ConvolutionFusion: Fusion {
    func apply(to draft: inout ProgramDraft) throws(SGCError) {
        let matcher = GraphMatcher(draft)
        var changes = GraphChanges()
        for (index, node) in draft.nodes.enumerated() where node.op == "Conv" && node.domain.isEmpty {
            guard let next = matcher.onlyUser(of: node.outputs[0]), let function = next.node.fusibleActivation,
                next.node.inputs.first == node.outputs[0]
            else { continue }
            var fused = node.fused("Conv", inputs: node.inputs, outputs: next.node.outputs, node.attributes)
            fused.attributes.merge(function) { $1 }
            changes.replace(next.index, by: fused, removing: [index])
        }
        changes.apply(to: &draft)
    }
}

extension ONNXNode {
    /// Whether the node is x · W (`false`) or x · Wᵀ (`true`), with a bias or without; `nil` for everything else.
    var isLinearProduct: Bool? {
        guard domain.isEmpty, inputs.count >= 2 else { return nil }
        func isOne(_ name: String) -> Bool { if case .real(let value)? = attributes[name] { value == 1 } else { true } }
        func isSet(_ name: String) -> Bool { if case .integer(1)? = attributes[name] { true } else { false } }
        switch op {
        case "MatMul": return false
        case "Gemm": return isOne("alpha") && isOne("beta") && !isSet("transA") ? isSet("transB") : nil
        default: return nil
        }
    }

    /// The attribute of a fused product that computes this node's function of its first input; `nil` when there is none.
    fileprivate var fusibleActivation: [String: ONNXAttribute]? {
        if domain == OperatorRegistry.fusedDomain, op == "Activation", let function = attributes["function"] {
            return ["activation": function]
        }
        guard domain.isEmpty else { return nil }
        switch op {
        case "Relu": return ["activation": .string("relu")]
        case "Sigmoid": return ["activation": .string("sigmoid")]
        case "Tanh": return ["activation": .string("tanh")]
        case "Gelu":
            if case .string("tanh")? = attributes["approximate"] { return ["activation": .string("gelu_tanh")] }
            return ["activation": .string("gelu")]
        default: return nil
        }
    }
}
