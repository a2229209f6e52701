import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Normalizations with a gain and a shift.
    static let normalization: [OperatorDefinition] = [
        OperatorDefinition("BatchNormalization", make: batchNormalization),
        OperatorDefinition("InstanceNormalization", make: instanceNormalization),
        OperatorDefinition("GroupNormalization", opsets: 18...22, make: groupNormalization),
        OperatorDefinition("GroupNormalization", domain: fusedDomain, make: groupNormalization),
        OperatorDefinition("LayerNormalization", opsets: 17...22, make: layerNormalization),
    ]

    /// (x − mean) / √(variance + ε) · gain + shift per channel (axis 1), with the statistics given; in training mode
    /// (version 14 on) with those of the batch, and the running statistics as further outputs.
    private static func batchNormalization(_ node: NodeReader) throws(SGCError) -> Kernel {
        let epsilon = try node.real("epsilon", default: 1e-5)
        let momentum = try node.real("momentum", default: 0.9)
        let isTraining = try node.flag("training_mode")
        guard isTraining || !(1..<5).contains(where: { node.wantsOutput($0) }) else {
            throw SGCError(.unsupported, "outputs beyond the first are computed with training_mode 1 only")
        }
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            guard x.rank >= 2 else { throw SGCError(.format, "expected channels in axis 1, got the shape \(x.shape)") }
            var parameters: [Tensor] = []
            for index in 1...4 { parameters.append(try inputs.channels(index, x.shape[1])) }
            let (gain, shift, mean, variance) = (parameters[0], parameters[1], parameters[2], parameters[3])
            if isTraining {
                let image = try x.laid([0] + Array(2..<x.rank) + [1])
                let result = try image.stored.batchNorm(gain: gain, shift: shift, epsilon: epsilon)
                let newMean = try mean.scaled(by: momentum) + result.mean.scaled(by: 1 - momentum)
                let newVariance = try variance.scaled(by: momentum) + result.variance.scaled(by: 1 - momentum)
                return [
                    .device(image.withStored(result.y)), .device(GraphTensor(newMean)),
                    .device(GraphTensor(newVariance)),
                ]
            }
            let scale = try gain * variance.scaled(by: 1, plus: epsilon).map(.reciprocalSquareRoot)
            let offset = try shift - mean * scale
            return [.device(try x.scaledChannels(scale, offset, inputs))]
        }
    }

    /// Statistics per image and channel.
    private static func instanceNormalization(_ node: NodeReader) throws(SGCError) -> Kernel {
        let epsilon = try node.real("epsilon", default: 1e-5)
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            guard x.rank >= 3 else { throw SGCError(.format, "expected an image [N, C, …], got the shape \(x.shape)") }
            let channels = x.shape[1]
            let (gain, shift) = (try inputs.channels(1, channels), try inputs.channels(2, channels))
            if x.order[1] == x.rank - 1 || channels == 1 {
                let image = try x.laid([0] + Array(2..<x.rank) + [1])
                return [
                    .device(
                        try image.map { y throws(SGCError) in
                            try y.groupNorm(groups: channels, gain: gain, shift: shift, epsilon: epsilon)
                        })
                ]
            }
            // Each channel lies in one piece: a row.
            let rows = try x.natural()
            let length = x.shape.dimensions.dropFirst(2).reduce(1, *)
            let flat = try rows.reshaped(try Shape([x.shape[0] * channels, length]))
            let normalized = try flat.layerNorm(
                gain: try .ones([length], on: flat.device), shift: try .zeros([length], on: flat.device),
                epsilon: epsilon)
            return [.device(try GraphTensor(try normalized.reshaped(x.shape)).scaledChannels(gain, shift, inputs))]
        }
    }

    /// Statistics per image and group of channels; gain and shift per group in version 18, per channel from 21 on.
    private static func groupNormalization(_ node: NodeReader) throws(SGCError) -> Kernel {
        let epsilon = try node.real("epsilon", default: 1e-5)
        let isPerGroup = node.opset < 21
        guard let groups = try node.integer("num_groups"), groups > 0 else {
            throw SGCError(.format, "attribute num_groups: expected at least 1")
        }
        // Fusion knows of which images it is right.
        let rank = node.node.domain == fusedDomain ? try node.integer("rank") : nil
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            guard rank == nil || rank == x.rank else {
                throw SGCError(
                    .unsupported, "gain and shift meet axis 1 of images of \(rank ?? 0) axes, got the shape \(x.shape)")
            }
            guard x.rank >= 2, x.shape[1] % groups == 0, x.shape[1] > 0 else {
                throw SGCError(.format, "\(groups) groups do not divide the channels of the shape \(x.shape)")
            }
            let channels = x.shape[1]
            var parameters: [Tensor] = []
            for index in 1...2 {
                let given = try inputs.channels(index, isPerGroup ? groups : channels)
                guard isPerGroup else {
                    parameters.append(given)
                    continue
                }
                let each = channels / groups
                parameters.append(
                    try given.reshaped([groups, 1]).broadcast(to: [groups, each]).reshaped([channels]))
            }
            let image = try x.laid([0] + Array(2..<x.rank) + [1])
            return [
                .device(
                    try image.map { y throws(SGCError) in
                        try y.groupNorm(groups: groups, gain: parameters[0], shift: parameters[1], epsilon: epsilon)
                    })
            ]
        }
    }

    /// Statistics over the axes from `axis` on; also gives the mean and 1/√(variance + ε).
    private static func layerNormalization(_ node: NodeReader) throws(SGCError) -> Kernel {
        let epsilon = try node.real("epsilon", default: 1e-5)
        let axis = try node.integer("axis", default: -1)
        let wantsStatistics = node.wantsOutput(1) || node.wantsOutput(2)
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            let first = try x.shape.axis(axis)
            let normalized = Shape(known: Array(x.shape.dimensions[first...]))
            let laid = try x.storing(last: Array(first..<x.rank))
            let y = laid.stored
            // The gain may be of the normalized shape, or broadcast to it or to x.
            let isPlain = try inputs.value(1).shape == normalized
            let width: Shape = [normalized.count]
            let gain =
                isPlain ? try inputs.tensor(1).natural().reshaped(width) : try .ones(width, on: inputs.device)
            let given = try inputs.optionalTensor(2)
            let isShiftPlain = isPlain && given?.shape == normalized
            let shift =
                isShiftPlain
                ? try given?.natural().reshaped(width) : nil
            let offset: Tensor
            if let shift { offset = shift } else { offset = try .zeros(width, on: inputs.device) }
            let rows = try Shape(Array(y.shape.dimensions.prefix(first)) + [normalized.count])
            var result = laid.withStored(
                try y.reshaped(rows).layerNorm(gain: gain, shift: offset, epsilon: epsilon).reshaped(y.shape))
            if !isPlain {
                let gain = try inputs.tensor(1)
                result = try GraphTensor.combined(result, gain, inputs) { p, q throws(SGCError) in try p * q }
            }
            if !isShiftPlain, let given {
                result = try GraphTensor.combined(result, given, inputs) { p, q throws(SGCError) in try p + q }
            }
            guard result.shape == x.shape else {
                throw SGCError(.format, "scale and bias do not broadcast to the shape \(x.shape)")
            }
            guard wantsStatistics else { return [.device(result)] }
            let axes = Array(first..<x.rank)
            let wide = x.withStored(try x.stored.cast(to: .float32))
            let mean = try wide.reduced(axes, keepsAxes: true) { p, places throws(SGCError) in
                try p.mean(places, keepsAxes: true)
            }
            let deviation = try wide.reduced(axes, keepsAxes: true) { p, places throws(SGCError) in
                let centred = try p - p.mean(places, keepsAxes: true)
                let variance = try centred.square().mean(places, keepsAxes: true)
                return try variance.scaled(by: 1, plus: epsilon).map(.reciprocalSquareRoot)
            }
            return [.device(result), .device(mean), .device(deviation)]
        }
    }
}

