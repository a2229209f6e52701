/// An image as hosts and files have it: 8-bit RGB, interleaved, row by row from the top left, tightly packed.
package struct PixelImage: Sendable, Equatable {
    package let width: Int
    package let height: Int
    /// `height * width * 3` bytes, `[H, W, C]`, non-linear sRGB in 0...255.
    package var pixels: [UInt8]

    /// - Throws: `.argument` when a side is not positive or `pixels` has not `height * width * 3` bytes.
    package init(width: Int, height: Int, pixels: [UInt8]) throws(SGCError) {
        guard width > 0, height > 0, width <= Self.largestSide, height <= Self.largestSide else {
            throw SGCError(
                .argument, "image: expected sides in 1...\(Self.largestSide), got \(width)x\(height)")
        }
        guard pixels.count == width * height * 3 else {
            throw SGCError(
                .argument, "image: expected \(width * height * 3) bytes for \(width)x\(height) RGB, got \(pixels.count)"
            )
        }
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// The longest side that any part of the library accepts, in pixels.
    package static let largestSide = 32_768
}

/// Class ids of an image's pixels.
package struct LabelMap: Sendable, Equatable {
    package let width: Int
    package let height: Int
    /// `height * width` class ids, `[H, W]`; ``ignore`` marks pixels without a class.
    package var ids: [UInt16]

    /// The id of a pixel that has no class.
    package static let ignore = UInt16.max

    /// - Throws: `.argument` when a side is not positive or `ids` has not `height * width` values.
    package init(width: Int, height: Int, ids: [UInt16]) throws(SGCError) {
        guard width > 0, height > 0, width <= PixelImage.largestSide, height <= PixelImage.largestSide else {
            throw SGCError(
                .argument, "label map: expected sides in 1...\(PixelImage.largestSide), got \(width)x\(height)")
        }
        guard ids.count == width * height else {
            throw SGCError(
                .argument, "label map: expected \(width * height) ids for \(width)x\(height), got \(ids.count)")
        }
        self.width = width
        self.height = height
        self.ids = ids
    }
}

/// A class of the world: its name and the colour in which pictures show it.
package struct SemanticClass: Sendable, Equatable {
    package let name: String
    /// Red, green, blue in 0...255.
    package let color: SIMD3<UInt8>

    package init(name: String, color: SIMD3<UInt8>) {
        self.name = name
        self.color = color
    }
}
