package import SGCBase
package import SGCNN
package import SGCTensor

/// VQGAN's decoder: latents `[N, h, w, latentChannels]` -> pixels `[N, h·f, w·f, 3]`, nominally in −1...1, not clamped.
///
/// Esser et al. 2021; structure and names as taming-transformers.
package struct Decoder {
    /// One resolution: residual blocks, each with its attention where configured, then the way up.
    private struct Level {
        var blocks: [ResidualBlock] = []
        var attentions: [AttentionBlock] = []
        var upsample: Upsample?
    }

    private let input: Conv2d
    private let middle: MiddleBlocks
    /// From the lowest resolution to the highest: the order of computation.
    private let levels: [Level]
    private let norm: GroupNorm
    private let output: Conv2d

    package init(_ scope: ParameterScope, _ configuration: ModelConfiguration) throws(SGCError) {
        let same = ConvolutionGeometry(padding: 1)
        let groups = configuration.normGroups
        let multipliers = configuration.channelMultipliers
        var channels = configuration.channels * (multipliers.last ?? 1)
        input = try Conv2d(
            scope.scope("conv_in"), inputChannels: configuration.latentChannels, outputChannels: channels,
            kernelSize: 3, geometry: same)
        middle = try MiddleBlocks(scope.scope("mid"), channels: channels, groups: groups)
        var levels: [Level] = []
        for (index, multiplier) in multipliers.enumerated().reversed() {
            let up = scope.scope("up").scope("\(index)")
            var level = Level()
            for block in 0...configuration.residualBlocks {
                let width = configuration.channels * multiplier
                level.blocks.append(
                    try ResidualBlock(
                        up.scope("block").scope("\(block)"), inputChannels: channels, outputChannels: width,
                        groups: groups))
                channels = width
                if configuration.hasAttention(atLevel: index) {
                    level.attentions.append(
                        try AttentionBlock(up.scope("attn").scope("\(block)"), channels: channels, groups: groups))
                }
            }
            if index > 0 { level.upsample = try Upsample(up.scope("upsample"), channels: channels) }
            levels.append(level)
        }
        self.levels = levels
        norm = try GroupNorm(scope.scope("norm_out"), channels: channels, groups: groups)
        output = try Conv2d(
            scope.scope("conv_out"), inputChannels: channels, outputChannels: configuration.imageChannels,
            kernelSize: 3, geometry: same)
    }

    /// The weight of the last convolution: where the adaptive weight of the GAN term compares gradients.
    package var lastWeight: Parameter { output.weight }

    package func callAsFunction(_ z: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        var h = try middle(input(z, context), context)
        for level in levels {
            for (index, block) in level.blocks.enumerated() {
                h = try block(h, context)
                if index < level.attentions.count { h = try level.attentions[index](h, context) }
            }
            if let upsample = level.upsample { h = try upsample(h, context) }
        }
        return try output(norm(h, context, silu: true), context)
    }
}
