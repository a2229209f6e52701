import SGCBase

/// GELU, SiLU and CLIP's quick GELU written out in elementary operations become one.
struct ActivationFusion: Fusion {
    func apply(to draft: inout ProgramDraft) throws(SGCError) {
        let matcher = GraphMatcher(draft)
        var changes = GraphChanges()
        for (index, node) in draft.nodes.enumerated() where node.domain.isEmpty {
            let match: Match?
            switch node.op {
            case "Erf": match = Match.gelu(index, node, matcher)
            case "Sigmoid": match = Match.swish(index, node, matcher)
            default: match = nil
            }
            guard let match, !changes.touches(match.removed + [match.last]) else { continue }
            let last = draft.nodes[match.last]
            changes.replace(
                match.last,
                by: last.fused(
                    "Activation", inputs: [match.input], outputs: last.outputs, ["function": .string(match.function)]),
                removing: match.removed)
        }
        changes.apply(to: &draft)
    }

    private struct Match {
        let function: String
        let input: String
        let last: Int
        let removed: [Int]

        /// x · ½ · (1 + erf(x / √2)), with the factors in any order.
        static func gelu(_ index: Int, _ node: ONNXNode, _ m: GraphMatcher) -> Match? {
            guard let inner = scaledInput(node.inputs[0], m),
                m.useCount(of: node.inputs[0]) == 1,
                let sum = m.onlyUser(of: node.outputs[0], is: "Add"),
                m.otherInput(of: sum.node, where: { m.isScalar($0, near: 1) }) != nil,
                let product = m.onlyUser(of: sum.node.outputs[0], is: "Mul")
            else { return nil }
            let x = inner.input
            let plus = sum.node.outputs[0]
            let factor = product.node.inputs[0] == plus ? product.node.inputs[1] : product.node.inputs[0]
            let common = [inner.index, index, sum.index]
            if factor == x {
                // (x · (1 + erf)) · ½
                guard let half = m.onlyUser(of: product.node.outputs[0], is: "Mul"),
                    m.otherInput(of: half.node, where: { m.isScalar($0, near: 0.5) }) != nil
                else { return nil }
                return Match(function: "gelu", input: x, last: half.index, removed: common + [product.index])
            }
            if m.isScalar(factor, near: 0.5) {
                // x · (½ · (1 + erf))
                guard let outer = m.onlyUser(of: product.node.outputs[0], is: "Mul"), outer.node.inputs.contains(x)
                else {
                    return nil
                }
                return Match(function: "gelu", input: x, last: outer.index, removed: common + [product.index])
            }
            // (½ · x) · (1 + erf)
            guard let half = m.node(factor, is: "Mul"), half.node.inputs.contains(x), m.useCount(of: factor) == 1,
                m.otherInput(of: half.node, where: { m.isScalar($0, near: 0.5) }) != nil
            else { return nil }
            return Match(function: "gelu", input: x, last: product.index, removed: common + [half.index])
        }

        /// x / √2 or x · (1/√2).
        private static func scaledInput(_ name: String, _ m: GraphMatcher) -> (index: Int, input: String)? {
            if let division = m.node(name, is: "Div"), m.isScalar(division.node.inputs[1], near: 1.414213562) {
                return (division.index, division.node.inputs[0])
            }
            if let product = m.node(name, is: "Mul"),
                let (_, x) = m.otherInput(of: product.node, where: { m.isScalar($0, near: 0.707106781) })
            {
                return (product.index, x)
            }
            return nil
        }

        /// x · σ(x) or x · σ(1.702 x).
        static func swish(_ index: Int, _ node: ONNXNode, _ m: GraphMatcher) -> Match? {
            guard let product = m.onlyUser(of: node.outputs[0], is: "Mul") else { return nil }
            let gate = node.outputs[0]
            let x = product.node.inputs[0] == gate ? product.node.inputs[1] : product.node.inputs[0]
            if x == node.inputs[0] {
                return Match(function: "silu", input: x, last: product.index, removed: [index])
            }
            guard let scaled = m.node(node.inputs[0], is: "Mul"), m.useCount(of: node.inputs[0]) == 1,
                let (_, inner) = m.otherInput(of: scaled.node, where: { m.isScalar($0, near: 1.702) }), inner == x
            else { return nil }
            return Match(function: "quick_gelu", input: x, last: product.index, removed: [index, scaled.index])
        }
    }
}
