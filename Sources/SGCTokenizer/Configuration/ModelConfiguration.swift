package import SGCBase

/// The shape of encoder and decoder. Defaults are taming-transformers' VQGAN f16.
package struct ModelConfiguration: Sendable, Equatable {
    /// Width of the first level (taming `ch`).
    package var channels = 128
    /// Width of each level relative to ``channels``; one level less than there are multipliers halves the image.
    package var channelMultipliers = [1, 1, 2, 2, 4]
    /// Residual blocks per level of the encoder; the decoder has one more.
    package var residualBlocks = 2
    /// Nominal resolutions at which blocks are followed by attention.
    package var attentionResolutions = [16]
    /// The nominal image side, in pixels, that ``attentionResolutions`` refer to; real images may have any size.
    package var resolution = 256
    /// Channels between encoder and quantizer (taming `z_channels`).
    package var latentChannels = 256
    /// Groups of the group norms; divides every width.
    package var normGroups = 32
    /// Channels of the image.
    package let imageChannels = 3

    package init() {}

    /// f: how many pixels one token is wide and high.
    package var downsamplingFactor: Int { 1 << (channelMultipliers.count - 1) }

    /// Whether level `index` (0 is full resolution) has attention.
    func hasAttention(atLevel index: Int) -> Bool {
        attentionResolutions.contains(resolution >> index)
    }
}

extension ModelConfiguration: Configurable {
    package mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try fields.integer("channels", &channels, 1...4096)
        try fields.integers("channel_multipliers", &channelMultipliers, count: 1...8, 1...64)
        try fields.integer("residual_blocks", &residualBlocks, 1...16)
        try fields.integers("attention_resolutions", &attentionResolutions, count: 0...8, 1...65_536)
        try fields.integer("resolution", &resolution, 1...65_536)
        try fields.integer("latent_channels", &latentChannels, 1...4096)
        try fields.integer("norm_groups", &normGroups, 1...512)
        for multiplier in channelMultipliers where channels * multiplier % normGroups != 0 {
            throw SGCError(
                .argument,
                "model: expected widths that norm_groups divides, got \(channels)·\(multiplier) with \(normGroups) groups"
            )
        }
    }
}
