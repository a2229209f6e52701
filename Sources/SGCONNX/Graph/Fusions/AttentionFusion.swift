import SGCBase

/// softmax(scale · q kᵀ) v, with the scale on either side of the product, becomes one node.
struct AttentionFusion: Fusion {
    func apply(to draft: inout ProgramDraft) throws(SGCError) {
        let matcher = GraphMatcher(draft)
        var changes = GraphChanges()
        for (index, node) in draft.nodes.enumerated() where node.op == "Softmax" && node.domain.isEmpty {
            guard let match = Match(index, node, matcher), !changes.touches(match.removed + [match.last]) else {
                continue
            }
            let last = draft.nodes[match.last]
            let fused = last.fused(
                "Attention", inputs: [match.query, match.key, match.value], outputs: last.outputs,
                ["scale": .real(Float(match.scale))])
            changes.replace(match.last, by: fused, removing: match.removed)
        }
        changes.apply(to: &draft)
    }

    private struct Match {
        /// q `[…, T, D]`, k as it is multiplied `[…, D, S]`, v `[…, S, D]`.
        var query: String, key: String, value: String
        var scale = 1.0
        let last: Int
        var removed: [Int]

        init?(_ index: Int, _ softmax: ONNXNode, _ m: GraphMatcher) {
            switch softmax.attributes["axis"] {
            case .integer(-1)?, .integer(3)?: break
            case nil where softmax.opset >= 13: break
            default: return nil
            }
            guard let product = m.onlyUser(of: softmax.outputs[0], is: "MatMul"),
                product.node.inputs[0] == softmax.outputs[0]
            else { return nil }
            removed = [index]
            var scores = softmax.inputs[0]
            guard m.useCount(of: scores) == 1 else { return nil }
            if let (node, name, factor) = Self.scaled(scores, m) {
                removed.append(node)
                scores = name
                scale *= factor
                guard m.useCount(of: scores) == 1 else { return nil }
            }
            guard let inner = m.node(scores, is: "MatMul") else { return nil }
            removed.append(inner.index)
            query = inner.node.inputs[0]
            key = inner.node.inputs[1]
            value = product.node.inputs[1]
            last = product.index
            if m.useCount(of: query) == 1, let (node, name, factor) = Self.scaled(query, m) {
                removed.append(node)
                query = name
                scale *= factor
            }
            if m.useCount(of: key) == 1, let (node, name, factor) = Self.scaled(key, m) {
                removed.append(node)
                key = name
                scale *= factor
            }
        }

        /// x when `name` is x · c or x / c with a constant c.
        private static func scaled(_ name: String, _ m: GraphMatcher) -> (index: Int, input: String, factor: Double)? {
            if let product = m.node(name, is: "Mul"),
                let (constant, x) = m.otherInput(of: product.node, where: { m.scalar($0) != nil }),
                let factor = m.scalar(constant)
            {
                return (product.index, x, factor)
            }
            if let division = m.node(name, is: "Div"), let divisor = m.scalar(division.node.inputs[1]), divisor != 0 {
                return (division.index, division.node.inputs[0], 1 / divisor)
            }
            return nil
        }
    }
}
