package import SGCBase
package import SGCNN
package import SGCTensor

/// VQGAN's encoder: pixels `[N, H, W, 3]` in −1...1 -> latents `[N, H/f, W/f, latentChannels]`.
///
/// Esser et al. 2021; structure and names as taming-transformers. H and W are multiples of f.
package struct Encoder {
    /// One resolution: residual blocks, each with its attention where configured, then the way down.
    private struct Level {
        var blocks: [ResidualBlock] = []
        var attentions: [AttentionBlock] = []
        var downsample: Downsample?
    }

    private let input: Conv2d
    private let levels: [Level]
    private let middle: MiddleBlocks
    private let norm: GroupNorm
    private let output: Conv2d

    package init(_ scope: ParameterScope, _ configuration: ModelConfiguration) throws(SGCError) {
        let same = ConvolutionGeometry(padding: 1)
        let groups = configuration.normGroups
        var channels = configuration.channels
        input = try Conv2d(
            scope.scope("conv_in"), inputChannels: configuration.imageChannels, outputChannels: channels,
            kernelSize: 3, geometry: same)
        var levels: [Level] = []
        for (index, multiplier) in configuration.channelMultipliers.enumerated() {
            let down = scope.scope("down").scope("\(index)")
            var level = Level()
            for block in 0..<configuration.residualBlocks {
                let width = configuration.channels * multiplier
                level.blocks.append(
                    try ResidualBlock(
                        down.scope("block").scope("\(block)"), inputChannels: channels, outputChannels: width,
                        groups: groups))
                channels = width
                if configuration.hasAttention(atLevel: index) {
                    level.attentions.append(
                        try AttentionBlock(down.scope("attn").scope("\(block)"), channels: channels, groups: groups))
                }
            }
            if index < configuration.channelMultipliers.count - 1 {
                level.downsample = try Downsample(down.scope("downsample"), channels: channels)
            }
            levels.append(level)
        }
        self.levels = levels
        middle = try MiddleBlocks(scope.scope("mid"), channels: channels, groups: groups)
        norm = try GroupNorm(scope.scope("norm_out"), channels: channels, groups: groups)
        output = try Conv2d(
            scope.scope("conv_out"), inputChannels: channels, outputChannels: configuration.latentChannels,
            kernelSize: 3, geometry: same)
    }

    package func callAsFunction(_ x: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        var h = try input(x, context)
        for level in levels {
            for (index, block) in level.blocks.enumerated() {
                h = try block(h, context)
                if index < level.attentions.count { h = try level.attentions[index](h, context) }
            }
            if let downsample = level.downsample { h = try downsample(h, context) }
        }
        return try output(norm(middle(h, context), context, silu: true), context)
    }
}