extension OperatorInputs {
    /// Input `index`: one float32 number for each of `count` channels.
    ///
    /// - Throws: `.format` for another shape.
    func channels(_ index: Int, _ count: Int) throws(SGCError) -> Tensor {
        let tensor = try tensor(index)
        guard tensor.shape == [count] else {
            throw SGCError(.format, "input \(index): expected the shape [\(count)], got \(tensor.shape)")
        }
        return try tensor.stored.cast(to: .float32)
    }
}

extension GraphTensor {
    /// x · scale + offset with numbers `[C]` for each channel (axis 1).
    func scaledChannels(
        _ scale: Tensor, _ offset: Tensor, _ inputs: OperatorInputs
    ) throws(SGCError) -> GraphTensor {
        let shape = try Shape([scale.count] + [Int](repeating: 1, count: rank - 2))
        let (a, b) = (try scale.cast(to: stored.dataType), try offset.cast(to: stored.dataType))
        let (factor, summand) = (GraphTensor(try a.reshaped(shape)), GraphTensor(try b.reshaped(shape)))
        let y = try GraphTensor.combined(self, factor, inputs) { p, q throws(SGCError) in try p * q }
        return try GraphTensor.combined(y, summand, inputs) { p, q throws(SGCError) in try p + q }
    }
}
