package import SGCBase
import SGCNN
import SGCTensor

/// Makes a model give the tokens of another tokenizer, mostly of a larger one that is too slow for its place.
///
/// The codebook is the teacher's and stays as it is, so that codes mean what they mean to the teacher and either decoder
/// takes either's tokens. The encoder learns to put its latents where the teacher's are, as the quantizer compares them with
/// codes; the decoder learns from the reconstruction, as ever. None of the papers has this.
struct LatentDistillation {
    let teacher: Tokenizer
    /// Tells tokenizers apart, and the same one in another precision.
    let fingerprint: String
    /// The mean squared distance of the teacher's codes from their mean: what distances of latents are measured by.
    private let variance: Double

    init(_ teacher: Tokenizer) throws(SGCError) {
        self.teacher = teacher
        var hash = SHA256()
        hash.update(Array(teacher.precision.rawValue.utf8))
        for parameter in teacher.model.parameters where parameter.isExported { parameter.value.digest(into: &hash) }
        fingerprint = hash.hexDigest()
        let codes = teacher.model.quantizer.codebook.value
        variance = try (codes - codes.mean([0], keepsAxes: true)).square().mean().item
    }

    /// What the teacher makes of a batch.
    struct Target {
        /// As the quantizer compares them with codes, `[T, d]`.
        let latents: Tensor
        let tokens: [Int32]
    }

    /// - Parameter x: the images, `[N, H, W, 3]` in −1...1.
    func target(_ x: Tensor) throws(SGCError) -> Target {
        let z = try teacher.model.latents(x, Context(precision: teacher.precision.dataType))
        let rows = try z.reshaped([z.shape.rows, z.shape.last])
        return Target(
            latents: try teacher.model.quantizer.conditioned(rows),
            tokens: try teacher.model.quantizer.nearest(rows, wantsAnchors: false).codes.indices)
    }

    /// The mean squared distance from the target, relative to the variance of the codes: about 1 for an encoder that gives
    /// one latent for all.
    ///
    /// - Parameter z: a model's latents as the quantizer compares them, `[T, d]`.
    /// - Returns: a scalar.
    func loss(_ z: Tensor, _ target: Target) throws(SGCError) -> Tensor {
        try z.meanSquaredError(target.latents) * (variance > 0 ? 1 / variance : 1)
    }
}

extension Trainer {
    /// Lets the training imitate `tokenizer` from now on: its codebook becomes this model's and is kept, and the quantizer's
    /// own losses and rules rest.
    ///
    /// - Throws: `.mismatch` for a tokenizer of other tokens (a quantizer with other settings, another downsampling factor),
    ///   and for another one than a resumed training had; `.state` for a training that has begun with codes of its own.
    package func imitate(_ tokenizer: Tokenizer) throws(SGCError) {
        let (mine, its) = (configuration.tokenizer, tokenizer.configuration)
        if let key = try mine.quantizer.json().firstDifference(from: its.quantizer.json()) {
            throw SGCError(
                .mismatch, "teacher: expected a tokenizer with this training's quantizer, got one with another \(key)")
        }
        guard downsamplingFactor == tokenizer.downsamplingFactor else {
            throw SGCError(
                .mismatch,
                "teacher: expected a tokenizer of \(downsamplingFactor) pixels a token, got \(tokenizer.downsamplingFactor)"
            )
        }
        let distillation = try LatentDistillation(tokenizer)
        if let fingerprint = teachers.expectedTokenizer ?? teachers.latents?.fingerprint {
            guard fingerprint == distillation.fingerprint else {
                throw SGCError(.mismatch, "teacher: expected the tokenizer that the training had before, got another")
            }
        } else {
            guard step == 0 else {
                throw SGCError(
                    .state, "teacher: a training that has begun has codes of its own; set a tokenizer before")
            }
            let codebook = model.quantizer.codebook
            try codebook.assign(tokenizer.model.quantizer.codebook.value.copied(to: device))
            try averages.first { $0.name == codebook.name }?.assign(codebook.value)
        }
        teachers.latents = distillation
        teachers.expectedTokenizer = nil
    }
}
