package import SGCBase

/// The formats of image files.
///
/// A file is what its first bytes say, not what its name says.
package enum ImageFormat: Sendable, Equatable {
    case png
    case jpeg
    /// Portable pixmap or graymap, binary (`P6`, `P5`).
    case pnm

    /// The format of the file that begins with `bytes`; `name` is for the message.
    ///
    /// - Throws: `.truncated` for no bytes or only the beginning of a signature, `.unsupported` for another image format,
    ///   `.format` for anything else.
    package init(of bytes: [UInt8], name: String) throws(SGCError) {
        guard !bytes.isEmpty else { throw SGCError(.truncated, "\(name): expected an image, got an empty file") }
        for (format, signature) in Self.signatures {
            if bytes.starts(with: signature) {
                self = format
                return
            }
            if signature.starts(with: bytes) {
                throw SGCError(.truncated, "\(name): the file ends inside the first \(signature.count) bytes")
            }
        }
        for (other, offset, signature) in Self.others where bytes.dropFirst(offset).starts(with: signature) {
            throw SGCError(.unsupported, "\(name): expected PNG, JPEG, PPM or PGM, got \(other)")
        }
        throw SGCError(.format, "\(name): expected PNG, JPEG, PPM or PGM, got none of them")
    }

    private static let signatures: [(ImageFormat, [UInt8])] = [
        (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        (.jpeg, [0xFF, 0xD8, 0xFF]),
        (.pnm, Array("P5".utf8)),
        (.pnm, Array("P6".utf8)),
    ]

    /// Known formats that are not read: name, offset of the signature, signature.
    private static let others: [(String, Int, [UInt8])] = [
        ("GIF", 0, Array("GIF8".utf8)),
        ("WebP", 8, Array("WEBP".utf8)),
        ("TIFF", 0, [0x49, 0x49, 0x2A, 0x00]),
        ("TIFF", 0, [0x4D, 0x4D, 0x00, 0x2A]),
        ("HEIF or AVIF", 4, Array("ftyp".utf8)),
        ("JPEG XL", 0, [0xFF, 0x0A]),
        ("BMP", 0, Array("BM".utf8)),
        ("plain (ASCII) PGM", 0, Array("P2".utf8)),
        ("plain (ASCII) PPM", 0, Array("P3".utf8)),
    ]
}

/// What images may have, checked before memory is taken for them.
package enum ImageLimits {
    /// The most pixels of an image, 2²⁶ (192 MiB of RGB).
    package static let mostPixels = 1 << 26
    /// The most bytes of an image file: 128 MiB.
    package static let largestFile = 128 << 20

    /// - Throws: `.format` for a side below 1, `.limit` for a side above ``PixelImage/largestSide`` or more than
    ///   ``mostPixels``.
    package static func check(width: Int, height: Int, name: String) throws(SGCError) {
        guard width > 0, height > 0 else {
            throw SGCError(.format, "\(name): expected positive sides, got \(width)x\(height)")
        }
        guard width <= PixelImage.largestSide, height <= PixelImage.largestSide else {
            throw SGCError(
                .limit, "\(name): expected sides up to \(PixelImage.largestSide), got \(width)x\(height)")
        }
        // Both are at most 2¹⁵ here.
        guard width * height <= mostPixels else {
            throw SGCError(.limit, "\(name): expected at most \(mostPixels) pixels, got \(width)x\(height)")
        }
    }
}
