package import SGCBase
package import SGCNN
package import SGCTensor

/// PatchGAN: pixels `[N, H, W, 3]` -> one logit per patch `[N, h, w, 1]`, positive for real.
///
/// Isola et al. 2017 as taming-transformers has it: 4×4 convolutions of stride 2, batch normalization, leaky ReLU 0.2.
/// Always float32: it is small, and its losses decide signs.
package struct Discriminator {
    private let convolutions: [Conv2d]
    /// One less than the convolutions: none on the first and none on the last.
    private let norms: [BatchNorm]

    /// - Parameters:
    ///   - channels: width of the first layer (taming: 64).
    ///   - layers: strided layers (taming: 3).
    package init(
        _ scope: ParameterScope, imageChannels: Int = 3, channels: Int = 64, layers: Int = 3
    ) throws(SGCError) {
        let main = scope.scope("main")
        let weight = ParameterScope.Initializer.normal(mean: 0, deviation: 0.02)
        var convolutions = [
            try Conv2d(
                main.scope("0"), inputChannels: imageChannels, outputChannels: channels, kernelSize: 4,
                geometry: ConvolutionGeometry(stride: 2, padding: 1), initializer: weight)
        ]
        var norms: [BatchNorm] = []
        var width = channels
        // Numbered as in taming's sequential module: conv, norm and activation take three places.
        var place = 2
        for layer in 1...max(1, layers) {
            let next = channels * min(1 << layer, 8)
            convolutions.append(
                try Conv2d(
                    main.scope("\(place)"), inputChannels: width, outputChannels: next, kernelSize: 4,
                    geometry: ConvolutionGeometry(stride: layer < layers ? 2 : 1, padding: 1), hasBias: false,
                    initializer: weight))
            norms.append(
                try BatchNorm(
                    main.scope("\(place + 1)"), channels: next, initializer: .normal(mean: 1, deviation: 0.02)))
            width = next
            place += 3
        }
        convolutions.append(
            try Conv2d(
                main.scope("\(place)"), inputChannels: width, outputChannels: 1, kernelSize: 4,
                geometry: ConvolutionGeometry(padding: 1), initializer: weight))
        self.convolutions = convolutions
        self.norms = norms
    }

    /// - Throws: `.argument` when the image is too small for the layers.
    package func callAsFunction(_ x: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        var h = try x.cast(to: .float32)
        for (index, convolution) in convolutions.enumerated() {
            h = try convolution(h, context)
            if index == convolutions.count - 1 { break }
            if index > 0 { h = try norms[index - 1](h, context) }
            h = try h.leakyReLU(slope: 0.2)
        }
        return h
    }
}
