import SGCBase
import SGCData
import SGCTokenizer

extension Batch {
    /// Runs `body` with the images and label maps of the batch as a trainer takes them; labels are nil when an example has
    /// none.
    ///
    /// - Throws: `.mismatch` when sizes differ, and what `body` throws.
    func withSources<Result>(
        _ body: ([PixelSource], [LabelSource]?) throws(SGCError) -> Result
    ) throws(SGCError) -> Result {
        guard let first = samples.first?.image else {
            throw SGCError(.argument, "batch: expected at least one example, got none")
        }
        for sample in samples where sample.image.width != first.width || sample.image.height != first.height {
            throw SGCError(
                .mismatch,
                "\(sample.name): expected \(first.width)x\(first.height) like the rest of its batch, "
                    + "got \(sample.image.width)x\(sample.image.height)")
        }
        let area = first.width * first.height
        var pixels: [UInt8] = []
        pixels.reserveCapacity(samples.count * area * 3)
        for sample in samples { pixels += sample.image.pixels }
        let maps = samples.compactMap(\.labels)
        let hasLabels = maps.count == samples.count
        var ids: [UInt16] = []
        if hasLabels { for map in maps { ids += map.ids } }
        let count = samples.count
        // Both arrays live, unchanged, until `body` returns; every offset below is inside them.
        return try unsafe pixels.withUnsafeBufferPointer { (pixels) throws(SGCError) -> Result in
            try unsafe ids.withUnsafeBufferPointer { (ids) throws(SGCError) -> Result in
                guard let pixelBase = pixels.baseAddress else {
                    throw SGCError(.internalError, "batch: no pixels")
                }
                let layout = try PixelLayout(width: first.width, height: first.height, format: .rgb8)
                var images: [PixelSource] = []
                var labels: [LabelSource] = []
                for index in 0..<count {
                    images.append(try unsafe PixelSource(base: pixelBase + index * area * 3, layout: layout))
                    guard hasLabels, let idBase = ids.baseAddress else { continue }
                    labels.append(
                        try unsafe LabelSource(
                            base: idBase + index * area, width: first.width, height: first.height, format: .uint16,
                            ignore: LabelMap.ignore))
                }
                return try body(images, hasLabels ? labels : nil)
            }
        }
    }
}

extension Tokenizer {
    /// Encodes an image.
    func encode(_ image: PixelImage) throws(SGCError) -> Encoding {
        let layout = try PixelLayout(width: image.width, height: image.height, format: .rgb8)
        return try unsafe image.pixels.withUnsafeBufferPointer { (pixels) throws(SGCError) -> Encoding in
            guard let base = pixels.baseAddress else { throw SGCError(.internalError, "encode: no pixels") }
            // The pixels live until the call returns.
            return try encode(try unsafe PixelSource(base: base, layout: layout))
        }
    }

    /// Decodes a grid of tokens into an image of `width` x `height` pixels, which the grid covers.
    func decode(_ tokens: [Int32], grid: TokenGrid, width: Int, height: Int) throws(SGCError) -> PixelImage {
        let layout = try PixelLayout(width: width, height: height, format: .rgb8)
        var pixels = [UInt8](repeating: 0, count: layout.extent)
        try unsafe pixels.withUnsafeMutableBufferPointer { (pixels) throws(SGCError) in
            guard let base = pixels.baseAddress else { throw SGCError(.internalError, "decode: no pixels") }
            // The pixels live, and belong to this call alone, until it returns.
            try decode(tokens, grid: grid, into: try unsafe PixelDestination(base: base, layout: layout))
        }
        return try PixelImage(width: width, height: height, pixels: pixels)
    }
}
