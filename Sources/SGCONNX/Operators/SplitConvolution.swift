import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// A 1x1 convolution of channels that come from several images, some of them resized.
    static let splitConvolution: [OperatorDefinition] = [
        OperatorDefinition("SplitConv", domain: fusedDomain, make: splitConv)
    ]

    /// activation(Σ W_i · resized_i(x_i) + b): weight `[O, C, 1, 1]`, bias `[O]` or none, then for each part its image
    /// `[N, C_i, H_i, W_i]` with the inputs 1 to 3 of its Resize; ΣC_i = C.
    ///
    /// Resizing mixes pixels and a 1x1 convolution mixes channels, so either may come first: an image that grows is
    /// convolved while it is small.
    private static func splitConv(_ node: NodeReader) throws(SGCError) -> Kernel {
        let function = try node.fusedActivation("activation")
        var resizes: [ResizeOptions?] = []
        for part in 0..<(node.node.inputs.count - 2) / SplitConvolution.inputsPerPart {
            let resize = SplitConvolution.resize(of: part, in: node.node)
            resizes.append(try resize.map { node throws(SGCError) in try ResizeOptions(NodeReader(node)) })
        }
        return { [resizes] inputs throws(SGCError) in
            let weight = try inputs.tensor(0).natural()
            // Goes with the first part that keeps its size.
            var bias = try inputs.optionalTensor(1)?.natural()
            guard bias == nil || bias?.shape == [weight.shape[0]] else {
                throw SGCError(.format, "a bias of \(bias?.shape ?? []) does not fit the weight \(weight.shape)")
            }
            var sum: GraphTensor?
            var first = 0
            for (part, resize) in resizes.enumerated() {
                let own = inputs.part(part)
                let x = try own.tensor(0)
                guard x.rank == 4 else {
                    throw SGCError(.format, "part \(part): expected an image [N, C, H, W], got the shape \(x.shape)")
                }
                let changes = try resize?.changes(of: x.shape, own) ?? []
                func output(_ axis: Int) -> Int { changes.first { $0.axis == axis }?.change.output ?? x.shape[axis] }
                let channels = output(1)
                guard first + channels <= weight.shape[1] else {
                    throw SGCError(.format, "part \(part) of shape \(x.shape) does not fit the weight \(weight.shape)")
                }
                let factor = try weight.sliced(axis: 1, first..<first + channels)
                first += channels
                let target = try inputs.shape([output(0), weight.shape[0], output(2), output(3)])
                let grows = changes.allSatisfy { $0.axis >= 2 && $0.change.output >= $0.change.input }
                let pixels = grows ? x.shape[0] * x.shape[2] * x.shape[3] : target.count / max(1, weight.shape[0])
                try inputs.announce(products: Double(pixels) * Double(factor.count))
                var y = grows ? x : try resize?.applied(changes, to: x, own) ?? x
                let image = try SpatialImage(y)
                y = try image.restored(
                    image.tensor.cast(to: inputs.precision).convolution(
                        weight: factor, bias: changes.isEmpty ? bias : nil, geometry: ConvolutionGeometry()))
                if changes.isEmpty { bias = nil }
                if grows, let resize { y = try resize.applied(changes, to: y, own) }
                guard let before = sum else {
                    sum = y
                    continue
                }
                guard before.shape == y.shape else {
                    throw SGCError(.format, "parts of shapes \(before.shape) and \(y.shape) do not fit each other")
                }
                sum = try .combined(before, y, inputs) { a, b throws(SGCError) in try a + b }
            }
            guard var y = sum, first == weight.shape[1] else {
                throw SGCError(.format, "parts of \(first) channels in all do not fit the weight \(weight.shape)")
            }
            if let bias {
                let shift = GraphTensor(try bias.reshaped([bias.shape.count, 1, 1]))
                y = try .combined(y, shift, inputs) { a, b throws(SGCError) in try a + b }
            }
            if let function { y = y.withStored(try y.stored.map(function)) }
            return [.device(y)]
        }
    }
}

/// How a split convolution is written as a node.
enum SplitConvolution {
    /// Of each part: its image, and the inputs of Resize after the first.
    static let inputsPerPart = 4

    /// The node of an image's Resize, rebuilt from attributes that begin with the part's number.
    static func resize(of part: Int, in node: ONNXNode) -> ONNXNode? {
        guard case .integer(let opset)? = node.attributes["\(part).opset"] else { return nil }
        var attributes: [String: ONNXAttribute] = [:]
        let prefix = "\(part)."
        for (name, value) in node.attributes where name.hasPrefix(prefix) {
            attributes[String(name.dropFirst(prefix.count))] = value
        }
        attributes["opset"] = nil
        return ONNXNode(
            name: node.name, op: "Resize", domain: "", opset: Int(opset), inputs: [], outputs: [],
            attributes: attributes)
    }

    /// The attributes from which ``resize(of:in:)`` rebuilds `node`.
    static func attributes(of node: ONNXNode, part: Int) -> [String: ONNXAttribute] {
        var attributes = ["\(part).opset": ONNXAttribute.integer(Int64(node.opset))]
        for (name, value) in node.attributes { attributes["\(part).\(name)"] = value }
        return attributes
    }
}

extension OperatorInputs {
    /// The inputs of one part of a split convolution, as its Resize had them.
    fileprivate func part(_ index: Int) -> OperatorInputs {
        let first = 2 + index * SplitConvolution.inputsPerPart
        return OperatorInputs(
            values: Array(values[first..<first + SplitConvolution.inputsPerPart]), device: device,
            precision: precision, meter: meter)
    }
}
