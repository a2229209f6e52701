import SGCBase
import SGCNN
import SGCTensor

/// Makes tokens tell what a teacher sees in their places: 1 − cos between a learned linear projection of the quantized
/// latents and the teacher's features (VQ-KD, BEiT v2, Eq. 2, with one linear layer in place of its decoder).
///
/// Of the quantized latents, and not of those before, because the tokens are what is to carry the meaning: the projection
/// sees what a reader of tokens will see, and the encoder learns through the straight-through gradient, as it does from
/// the reconstruction. The projection is trained with the model and is no part of it.
final class FeatureDistillation {
    let store: ParameterStore
    let optimizer: Adam
    /// C of the teacher's features.
    let channels: Int
    /// `nil` after resuming, until the teacher is given again.
    var teacher: Teacher?
    private let projection: Linear

    /// Keeps the length of zero vectors, and the gradient of their root, finite.
    private static let epsilon = 1e-12

    /// - Parameter inputs: channels of what the quantizer hands to the decoder.
    init(
        inputs: Int, channels: Int, teacher: Teacher?, adam: AdamConfiguration, device: Device, random: RandomSource
    ) throws(SGCError) {
        self.channels = channels
        self.teacher = teacher
        store = ParameterStore(device: device, random: random)
        projection = try Linear(store.root.scope("projection"), inputs: inputs, outputs: channels)
        optimizer = try Adam(store.parameters, configuration: adam)
    }

    /// The loss, and the share of the images for which the teacher had no answer; those do not count.
    ///
    /// - Parameters:
    ///   - x: the images, `[N, H, W, 3]` in −1...1.
    ///   - features: what the quantizer hands to the decoder, `[N, h, w, C']`.
    /// - Returns: a scalar, `nil` when the teacher had an answer for none.
    func callAsFunction(
        _ x: Tensor, features: Tensor, _ context: Context
    ) throws(SGCError) -> (loss: Tensor?, failed: Double) {
        guard let teacher else { throw SGCError(.state, "distillation: the teacher is missing") }
        let (images, rows, columns) = (features.shape[0], features.shape[1], features.shape[2])
        let target = try teacher.features(x, rows: rows, columns: columns)
        guard target.values.shape.last == channels else {
            throw SGCError(
                .mismatch, "teacher: expected features of \(channels) channels, got \(target.values.shape.last)")
        }
        let good = target.isFinite.filter { $0 }.count
        let failed = 1 - Double(good) / Double(max(1, images))
        guard good > 0 else { return (nil, failed) }
        let goal = try target.values / length(target.values)
        let predicted = try projection(features.cast(to: .float32), context)
        let cosine = try (predicted * goal).sum([3]) / length(predicted).reshaped([images, rows, columns])
        let counts = try Tensor(target.isFinite.map { $0 ? 1 : 0 }, shape: [images, 1, 1], on: x.device)
        let mean = try (cosine * counts).sum() * (1 / Double(good * rows * columns))
        return (try mean.scaled(by: -1, plus: 1), failed)
    }

    /// The lengths of vectors `[…, C]`: `[…, 1]`.
    private func length(_ vectors: Tensor) throws(SGCError) -> Tensor {
        try vectors.square().sum([vectors.rank - 1], keepsAxes: true).scaled(by: 1, plus: Self.epsilon).squareRoot()
    }
}
