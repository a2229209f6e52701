import SGCBase

/// Drops nodes that hand on their input: Dropout without mask, Cast of real numbers to float32. (Folding drops Identity.)
struct IdentityRemoval: Fusion {
    /// Operators whose results are float32 for every input that the library accepts.
    private static let realResults: Set<String> = [
        "Softmax", "LogSoftmax", "Conv", "ConvTranspose", "Gemm", "MatMul", "LayerNormalization",
        "InstanceNormalization", "BatchNormalization", "GroupNormalization", "Sigmoid", "Tanh", "Erf", "Relu", "Gelu",
        "AveragePool", "GlobalAveragePool", "Resize", "Sqrt", "Exp", "Log",
    ]

    func apply(to draft: inout ProgramDraft) throws(SGCError) {
        let matcher = GraphMatcher(draft)
        var changes = GraphChanges()
        var real = Set<String>(draft.realInputNames)
        for (index, node) in draft.nodes.enumerated() {
            if Self.realResults.contains(node.op), let output = node.outputs.first { real.insert(output) }
            guard let input = node.inputs.first, let output = node.outputs.first, node.domain.isEmpty,
                !draft.outputNames.contains(output)
            else { continue }
            switch node.op {
            case "Dropout":
                let mask = node.outputs.dropFirst().first ?? ""
                guard matcher.useCount(of: mask) == 0, node.inputs.count < 3 || node.inputs[2].isEmpty else { continue }
            case "Cast":
                guard real.contains(input), case .integer(1)? = node.attributes["to"] else { continue }
            default: continue
            }
            if real.contains(input) { real.insert(output) }
            changes.bypass(index, output: output, input: input)
        }
        changes.apply(to: &draft)
    }
}
