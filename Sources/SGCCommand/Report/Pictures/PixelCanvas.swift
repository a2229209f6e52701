import SGCBase

/// A picture that is being drawn.
struct PixelCanvas {
    let width: Int
    let height: Int
    private var pixels: [UInt8]

    /// - Throws: `.limit` when a side is not in `1...PixelImage.largestSide`.
    init(width: Int, height: Int, color: SIMD3<UInt8>) throws(SGCError) {
        let sides = 1...PixelImage.largestSide
        guard sides.contains(width), sides.contains(height) else {
            throw SGCError(
                .limit, "picture: expected sides in 1...\(PixelImage.largestSide), got \(width)x\(height)")
        }
        self.width = width
        self.height = height
        pixels = []
        pixels.reserveCapacity(width * height * 3)
        for _ in 0..<width * height { pixels.append(contentsOf: [color.x, color.y, color.z]) }
    }

    /// Fills the part of a rectangle that lies inside.
    mutating func fill(x: Int, y: Int, width: Int, height: Int, color: SIMD3<UInt8>) {
        let columns = max(0, x)..<max(0, x, min(self.width, x + width))
        for row in max(0, y)..<max(0, y, min(self.height, y + height)) {
            for column in columns {
                let start = (row * self.width + column) * 3
                for channel in 0..<3 { pixels[start + channel] = color[channel] }
            }
        }
    }

    /// Copies an image, each of its pixels as a square of `scale` pixels; what does not fit is left out.
    mutating func draw(_ image: PixelImage, x: Int, y: Int, scale: Int = 1) {
        for row in 0..<image.height {
            for column in 0..<image.width {
                let start = (row * image.width + column) * 3
                let color = SIMD3(image.pixels[start], image.pixels[start + 1], image.pixels[start + 2])
                fill(x: x + column * scale, y: y + row * scale, width: scale, height: scale, color: color)
            }
        }
    }

    var image: PixelImage {
        get throws(SGCError) { try PixelImage(width: width, height: height, pixels: pixels) }
    }
}
