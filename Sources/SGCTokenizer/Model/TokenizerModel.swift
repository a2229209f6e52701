package import SGCBase
package import SGCNN
package import SGCTensor

/// Encoder, quantizer and decoder with the 1×1 convolutions between them: everything that a tokenizer consists of.
package final class TokenizerModel {
    package let configuration: ModelConfiguration
    package let store: ParameterStore
    package let quantizer: any Quantizer
    package let decoder: Decoder
    private let encoder: Encoder
    private let quantConv: Conv2d
    private let postQuantConv: Conv2d

    /// Weights are drawn from `random`, which is the source of nothing else; without it they are undefined
    /// until they are assigned.
    package init(
        _ configuration: ModelConfiguration, quantizer: QuantizerConfiguration, device: Device, random: RandomSource?
    ) throws(SGCError) {
        self.configuration = configuration
        store = ParameterStore(device: device, random: random)
        let root = store.root
        encoder = try Encoder(root.scope("encoder"), configuration)
        decoder = try Decoder(root.scope("decoder"), configuration)
        self.quantizer = try makeQuantizer(quantizer, scope: root.scope("quantize"))
        quantConv = try Conv2d(
            root.scope("quant_conv"), inputChannels: configuration.latentChannels,
            outputChannels: quantizer.codeDimension, kernelSize: 1)
        postQuantConv = try Conv2d(
            root.scope("post_quant_conv"), inputChannels: self.quantizer.decoderChannels,
            outputChannels: configuration.latentChannels, kernelSize: 1)
    }

    package var device: Device { store.device }
    package var parameters: [Parameter] { store.parameters }

    /// Pixels `[N, H, W, 3]` in −1...1 -> latents `[N, H/f, W/f, d]`, float32 whatever the precision.
    package func latents(_ pixels: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        try quantConv(encoder(pixels.cast(to: context.precision), context), context).cast(to: .float32)
    }

    /// What the quantizer hands to the decoder side, `[N, h, w, C]` -> pixels `[N, H, W, 3]`, float32, not clamped.
    package func pixels(_ features: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        try decoder(postQuantConv(features.cast(to: context.precision), context), context).cast(to: .float32)
    }

    /// Codes `[N, h, w]` (int32) -> pixels `[N, h·f, w·f, 3]`.
    ///
    /// - Throws: `.range` for a code outside the codebook.
    package func pixels(codes: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        try pixels(quantizer.aggregate(quantizer.codebook.value.gathered(codes), context), context)
    }
}
