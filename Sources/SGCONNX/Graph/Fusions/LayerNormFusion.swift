import SGCBase
import SGCTensor

/// Layer normalization written out: (x − mean) / √(mean of (x − mean)² + ε) · gain + shift over the last axis, as exporters
/// wrote it before opset 17, becomes the operator that has existed since.
struct LayerNormFusion: Fusion {
    func apply(to draft: inout ProgramDraft) throws(SGCError) {
        let matcher = GraphMatcher(draft)
        var changes = GraphChanges()
        for (index, node) in draft.nodes.enumerated() where node.op == "Div" && node.domain.isEmpty {
            guard let match = Match(index, node, matcher), !changes.touches(match.removed + [match.last]) else {
                continue
            }
            let fused = ONNXNode(
                name: draft.nodes[match.last].name, op: "LayerNormalization", domain: "", opset: 17,
                inputs: [match.input, match.gain, match.shift], outputs: [match.output],
                attributes: ["epsilon": .real(Float(match.epsilon)), "axis": .integer(-1)])
            changes.replace(match.last, by: fused, removing: match.removed)
        }
        changes.apply(to: &draft)
    }

    private struct Match {
        let input: String, gain: String, shift: String, output: String
        let epsilon: Double
        let last: Int
        let removed: [Int]

        init?(_ division: Int, _ node: ONNXNode, _ m: GraphMatcher) {
            guard let centered = m.node(node.inputs[0], is: "Sub"), let root = m.node(node.inputs[1], is: "Sqrt"),
                let sum = m.node(root.node.inputs[0], is: "Add"),
                let (epsilonName, varianceName) = m.otherInput(of: sum.node, where: { m.scalar($0) != nil }),
                let epsilon = m.scalar(epsilonName),
                let variance = m.node(varianceName, is: "ReduceMean"), Self.isOverLastAxis(variance.node, m),
                let mean = m.node(centered.node.inputs[1], is: "ReduceMean"), Self.isOverLastAxis(mean.node, m),
                mean.node.inputs[0] == centered.node.inputs[0]
            else { return nil }
            let difference = centered.node.outputs[0]
            let square: Int
            if let power = m.node(variance.node.inputs[0], is: "Pow"), m.isScalar(power.node.inputs[1], near: 2),
                power.node.inputs[0] == difference
            {
                square = power.index
            } else if let product = m.node(variance.node.inputs[0], is: "Mul"),
                product.node.inputs == [difference, difference]
            {
                square = product.index
            } else {
                return nil
            }
            // Only the pattern itself may use what lies between: the difference has two users, or three with Mul.
            let uses = m.draft.nodes[square].op == "Mul" ? 3 : 2
            guard m.useCount(of: difference) == uses,
                let scaled = m.onlyUser(of: node.outputs[0], is: "Mul"),
                let (gain, _) = m.otherInput(of: scaled.node, where: { m.constantShape($0)?.rank == 1 }),
                let shifted = m.onlyUser(of: scaled.node.outputs[0], is: "Add"),
                let (shift, _) = m.otherInput(of: shifted.node, where: { m.constantShape($0)?.rank == 1 }),
                m.constantShape(gain) == m.constantShape(shift)
            else { return nil }
            input = centered.node.inputs[0]
            self.gain = gain
            self.shift = shift
            self.epsilon = epsilon
            output = shifted.node.outputs[0]
            last = shifted.index
            removed = [
                mean.index, centered.index, square, variance.index, sum.index, root.index, division, scaled.index,
            ]
        }

        private static func isOverLastAxis(_ node: ONNXNode, _ m: GraphMatcher) -> Bool {
            if case .integer(0)? = node.attributes["keepdims"] { return false }
            if case .integers([-1])? = node.attributes["axes"] { return true }
            return node.inputs.count == 2 && m.scalar(node.inputs[1]) == -1
        }
    }
}
