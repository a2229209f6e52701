package import SGCBase

/// An image as the metrics read it: real values, interleaved, row by row from the top left.
package struct MeasuredImage: Sendable, Equatable {
    package let width: Int
    package let height: Int
    package let channels: Int
    /// `[H, W, C]`, nominally in 0...1.
    ///
    /// Values outside are measured as they are: clamp what a decoder returns first.
    package let values: [Float]

    /// - Throws: `.argument` when a side is outside `1...PixelImage.largestSide`, `channels` is not in 1...4 or `values`
    ///   has not `height * width * channels` elements, `.numeric` for a value that is not finite.
    package init(width: Int, height: Int, channels: Int, values: [Float]) throws(SGCError) {
        let sides = 1...PixelImage.largestSide
        guard sides.contains(width), sides.contains(height), (1...4).contains(channels) else {
            throw SGCError(
                .argument,
                "measured image: expected sides in 1...\(PixelImage.largestSide) and 1...4 channels, "
                    + "got \(width)x\(height) and \(channels)")
        }
        guard values.count == width * height * channels else {
            throw SGCError(
                .argument,
                "measured image: expected \(width * height * channels) values for \(width)x\(height)x\(channels), "
                    + "got \(values.count)")
        }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw SGCError(.numeric, "measured image: expected finite values, got \(values[index]) at \(index)")
        }
        self.width = width
        self.height = height
        self.channels = channels
        self.values = values
    }

    /// The same pixels with 0...255 mapped to 0...1.
    package init(_ image: PixelImage) {
        width = image.width
        height = image.height
        channels = 3
        values = image.pixels.map { Float($0) / 255 }
    }

    /// - Throws: `.mismatch` when the other image has other sides or another number of channels.
    func requireSameShape(as other: MeasuredImage, _ operation: String) throws(SGCError) {
        guard width == other.width, height == other.height, channels == other.channels else {
            throw SGCError(
                .mismatch,
                "\(operation): expected two images of one shape, got \(width)x\(height)x\(channels) and "
                    + "\(other.width)x\(other.height)x\(other.channels)")
        }
    }
}
