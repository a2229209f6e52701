import CPNG
package import SGCBase

/// Images and label maps as PNG.
package enum PNGEncoder {
    /// An 8-bit RGB PNG.
    ///
    /// - Throws: `.outOfMemory`.
    package static func encode(_ image: PixelImage) throws(SGCError) -> [UInt8] {
        try encode(
            image.pixels, palette: [],
            header: header(width: image.width, height: image.height, bitDepth: 8, colorType: CPNG_RGB))
    }

    /// An 8-bit palette PNG: the index is the class id and the color is the class's; ``LabelMap/ignore`` is index 255,
    /// black.
    ///
    /// - Throws: `.limit` for more than 255 classes, `.range` for an id without a class, `.outOfMemory`.
    package static func encode(_ labels: LabelMap, classes: [SemanticClass]) throws(SGCError) -> [UInt8] {
        guard classes.count <= 255 else {
            throw SGCError(.limit, "palette PNG: expected at most 255 classes, got \(classes.count)")
        }
        var indices = [UInt8](repeating: 255, count: labels.ids.count)
        var colors = classes.flatMap { [$0.color.x, $0.color.y, $0.color.z] }
        for (i, id) in labels.ids.enumerated() where id != LabelMap.ignore {
            guard Int(id) < classes.count else {
                throw SGCError(.range, "palette PNG: expected class ids below \(classes.count), got \(id)")
            }
            indices[i] = UInt8(id)
        }
        if classes.isEmpty || labels.ids.contains(LabelMap.ignore) {
            colors += [UInt8](repeating: 0, count: 3 * 256 - colors.count)
        }
        return try encode(
            indices, palette: colors,
            header: header(width: labels.width, height: labels.height, bitDepth: 8, colorType: CPNG_PALETTE))
    }

    /// A 16-bit grey PNG that holds the ids as they are.
    ///
    /// - Throws: `.outOfMemory`.
    package static func encode(_ labels: LabelMap) throws(SGCError) -> [UInt8] {
        // CPNG takes native 16-bit numbers.
        let samples = unsafe labels.ids.withUnsafeBytes { unsafe Array($0) }
        return try encode(
            samples, palette: [],
            header: header(width: labels.width, height: labels.height, bitDepth: 16, colorType: CPNG_GREY))
    }

    private static func header(width: Int, height: Int, bitDepth: UInt8, colorType: Int) -> cpng_header {
        // Sides are in 1...PixelImage.largestSide.
        cpng_header(
            width: UInt32(width), height: UInt32(height), bit_depth: bitDepth, color_type: UInt8(colorType),
            palette_count: 0)
    }

    private static func encode(
        _ samples: [UInt8], palette: [UInt8], header: cpng_header
    ) throws(SGCError) -> [UInt8] {
        var header = header
        header.palette_count = UInt16(palette.count / 3)
        var encoded: UnsafeMutablePointer<UInt8>? = nil
        var count = 0
        try unsafe PNGDecoder.call("encode") { message, capacity in
            // CPNG reads height * width * channels samples, which is what the callers above pass.
            unsafe samples.withUnsafeBufferPointer { pixels in
                unsafe palette.withUnsafeBufferPointer { colors in
                    unsafe cpng_write(
                        &header, pixels.baseAddress, colors.baseAddress, &encoded, &count, message, capacity)
                }
            }
        }
        defer { unsafe cpng_free(encoded) }
        return unsafe Array(UnsafeBufferPointer(start: encoded, count: count))
    }
}
