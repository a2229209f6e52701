import SGCBase
import SGCNN
import SGCTensor

/// VQGAN's attention block: one head over all positions of the image, added to the input. `[N, H, W, C]`.
struct AttentionBlock {
    private let norm: GroupNorm
    private let q: Conv2d, k: Conv2d, v: Conv2d, output: Conv2d
    private let channels: Int
    private let parameters: [Parameter]

    init(_ scope: ParameterScope, channels: Int, groups: Int) throws(SGCError) {
        let first = scope.store.parameters.count
        func projection(_ name: String) throws(SGCError) -> Conv2d {
            try Conv2d(scope.scope(name), inputChannels: channels, outputChannels: channels, kernelSize: 1)
        }
        norm = try GroupNorm(scope.scope("norm"), channels: channels, groups: groups)
        q = try projection("q")
        k = try projection("k")
        v = try projection("v")
        output = try projection("proj_out")
        self.channels = channels
        parameters = Array(scope.store.parameters[first...])
    }

    func callAsFunction(_ x: Tensor, _ context: Context) throws(SGCError) -> Tensor {
        try context.checkpoint(x, parameters: parameters) { (x, context) throws(SGCError) in
            let h = try norm(x, context)
            let positions: Shape = [x.shape[0], x.shape[1] * x.shape[2], channels]
            let y = try Tensor.attention(
                q(h, context).reshaped(positions), k(h, context).reshaped(positions),
                v(h, context).reshaped(positions), scale: 1 / Double(channels).squareRoot())
            return try output(y.reshaped(x.shape), adding: x, context)
        }
    }
}
