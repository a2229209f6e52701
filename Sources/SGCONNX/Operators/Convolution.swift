import SGCBase
import SGCTensor

extension OperatorRegistry {
    static let convolution: [OperatorDefinition] = [
        OperatorDefinition("Conv", leastInputs: 2, make: conv),
        OperatorDefinition("Conv", domain: fusedDomain, make: conv),
    ]

    /// Convolution of `[N, C, H, W]` (or `[N, C, L]`) with weights `[O, C/group, kH, kW]`.
    private static func conv(_ node: NodeReader) throws(SGCError) -> Kernel {
        let window = try SpatialWindow(node)
        let groups = try node.integer("group", default: 1)
        let function = try node.fusedActivation("activation")
        guard groups > 0 else { throw SGCError(.format, "attribute group: expected at least 1, got \(groups)") }
        return { inputs throws(SGCError) in
            let (x, weight) = (try inputs.tensor(0), try inputs.tensor(1))
            let image = try SpatialImage(x)
            let w = try image.kernel(weight)
            guard w.shape[0] % groups == 0, w.shape[1] * groups == image.channels else {
                throw SGCError(
                    .format, "input \(x.shape) and weight \(weight.shape) do not fit with \(groups) groups")
            }
            var geometry = try window.geometry(height: image.height, width: image.width, kernel: w.shape)
            geometry.groups = groups
            let size = geometry.outputSize(
                height: image.height, width: image.width, kernelHeight: w.shape[2], kernelWidth: w.shape[3])
            guard size.height > 0, size.width > 0 else {
                throw SGCError(.format, "a kernel of \(weight.shape) does not fit the padded input \(x.shape)")
            }
            let target = try inputs.shape([x.shape[0], size.height, size.width, w.shape[0]])
            try inputs.announce(products: Double(target.count) * Double(w.count / w.shape[0]))
            let bias = try inputs.optionalTensor(2)?.natural()
            let y = try image.tensor.cast(to: inputs.precision).convolution(
                weight: w, bias: bias, geometry: geometry, activation: function)
            return [.device(try image.restored(y))]
        }
    }
}
