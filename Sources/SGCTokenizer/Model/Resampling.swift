import SGCBase
import SGCNN
import SGCTensor

/// Halves height and width: a 3×3 convolution of stride 2 over an image padded on the right and at the bottom only.
///
/// Padding on all sides would shift the features by half a pixel and break taming's weights.
struct Downsample {
    private let conv: Conv2d

    init(_ scope: ParameterScope, channels: Int) throws(SGCError) {
        var geometry = ConvolutionGeometry(stride: 2)
        (geometry.bottom, geometry.right) = (1, 1)
        conv = try Conv2d(
            scope.scope("conv"), inputChannels: channels, outputChannels: channels, kernelSize: 3, geometry: geometry)
    }

    func callAsFunction(_ x: Tensor, _ context: Context) throws(SGCError) -> Tensor { try conv(x, context) }
}

/// Doubles height and width: nearest neighbour, then a 3×3 convolution.
struct Upsample {
    private let conv: Conv2d

    init(_ scope: ParameterScope, channels: Int) throws(SGCError) {
        conv = try Conv2d(
            scope.scope("conv"), inputChannels: channels, outputChannels: channels, kernelSize: 3,
            geometry: ConvolutionGeometry(padding: 1))
    }

    func callAsFunction(_ x: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        try conv(x, isEnlarged: true, context)
    }
}

/// The middle of encoder and decoder: residual block, attention, residual block at the lowest resolution.
struct MiddleBlocks {
    private let block1: ResidualBlock, attention: AttentionBlock, block2: ResidualBlock

    init(_ scope: ParameterScope, channels: Int, groups: Int) throws(SGCError) {
        block1 = try ResidualBlock(
            scope.scope("block_1"), inputChannels: channels, outputChannels: channels, groups: groups)
        attention = try AttentionBlock(scope.scope("attn_1"), channels: channels, groups: groups)
        block2 = try ResidualBlock(
            scope.scope("block_2"), inputChannels: channels, outputChannels: channels, groups: groups)
    }

    func callAsFunction(_ x: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        try block2(attention(block1(x, context), context), context)
    }
}
