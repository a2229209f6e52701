import SGCBase
import SGCTensor

/// A 1x1 convolution of a concatenation of resized images, as segmentation heads end with, becomes a sum of convolutions
/// of the images before they are resized.
///
/// In SegFormer's head at 128x128 this is a third of the arithmetic.
struct ConvolutionSplitting: Fusion {
    func apply(to draft: inout ProgramDraft) throws(SGCError) {
        let matcher = GraphMatcher(draft)
        var changes = GraphChanges()
        for (index, node) in draft.nodes.enumerated() where node.op == "Conv" && node.isPointwise(matcher) {
            guard let concat = matcher.node(node.inputs[0], is: "Concat"), matcher.useCount(of: node.inputs[0]) == 1,
                case .integer(1)? = concat.node.attributes["axis"], !changes.touches([index, concat.index])
            else { continue }
            var inputs = [node.inputs[1], node.inputs.count > 2 ? node.inputs[2] : ""]
            var attributes: [String: ONNXAttribute] = [:]
            var removed = [concat.index]
            for (part, name) in concat.node.inputs.enumerated() {
                guard let resize = matcher.node(name, is: "Resize"), matcher.useCount(of: name) == 1,
                    resize.node.isLinearResize
                else {
                    inputs += [name, "", "", ""]
                    continue
                }
                let own = resize.node.inputs
                inputs += own + [String](repeating: "", count: SplitConvolution.inputsPerPart - own.count)
                attributes.merge(SplitConvolution.attributes(of: resize.node, part: part)) { $1 }
                removed.append(resize.index)
            }
            guard removed.count > 1 else { continue }
            attributes["activation"] = node.attributes["activation"]
            let split = node.fused("SplitConv", inputs: inputs, outputs: node.outputs, attributes)
            changes.replace(index, by: split, removing: removed)
        }
        changes.apply(to: &draft)
    }
}

extension ONNXNode {
    /// Whether the node is a convolution that only mixes channels, with a constant weight.
    fileprivate func isPointwise(_ matcher: GraphMatcher) -> Bool {
        guard inputs.count >= 2, let weight = matcher.constantShape(inputs[1]), weight.rank == 4,
            weight[2] == 1, weight[3] == 1
        else { return false }
        func are(_ name: String, _ value: Int64) -> Bool {
            if case .integers(let values)? = attributes[name] { values.allSatisfy { $0 == value } } else { true }
        }
        if case .integer(let groups)? = attributes["group"], groups != 1 { return false }
        return are("strides", 1) && are("pads", 0)
    }

    /// Whether the result of Resize is linear in its image: nothing is filled in from outside.
    fileprivate var isLinearResize: Bool {
        guard (1...SplitConvolution.inputsPerPart).contains(inputs.count) else { return false }
        if case .string("tf_crop_and_resize")? = attributes["coordinate_transformation_mode"] { return false }
        return true
    }
}
