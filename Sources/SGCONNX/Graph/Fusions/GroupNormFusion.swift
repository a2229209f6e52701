import SGCBase
import SGCTensor

/// Group normalization as exporters wrote it before opset 21: channels are put into groups, normalized as instances, put
/// back, scaled and shifted. Becomes the operator, which works on channels as they lie.
///
/// Not in a trainable program, whose weights stay as the file has them.
struct GroupNormFusion: Fusion {
    func apply(to draft: inout ProgramDraft) throws(SGCError) {
        guard !draft.options.isTrainable else { return }
        let matcher = GraphMatcher(draft)
        var changes = GraphChanges()
        for (index, node) in draft.nodes.enumerated() where node.op == "InstanceNormalization" && node.domain.isEmpty {
            guard let match = Match(index, node, matcher), !changes.touches(match.removed + [match.last]) else {
                continue
            }
            var inputs = [match.input]
            for (name, value) in [(match.gain, match.gainValue), (match.shift, match.shiftValue)] {
                let channels = try value.tensor(on: draft.device).natural()
                inputs.append(draft.add(try channels.reshaped([channels.count]), like: name))
            }
            let fused = draft.nodes[match.last].fused(
                "GroupNormalization", inputs: inputs, outputs: [match.output],
                [
                    "num_groups": .integer(Int64(match.groups)), "rank": .integer(Int64(match.rank)),
                    "epsilon": node.attributes["epsilon"] ?? .real(1e-5),
                ])
            changes.replace(match.last, by: fused, removing: match.removed)
        }
        changes.apply(to: &draft)
    }

    private struct Match {
        let input: String, gain: String, shift: String, output: String
        let gainValue: Value, shiftValue: Value
        let groups: Int
        /// Of the images whose channels gain and shift meet.
        let rank: Int
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
                let (gain, _) = m.otherInput(of: scaled.node, where: { m.channels($0) != nil }),
                let shifted = m.onlyUser(of: scaled.node.outputs[0], is: "Add"),
                let (shift, _) = m.otherInput(of: shifted.node, where: { m.channels($0) != nil }),
                let gainValue = m.channels(gain), let shiftValue = m.channels(shift),
                gainValue.shape == shiftValue.shape
            else { return nil }
            input = into.node.inputs[0]
            self.groups = groups
            self.gain = gain
            self.shift = shift
            self.gainValue = gainValue
            self.shiftValue = shiftValue
            rank = gainValue.shape.rank + 1
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

    /// A constant of the shape `[C, 1, …]`, which meets the channels of an image that has one axis more.
    fileprivate func channels(_ name: String) -> Value? {
        guard let value = draft.constants[name], value.type.isReal, value.shape.rank >= 2,
            value.shape.dimensions.dropFirst().allSatisfy({ $0 == 1 })
        else { return nil }
        return value
    }
}

extension ONNXNode {
    /// Whether a Shape gives all extents.
    fileprivate var isOfAllAxes: Bool {
        if case .integer(let start)? = attributes["start"], start != 0 { return false }
        return attributes["end"] == nil
    }
}
