import CSGC
import SGCBase
import SGCTokenizer

/// One `sgc_decode`: checks everything, then decodes grid after grid into the host's images.
@safe
struct DecodeCall {
    private let object: TokenizerObject
    private let tokens: UnsafePointer<Int32>?
    private let tokenCount: Int
    private let grid: TokenGrid
    private let cancellation: Cancellation

    init(
        _ object: TokenizerObject, tokens: UnsafePointer<Int32>?, tokenCount: Int, grid: TokenGrid,
        cancellation: Cancellation
    ) {
        self.object = object
        unsafe self.tokens = tokens
        self.tokenCount = tokenCount
        self.grid = grid
        self.cancellation = cancellation
    }

    /// Does the call.
    func run(_ images: UnsafePointer<sgc_mutable_image>?, imageCount: Int) throws(SGCError) {
        let expected = try product(imageCount, grid.rows, grid.columns, of: "image_count")
        guard tokenCount == expected else {
            throw SGCError(
                .argument,
                "token_count: expected \(expected) for \(imageCount) grids of \(grid.rows)x\(grid.columns), got \(tokenCount)"
            )
        }
        guard imageCount != 0 else { return }
        let images = try unsafe require(images, "out_images")
        let tokens = try unsafe require(tokens, "tokens")
        let memory = try unsafe MemoryRange(tokens, count: tokenCount, elementBytes: 4, "tokens")
        let destinations = try unsafe destinations(images, imageCount, apartFrom: memory)
        try unsafe checkTokens(tokens)
        let perImage = grid.rows * grid.columns
        for (index, destination) in destinations.enumerated() {
            try cancellation.check()
            let part = (0..<perImage).map { unsafe load(tokens, index * perImage + $0) }
            try located(index) { () throws(SGCError) in
                try object.decode(part, grid: grid, into: destination)
            }
        }
    }

    private func destinations(
        _ images: UnsafePointer<sgc_mutable_image>, _ count: Int, apartFrom tokens: MemoryRange
    ) throws(SGCError) -> [PixelDestination] {
        var destinations: [PixelDestination] = []
        for index in 0..<count {
            let destination = try located(index) { () throws(SGCError) in
                let image = try unsafe ImageArgument(element(index, of: images, "struct_size")).destination()
                let needed = try object.grid(width: image.width, height: image.height)
                guard needed.rows == grid.rows, needed.columns == grid.columns else {
                    throw SGCError(
                        .mismatch,
                        "expected a grid of \(needed.rows)x\(needed.columns) tokens for "
                            + "\(image.width)x\(image.height) pixels, got \(grid.rows)x\(grid.columns)")
                }
                try tokens.mustNotOverlap(image.memory)
                if let first = destinations.first, first.width != image.width || first.height != image.height {
                    throw SGCError(
                        .mismatch,
                        "expected \(first.width)x\(first.height) like image 0, got \(image.width)x\(image.height)")
                }
                return image
            }
            destinations.append(destination)
        }
        return destinations
    }

    private func checkTokens(_ tokens: UnsafePointer<Int32>) throws(SGCError) {
        let size = object.tokenizer.codebookSize
        for i in 0..<tokenCount {
            let token = unsafe load(tokens, i)
            guard token >= 0, Int(token) < size else {
                let (image, place) = i.quotientAndRemainder(dividingBy: grid.rows * grid.columns)
                throw SGCError(
                    .range,
                    "image \(image): expected tokens in 0...\(size - 1), got \(token) "
                        + "at row \(place / grid.columns), column \(place % grid.columns)")
            }
        }
    }

    private func load(_ tokens: UnsafePointer<Int32>, _ index: Int) -> Int32 {
        unsafe UnsafeRawPointer(tokens).loadUnaligned(fromByteOffset: index * 4, as: Int32.self)
    }
}
