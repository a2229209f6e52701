import SGCBase
import SGCNN
import SGCTensor

/// VQGAN's residual block: norm, SiLU, 3×3, norm, SiLU, 3×3, plus the input (through a 1×1 when the width changes).
///
/// Esser et al. 2021, as taming-transformers has it without time embedding and dropout. `[N, H, W, C]` -> `[N, H, W, O]`.
struct ResidualBlock {
    private let norm1: GroupNorm, norm2: GroupNorm
    private let conv1: Conv2d, conv2: Conv2d
    private let shortcut: Conv2d?
    private let parameters: [Parameter]

    init(_ scope: ParameterScope, inputChannels: Int, outputChannels: Int, groups: Int) throws(SGCError) {
        let first = scope.store.parameters.count
        let same = ConvolutionGeometry(padding: 1)
        norm1 = try GroupNorm(scope.scope("norm1"), channels: inputChannels, groups: groups)
        conv1 = try Conv2d(
            scope.scope("conv1"), inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: 3,
            geometry: same)
        norm2 = try GroupNorm(scope.scope("norm2"), channels: outputChannels, groups: groups)
        conv2 = try Conv2d(
            scope.scope("conv2"), inputChannels: outputChannels, outputChannels: outputChannels, kernelSize: 3,
            geometry: same)
        shortcut =
            inputChannels == outputChannels
            ? nil
            : try Conv2d(
                scope.scope("nin_shortcut"), inputChannels: inputChannels, outputChannels: outputChannels,
                kernelSize: 1)
        parameters = Array(scope.store.parameters[first...])
    }

    func callAsFunction(_ x: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        try context.checkpoint(x, parameters: parameters) { (x, context) throws(SGCError) in
            let h = try norm1(x, into: conv1, context)
            guard let shortcut else { return try norm2(h, into: conv2, adding: x, context) }
            return try shortcut(x, adding: norm2(h, into: conv2, context), context)
        }
    }
}
