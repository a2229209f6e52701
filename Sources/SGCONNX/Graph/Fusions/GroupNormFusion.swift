import SGCBase
import SGCTensor

/// Group normalization as exporters wrote it before opset 21: channels are put into groups, normalized as instances, put
/// back, scaled and shifted. Becomes the operator, which works on channels as they lie.
///
/// Not in a trainable program, whose weights stay as the file has them.
struct GroupNormFusion: Fusion {
    /// The first version of GroupNormalization that has gain and shift for each channel.
    private static let opset = 21

    func apply(to draft: inout ProgramDraft) throws(SGCError) {
        guard !draft.options.isTrainable else { return }
        let matcher = GraphMatcher(draft)
        var changes = GraphChanges()
        for (index, node) in draft.nodes.enumerated() where node.op == "InstanceNormalization" && node.domain.isEmpty {
            guard let match = Match(index, node, matcher), !changes.touches(match.removed + [match.last]) else {
                continue
            }
            var inputs = [match.input]
            for name in [match.gain, match.shift] {
                guard let value = draft.constants[name] else { continue }
                let channels = try value.tensor(on: draft.device).natural()
                draft.constants["\(name)/channels"] = .device(
                    GraphTensor(try channels.reshaped([channels.count])))
                inputs.append("\(name)/channels")
            }
            let fused = ONNXNode(
                name: draft.nodes[match.last].name, op: "GroupNormalization", domain: "", opset: Self.opset,
                inputs: inputs, outputs: [match.output],
                attributes: [
                    "num_groups": .integer(Int64(match.groups)), "epsilon": node.attributes["epsilon"] ?? .real(1e-5),
                ])
            changes.replace(match.last, by: fused, removing: match.removed)
        }
        changes.apply(to: &draft)
    }

    private struct Match {
        let input: String, gain: String, shift: String, output: String
        let groups: Int
        let last: Int
        let removed: [Int]

        init?(_ index: Int, _ node: ONNXNode, _ m: GraphMatcher) {
            guard node.inputs.count == 3, let into = m.node(node.inputs[0], is: "Reshape"), into.node.inputs.count == 2,
                m.useCount(of: node.inputs[0]) == 1, case .host(let shape)? = m.draft.constants[into.node.inputs[1]],
                shape.integers.count == 3, shape.integers[0] == 0, shape.integers[2] == -1, shape.integers[1] > 0,
                into.node.attributes["allowzero"].map({ if case .integer(0) = $0 { true } else { false } }) ?? true,
                let groups = Int(exactly: shape.integers[1]), m.isConstant(node.inputs[1], 1, count: groups),
                m.isConstant(node.inputs[2], 0, count: groups),
                let back = m.onlyUser(of: node.outputs[0], is: "Reshape"), back.node.inputs.count == 2,
                back.node.inputs[0] == node.outputs[0], let extents = m.node(back.node.inputs[1], is: "Shape"),
                extents.node.inputs == [into.node.inputs[0]], extents.node.isOfAllAxes,
                let scaled = m.onlyUser(of: back.node.outputs[0], is: "Mul"),
                let (gain, _) = m.otherInput(of: scaled.node, where: { m.channelCount($0) != nil }),
                let shifted = m.onlyUser(of: scaled.node.outputs[0], is: "Add"),
                let (shift, _) = m.otherInput(of: shifted.node, where: { m.channelCount($0) != nil }),
                m.constantShape(gain) == m.constantShape(shift)
            else { return nil }
            input = into.node.inputs[0]
            self.groups = groups
            self.gain = gain
            self.shift = shift
            output = shifted.node.outputs[0]
            last = shifted.index
            removed = [into.index, index, back.index, scaled.index]
        }
    }
}

extension GraphMatcher {
    /// Whether `name` is a constant list of `count` times the same number.
    fileprivate func isConstant(_ name: String, _ number: Double, count: Int) -> Bool {
        guard constantShape(name) == [count] else { return false }
        return switch draft.constants[name] {
        case .host(let array): array.reals.allSatisfy { $0 == number }
        case .device(let tensor): tensor.stored.floats.allSatisfy { Double($0) == number }
        default: false
        }
    }

    /// C of a constant of the shape `[C, 1, …]`, which meets the channels of an image.
    fileprivate func channelCount(_ name: String) -> Int? {
        guard let shape = constantShape(name), shape.rank >= 2, shape.dimensions.dropFirst().allSatisfy({ $0 == 1 })
        else { return nil }
        return shape[0]
    }
}

extension ONNXNode {
    /// Whether a Shape gives all extents.
    fileprivate var isOfAllAxes: Bool {
        if case .integer(let start)? = attributes["start"], start != 0 { return false }
        return attributes["end"] == nil
    }
}
