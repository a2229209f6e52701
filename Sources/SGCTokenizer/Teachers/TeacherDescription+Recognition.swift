package import SGCBase
package import SGCONNX

extension TeacherDescription {
    /// What `json` says of the network `graph`; what it leaves open is taken from the graph.
    ///
    /// Known are exports of SegFormer and of anything else with class scores `logits` `[N, C, h, w]`, arg-maxed
    /// segmentations, and CLIP, DINO and other vision transformers with a `last_hidden_state`.
    /// - Throws: `.argument`, `.format` as a configuration.
    package init(_ json: JSONValue, graph: ONNXGraph) throws(SGCError) {
        var defaults = TeacherDescription()
        let image = Self.imageInput(of: graph)
        let names = Set(graph.outputs.map(\.name))
        if !names.isDisjoint(with: ["image_embeds", "text_embeds", "logits_per_image"]) {
            (defaults.mean, defaults.std) = (Self.clipMean, Self.clipDeviation)
        }
        if let image {
            defaults.input = image.name
            defaults.multiple = Self.patch(of: image.name, in: graph) ?? 1
            let known: [Kind] = [.segmentation, .features]
            defaults.kind = known.first { Self.output(for: $0, in: graph) != nil } ?? .graph
        }
        try self.init(JSONReader(json, path: ""), defaults: defaults)
        if output.isEmpty { output = Self.output(for: kind, in: graph)?.name ?? "" }
        guard !takesImages || !input.isEmpty else {
            throw SGCError(.argument, "input: expected the name of the input that takes images [N, 3, H, W]")
        }
        guard !takesImages || kind == .perceptual || !output.isEmpty else {
            throw SGCError(.argument, "output: expected the name of the value that gives \(kind.rawValue)")
        }
    }

    /// The input that can take images: the graph's only one, or one of the usual name among others.
    private static func imageInput(of graph: ONNXGraph) -> ONNXValueInfo? {
        let candidates = graph.inputs.filter { info in
            guard info.type.isReal, let shape = info.shape, shape.count == 4 else { return false }
            if case .fixed(let channels) = shape[1] { return channels == 3 }
            return true
        }
        return candidates.first { $0.name == "pixel_values" } ?? (graph.inputs.count == 1 ? candidates.first : nil)
    }

    /// The output that a teacher of this kind would use; `nil` when none looks like it.
    private static func output(for kind: Kind, in graph: ONNXGraph) -> ONNXValueInfo? {
        func named(_ names: [String], ranks: ClosedRange<Int>) -> ONNXValueInfo? {
            for name in names {
                let found = graph.outputs.first { info in
                    info.name == name && info.type.isReal && info.shape.map { ranks.contains($0.count) } ?? false
                }
                if let found { return found }
            }
            return nil
        }
        switch kind {
        case .segmentation:
            let ids = graph.outputs.filter { info in
                info.type.isInteger && info.type != .bool && info.shape.map { (3...4).contains($0.count) } ?? false
            }
            return named(["logits"], ranks: 4...4) ?? (ids.count == 1 ? ids.first : nil)
        case .features:
            return named(["last_hidden_state", "features"], ranks: 3...4)
                ?? named(["image_embeds", "pooler_output", "last_hidden_state", "features"], ranks: 2...2)
        case .perceptual, .text, .graph: return nil
        }
    }

    /// The side of the patches into which a network cuts its image: its first convolution neither overlaps nor pads.
    private static func patch(of input: String, in graph: ONNXGraph) -> Int? {
        var name = input
        for node in graph.nodes where node.inputs.first == name {
            switch node.op {
            case "Cast", "Identity": name = node.outputs.first ?? name
            case "Conv":
                guard case .integers(let kernel)? = node.attributes["kernel_shape"],
                    case .integers(let strides)? = node.attributes["strides"], kernel == strides, kernel.count == 2,
                    kernel[0] == kernel[1], (1...1024).contains(kernel[0])
                else { return nil }
                if case .integers(let pads)? = node.attributes["pads"], pads.contains(where: { $0 != 0 }) { return nil }
                return Int(kernel[0])
            default: continue
            }
        }
        return nil
    }
}
