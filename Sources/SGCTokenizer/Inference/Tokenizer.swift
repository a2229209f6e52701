package import SGCBase
import SGCNN
package import SGCTensor

/// What encoding one image gave; all arrays `[rows, columns]`, row-major.
package struct Encoding: Sendable {
    package let grid: TokenGrid
    /// Codes in 0..<K.
    package let tokens: [Int32]
    /// How much farther the second-best code was, in the model's own distance; at least 0.
    package let margins: [Float]
    /// The class that each code mostly stands for; -1 when the model knows none.
    package let classes: [Int32]
    /// The share of that class among the code's hits, 0...1.
    package let purities: [Float]
    /// The chosen entries `[rows, columns, d]`; empty unless asked for.
    package let latents: [Float]
}

/// What latents were quantized to; both arrays have one element for each.
package struct NearestTokens: Sendable {
    /// Codes in 0..<K.
    package let tokens: [Int32]
    /// How much farther the second-best code was, in the model's own distance; at least 0.
    package let margins: [Float]
}

extension NearestCodes {
    /// How much farther the second-best codes were; at least 0.
    fileprivate var margins: [Float] {
        zip(secondDistances.floats, distances.floats).map { max(0, $0 - $1) }
    }
}

/// A trained model: images to tokens and back. Immutable.
///
/// Images are computed one at a time, so that tokens cannot depend on the batch they came in; large ones in tiles, if
/// wanted.
package final class Tokenizer: @unchecked Sendable {
    // Proof for @unchecked: nothing changes after init; operations on shared weights only read them.
    package let configuration: TokenizerConfiguration
    /// What the codes stand for.
    package let semantics: CodeSemantics
    let model: TokenizerModel
    let precision: Precision
    /// Of the tiles of larger images, in tokens; 0 for none.
    private let tileSide: Int

    /// - Parameter tileSize: as ``EngineOptions/tileSize``.
    /// - Throws: `.argument` for tiles too small for their margins.
    init(
        _ model: TokenizerModel, configuration: TokenizerConfiguration, semantics: CodeSemantics, precision: Precision,
        tileSize: Int = 0
    ) throws(SGCError) {
        let factor = configuration.model.downsamplingFactor
        tileSide = tileSize / factor
        guard tileSize == 0 || tileSide >= Tiling.leastSide else {
            throw SGCError(
                .argument,
                "tile size: expected 0 or at least \(Tiling.leastSide * factor) pixels, got \(tileSize)")
        }
        self.model = model
        self.configuration = configuration
        self.semantics = semantics
        self.precision = precision
    }

    package var codebookSize: Int { configuration.quantizer.codebookSize }
    package var codeDimension: Int { configuration.quantizer.codeDimension }
    package var downsamplingFactor: Int { configuration.model.downsamplingFactor }
    package var device: Device { model.device }

    /// The tokens of an image: sides are rounded up to whole tokens.
    ///
    /// - Throws: `.argument` for a side below 1.
    package func tokenGrid(width: Int, height: Int) throws(SGCError) -> TokenGrid {
        guard width > 0, height > 0 else {
            throw SGCError(.argument, "token grid: expected sides of at least 1, got \(width)x\(height)")
        }
        return try TokenGrid(coveringWidth: width, height: height, factor: downsamplingFactor)
    }

    /// Encodes one image. Sides that f does not divide are padded by repeating the last column and row.
    package func encode(_ image: PixelSource, wantLatents: Bool = false) throws(SGCError) -> Encoding {
        let grid = try tokenGrid(width: image.width, height: image.height)
        let found = try nearest(image, grid)
        let tokens = found.tokens
        return Encoding(
            grid: grid, tokens: tokens, margins: found.margins,
            classes: tokens.map { semantics.majorityClass(of: Int($0)) },
            purities: tokens.map { semantics.purity(of: Int($0)) },
            latents: wantLatents ? try entries(of: tokens) : [])
    }

    private func nearest(_ image: PixelSource, _ grid: TokenGrid) throws(SGCError) -> NearestTokens {
        if let tiling = Tiling(grid, side: tileSide) { return try nearest(image, grid, tiling, precision.dataType) }
        let f = downsamplingFactor
        let pixels = try Tensor.pixels([image], height: grid.rows * f, width: grid.columns * f, on: device)
        return try nearest(model.latents(pixels, Context(precision: precision.dataType)))
    }

    /// The tokens of latents `[…, d]`.
    func nearest(_ z: Tensor) throws(SGCError) -> NearestTokens {
        let nearest = try model.quantizer.nearest(z.reshaped([z.shape.rows, codeDimension]), wantsAnchors: false)
        return NearestTokens(tokens: nearest.codes.indices, margins: nearest.margins)
    }

    private func entries(of tokens: [Int32]) throws(SGCError) -> [Float] {
        let codes = try Tensor(indices: tokens, shape: [tokens.count], on: device)
        return try model.quantizer.codebook.value.gathered(codes).floats
    }

    /// The nearest codes of latents `[count, d]` that may come from elsewhere: finite float32 numbers at any address, and
    /// float32 arithmetic whatever the precision.
    package func quantize(_ latents: UnsafeRawBufferPointer, count: Int) throws(SGCError) -> NearestTokens {
        let z = try Tensor(uninitialized: [count, codeDimension], on: device)
        unsafe z.withMutableBytes { bytes in unsafe bytes.copyMemory(from: latents) }
        return try nearest(z)
    }

    /// Decodes one grid of tokens into an image whose size the grid covers.
    ///
    /// - Throws: `.mismatch` when grid and image do not fit, `.range` for a token outside the codebook.
    package func decode(_ tokens: [Int32], grid: TokenGrid, into image: PixelDestination) throws(SGCError) {
        let expected = try tokenGrid(width: image.width, height: image.height)
        guard grid == expected, tokens.count == grid.count else {
            throw SGCError(
                .mismatch,
                "decode: an image of \(image.width)x\(image.height) has \(expected.rows)x\(expected.columns) tokens, "
                    + "got \(tokens.count) as \(grid.rows)x\(grid.columns)")
        }
        if let position = tokens.firstIndex(where: { $0 < 0 || Int($0) >= codebookSize }) {
            throw SGCError(
                .range,
                "decode: expected tokens in 0..<\(codebookSize), got \(tokens[position]) at position \(position)")
        }
        if let tiling = Tiling(grid, side: tileSide) {
            return try decode(tokens, columns: grid.columns, tiling, precision.dataType, into: image)
        }
        let codes = try Tensor(indices: tokens, shape: [1, grid.rows, grid.columns], on: device)
        let pixels = try model.pixels(codes: codes, Context(precision: precision.dataType))
        try pixels.write(to: image)
    }

    /// The entries `[K, d]`.
    package func codebook() -> [Float] { model.quantizer.codebook.value.floats }
}
