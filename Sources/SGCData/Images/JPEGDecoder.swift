import CTurboJPEG
import SGCBase

/// JPEG files in memory, decoded by TurboJPEG: baseline and progressive, color and grey.
///
/// Damage is an error: what libjpeg only warns of (and replaces by grey) is refused.
enum JPEGDecoder {
    /// The image as RGB; EXIF is ignored, its orientation, too.
    ///
    /// - Throws: `.truncated`, `.format`, `.unsupported` (CMYK and YCCK, lossless, 12 bits), `.limit`, `.outOfMemory`.
    static func image(in bytes: [UInt8], name: String) throws(SGCError) -> PixelImage {
        guard let decompressor = unsafe tjInitDecompress() else {
            throw SGCError(.outOfMemory, "\(name): JPEG: no memory for a decoder")
        }
        defer { unsafe tjDestroy(decompressor) }
        var width: Int32 = 0
        var height: Int32 = 0
        var subsampling: Int32 = 0
        var colorSpace: Int32 = 0
        // TurboJPEG reads `bytes.count` bytes.
        let header = unsafe bytes.withUnsafeBufferPointer { source in
            unsafe tjDecompressHeader3(
                decompressor, source.baseAddress, UInt(source.count), &width, &height, &subsampling, &colorSpace)
        }
        guard header == 0 else { throw unsafe failure(decompressor, bytes, name) }
        // TurboJPEG takes a file of tables only for a success.
        guard width > 0, height > 0 else { throw failure("the file has no image", bytes, name) }
        guard colorSpace != Int32(TJCS_CMYK.rawValue), colorSpace != Int32(TJCS_YCCK.rawValue) else {
            throw SGCError(.unsupported, "\(name): expected a grey or RGB JPEG, got CMYK")
        }
        try ImageLimits.check(width: Int(width), height: Int(height), name: name)
        var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * 3)
        // A scan limit, because decoding time grows with scans and not with the size of the image.
        let flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS
        // TurboJPEG writes width * height RGB triplets (pitch 0: rows tightly packed).
        let status = unsafe bytes.withUnsafeBufferPointer { source in
            unsafe pixels.withUnsafeMutableBufferPointer { out in
                unsafe tjDecompress2(
                    decompressor, source.baseAddress, UInt(source.count), out.baseAddress, width, 0, height,
                    Int32(TJPF_RGB.rawValue), flags)
            }
        }
        guard status == 0 else { throw unsafe failure(decompressor, bytes, name) }
        return try PixelImage(width: Int(width), height: Int(height), pixels: pixels)
    }

    /// TurboJPEG's last message as an error; what it means can only be read from its words.
    private static func failure(_ decompressor: tjhandle, _ bytes: [UInt8], _ name: String) -> SGCError {
        failure(unsafe String(cString: tjGetErrorStr2(decompressor)), bytes, name)
    }

    private static func failure(_ text: String, _ bytes: [UInt8], _ name: String) -> SGCError {
        let code: SGCError.Code =
            if text.contains("image dimension") || text.contains("scans") {
                .limit
            } else if text.contains("nsupported") || text.contains("not supported") {
                .unsupported
            } else if text.contains("Premature end") || !hasEnd(bytes) {
                .truncated
            } else if text.contains("emory") {
                .outOfMemory
            } else {
                .format
            }
        return SGCError(code, "\(name): JPEG: \(text)")
    }

    /// Whether an end-of-image marker is anywhere in the file.
    private static func hasEnd(_ bytes: [UInt8]) -> Bool {
        for i in bytes.indices.dropLast() where bytes[i] == 0xFF && bytes[i + 1] == 0xD9 { return true }
        return false
    }
}
