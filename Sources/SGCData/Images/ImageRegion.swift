package import SGCBase

/// A rectangle of pixels.
package struct ImageRegion: Sendable, Equatable {
    package let x: Int
    package let y: Int
    package let width: Int
    package let height: Int

    package init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// - Throws: `.argument` unless the region is not empty and inside `width` x `height`.
    func check(inside width: Int, _ height: Int) throws(SGCError) {
        guard self.width > 0, self.height > 0, x >= 0, y >= 0, self.width <= width, self.height <= height,
            x <= width - self.width, y <= height - self.height
        else {
            throw SGCError(
                .argument,
                "crop: expected a region inside \(width)x\(height), got \(self.width)x\(self.height) at (\(x), \(y))")
        }
    }
}

extension PixelImage {
    /// The pixels of `region`.
    ///
    /// - Throws: `.argument` when the region is empty or not inside the image.
    package func cropped(to region: ImageRegion) throws(SGCError) -> PixelImage {
        try region.check(inside: width, height)
        var cropped: [UInt8] = []
        cropped.reserveCapacity(region.width * region.height * 3)
        for y in region.y..<region.y + region.height {
            let start = (y * width + region.x) * 3
            cropped += pixels[start..<start + region.width * 3]
        }
        return try PixelImage(width: region.width, height: region.height, pixels: cropped)
    }

    /// The image mirrored left to right.
    package func flippedHorizontally() throws(SGCError) -> PixelImage {
        var flipped = pixels
        for y in 0..<height {
            var from = (y * width + width - 1) * 3
            for to in stride(from: y * width * 3, to: (y + 1) * width * 3, by: 3) {
                flipped[to] = pixels[from]
                flipped[to + 1] = pixels[from + 1]
                flipped[to + 2] = pixels[from + 2]
                from -= 3
            }
        }
        return try PixelImage(width: width, height: height, pixels: flipped)
    }
}

extension LabelMap {
    /// The ids of `region`.
    ///
    /// - Throws: `.argument` when the region is empty or not inside the map.
    package func cropped(to region: ImageRegion) throws(SGCError) -> LabelMap {
        try region.check(inside: width, height)
        var cropped: [UInt16] = []
        cropped.reserveCapacity(region.width * region.height)
        for y in region.y..<region.y + region.height {
            let start = y * width + region.x
            cropped += ids[start..<start + region.width]
        }
        return try LabelMap(width: region.width, height: region.height, ids: cropped)
    }

    /// The map mirrored left to right.
    package func flippedHorizontally() throws(SGCError) -> LabelMap {
        var flipped = ids
        for y in 0..<height {
            for x in 0..<width { flipped[y * width + x] = ids[y * width + width - 1 - x] }
        }
        return try LabelMap(width: width, height: height, ids: flipped)
    }
}
