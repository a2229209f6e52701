import CSGC
import SGCBase
import SGCTokenizer

/// One `sgc_quantize`: checks everything, then finds the codes of a part of the latents after another, so that memory
/// stays bounded and the call can be cancelled.
@safe
struct QuantizeCall {
    private let object: TokenizerObject
    private let latents: UnsafePointer<Float>?
    private let count: Int
    private let cancellation: Cancellation

    init(
        _ object: TokenizerObject, latents: UnsafePointer<Float>?, latentCount: Int, cancellation: Cancellation
    ) {
        self.object = object
        unsafe self.latents = latents
        count = latentCount
        self.cancellation = cancellation
    }

    /// Does the call.
    func run(tokens: UnsafeMutablePointer<Int32>?, margins: UnsafeMutablePointer<Float>?) throws(SGCError) {
        guard count != 0 else { return }
        let tokens = try unsafe require(tokens, "out_tokens")
        let latents = try unsafe require(latents, "latents")
        let dimension = object.tokenizer.codeDimension
        let bytes = try product(count, dimension, 4, of: "latent_count")
        let memory = try unsafe MemoryRange(latents, count: bytes, elementBytes: 1, "latents")
        let outputs = [
            try unsafe MemoryRange(tokens, count: count, elementBytes: 4, "out_tokens"),
            try unsafe MemoryRange(margins, count: count, elementBytes: 4, "out_margins"),
        ]
        try outputs[0].mustNotOverlap(outputs[1])
        for output in outputs {
            try output.mustNotOverlap(memory)
        }
        let all = unsafe UnsafeRawBufferPointer(start: latents, count: bytes)
        try unsafe checkValues(all, dimension)
        let step = max(Self.fewestLatents, Self.partMultiplications / (object.tokenizer.codebookSize * dimension))
        for begin in stride(from: 0, to: count, by: step) {
            try cancellation.check()
            let part = min(step, count - begin)
            let bytes = unsafe UnsafeRawBufferPointer(
                rebasing: all[begin * dimension * 4..<(begin + part) * dimension * 4])
            let result = try unsafe object.quantize(bytes, count: part)
            try unsafe fillPart(tokens + begin, part: 0, part, from: result.tokens, otherwise: -1)
            try unsafe fillPart(margins.map { unsafe $0 + begin }, part: 0, part, from: result.margins, otherwise: 0)
        }
    }

    /// Multiplications of a part: some 50 ms of one processor, after which somebody may cancel.
    private static let partMultiplications = 1 << 31
    /// Fewer would not be worth the packing of the codebook.
    private static let fewestLatents = 256

    /// - Throws: `.numeric` with the place of the first value that is not finite.
    private func checkValues(_ bytes: UnsafeRawBufferPointer, _ dimension: Int) throws(SGCError) {
        for offset in stride(from: 0, to: bytes.count, by: 4) {
            if offset % (1 << 24) == 0 { try cancellation.check() }
            let value = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: Float.self)
            guard value.isFinite else {
                let (latent, place) = (offset / 4).quotientAndRemainder(dividingBy: dimension)
                throw SGCError(
                    .numeric, "latents: expected finite numbers, got \(value) in latent \(latent) at \(place)")
            }
        }
    }
}
