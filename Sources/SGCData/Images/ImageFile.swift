package import SGCBase

/// Images and label maps from files and from bytes that came as files.
///
/// Pixels are taken as stored, as non-linear sRGB: color profiles, gamma and EXIF (its orientation, too) are ignored, and
/// alpha is dropped, not composited, as Pillow's `convert("RGB")` does.
package enum ImageFile {
    /// Reads a PNG, JPEG, PPM or PGM file as RGB.
    ///
    /// - Throws: `.io`, `.limit` (more than 128 MiB, or ``ImageLimits``), `.truncated`, `.checksum`, `.format`, or
    ///   `.unsupported` (CMYK JPEG, other formats); every message begins with the path.
    package static func image(at path: String) throws(SGCError) -> PixelImage {
        try image(in: File.read(path, limit: ImageLimits.largestFile), name: path)
    }

    /// As ``image(at:)`` for the content of a file; `name` is for messages.
    package static func image(in bytes: [UInt8], name: String) throws(SGCError) -> PixelImage {
        switch try ImageFormat(of: bytes, name: name) {
        case .png: try PNGDecoder(bytes, name: name).image()
        case .jpeg: try JPEGDecoder.image(in: bytes, name: name)
        case .pnm: try PNMDecoder(bytes, name: name).image()
        }
    }

    /// Reads class ids from a one-channel PNG or PGM file: the stored numbers, which for a palette are its indices.
    ///
    /// - Parameter ignored: the id that means "no class" in files of 8 bits or fewer; nil when all are classes. In 16-bit
    ///   files it is 65535, and every id is kept.
    /// - Throws: as ``image(at:)``; `.unsupported` for color, alpha and JPEG (whose ids are not exact).
    package static func labels(at path: String, ignoring ignored: UInt8? = 255) throws(SGCError) -> LabelMap {
        try labels(in: File.read(path, limit: ImageLimits.largestFile), name: path, ignoring: ignored)
    }

    /// As ``labels(at:ignoring:)`` for the content of a file; `name` is for messages.
    package static func labels(
        in bytes: [UInt8], name: String, ignoring ignored: UInt8? = 255
    ) throws(SGCError) -> LabelMap {
        switch try ImageFormat(of: bytes, name: name) {
        case .png: try PNGDecoder(bytes, name: name).labels(ignoring: ignored)
        case .pnm: try PNMDecoder(bytes, name: name).labels(ignoring: ignored)
        case .jpeg:
            throw SGCError(.unsupported, "\(name): expected a label map as PNG or PGM, got JPEG, which alters ids")
        }
    }

    /// Class ids from stored 8-bit numbers.
    static func ids(from stored: [UInt8], ignoring ignored: UInt8?) -> [UInt16] {
        stored.map { $0 == ignored ? LabelMap.ignore : UInt16($0) }
    }
}
