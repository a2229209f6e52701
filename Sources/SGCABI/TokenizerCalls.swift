import CSGC
import SGCBase
import SGCTensor
import SGCTokenizer

/// What a tokenizer's handle stands for: the model, and the thread on which it computes.
final class TokenizerObject: HandleObject {
    static let kind = HandleKind.tokenizer
    let tokenizer: Tokenizer
    let worker = Worker.compute()

    init(_ tokenizer: Tokenizer) {
        self.tokenizer = tokenizer
    }

    /// Loads a model, on a thread that ends with the load.
    static func load(directory: String, options: EngineOptions) throws(SGCError) -> TokenizerObject {
        let tokenizer = try Worker().run { () throws(SGCError) in
            try Tokenizer.load(directory: directory, options: options)
        }
        Log.write(.info, "tokenizer loaded from \(directory)")
        return TokenizerObject(tokenizer)
    }

    /// The token grid of an image of that size.
    func grid(width: Int, height: Int) throws(SGCError) -> TokenGrid {
        try PixelLayout.check(width: width, height: height)
        return try tokenizer.tokenGrid(width: width, height: height)
    }

    /// Encodes one image on the worker's thread.
    func encode(_ image: PixelSource, wantLatents: Bool) throws(SGCError) -> Encoding {
        try worker.run { () throws(SGCError) in
            try tokenizer.encode(image, wantLatents: wantLatents)
        }
    }

    /// Decodes one grid of tokens, which are in range, into an image of a fitting size, on the worker's thread.
    func decode(_ tokens: [Int32], grid: TokenGrid, into image: PixelDestination) throws(SGCError) {
        try worker.run { () throws(SGCError) in
            try tokenizer.decode(tokens, grid: grid, into: image)
        }
    }

    /// The nearest codes of latents `[count, codeDimension]`, float32 at any address, on the worker's thread.
    func quantize(_ latents: UnsafeRawBufferPointer, count: Int) throws(SGCError) -> NearestTokens {
        try worker.run { () throws(SGCError) in
            try unsafe tokenizer.quantize(latents, count: count)
        }
    }

    /// The codebook, [codebookSize, codeDimension].
    func codebook() throws(SGCError) -> [Float] {
        try worker.run { () throws(SGCError) in tokenizer.codebook() }
    }
}
