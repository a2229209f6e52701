import SGCBase
import SGCTensor

/// A batch normalization after a convolution goes into the convolution's weights and bias.
///
/// Not in a trainable program, whose weights stay as the file has them.
struct BatchNormFolding: Fusion {
    func apply(to draft: inout ProgramDraft) throws(SGCError) {
        guard !draft.options.isTrainable else { return }
        let matcher = GraphMatcher(draft)
        var changes = GraphChanges()
        for (index, node) in draft.nodes.enumerated() where node.op == "BatchNormalization" && node.domain.isEmpty {
            if case .integer(1)? = node.attributes["training_mode"] { continue }
            guard node.inputs.count == 5, let conv = matcher.node(node.inputs[0], is: "Conv"),
                matcher.useCount(of: node.inputs[0]) == 1, let weight = reals(conv.node.inputs, 1, draft),
                let gain = reals(node.inputs, 1, draft), let shift = reals(node.inputs, 2, draft),
                let mean = reals(node.inputs, 3, draft), let variance = reals(node.inputs, 4, draft)
            else { continue }
            let channels = weight.shape[0]
            guard [gain, shift, mean, variance].allSatisfy({ $0.values.count == channels }), channels > 0 else {
                continue
            }
            let hasBias = conv.node.inputs.count > 2 && !conv.node.inputs[2].isEmpty
            let bias = hasBias ? reals(conv.node.inputs, 2, draft) : nil
            guard !hasBias || bias?.values.count == channels else { continue }
            var epsilon = Float(1e-5)
            if case .real(let value)? = node.attributes["epsilon"] { epsilon = value }

            var weights = weight.values
            var biases = bias?.values ?? [Float](repeating: 0, count: channels)
            let taps = weights.count / channels
            for channel in 0..<channels {
                let scale = gain.values[channel] / (variance.values[channel] + epsilon).squareRoot()
                for tap in channel * taps..<(channel + 1) * taps { weights[tap] *= scale }
                biases[channel] = (biases[channel] - mean.values[channel]) * scale + shift.values[channel]
            }
            let name = node.outputs[0]
            let weightName = draft.add(try Tensor(weights, shape: weight.shape, on: draft.device), like: name)
            let biasName = draft.add(try Tensor(biases, shape: [channels], on: draft.device), like: name)
            var folded = conv.node
            folded.inputs = [conv.node.inputs[0], weightName, biasName]
            folded.outputs = [name]
            changes.replace(index, by: folded, removing: [conv.index])
        }
        changes.apply(to: &draft)
    }

    private func reals(
        _ names: [String], _ index: Int, _ draft: ProgramDraft
    ) -> (shape: Shape, values: [Float])? {
        guard index < names.count, let value = draft.constants[names[index]], value.type.isReal else { return nil }
        switch value {
        case .mask: return nil
        case .host(let array): return (array.shape, array.reals.map { Float($0) })
        case .device(let tensor):
            guard tensor.isNatural else { return nil }
            return (tensor.shape, tensor.stored.floats)
        }
    }
}
