import CPNG
import SGCBase

/// A PNG file in memory, its header read and checked.
struct PNGDecoder {
    private let bytes: [UInt8]
    private let name: String
    private let header: cpng_header
    /// RGB triplets, `[256, 3]`.
    private let palette: [UInt8]

    private var width: Int { Int(header.width) }
    private var height: Int { Int(header.height) }

    /// - Throws: `.truncated`, `.checksum`, `.format`, `.unsupported` (unknown critical chunk), `.limit`.
    init(_ bytes: [UInt8], name: String) throws(SGCError) {
        var header = cpng_header()
        var palette = [UInt8](repeating: 0, count: 3 * 256)
        try unsafe Self.call(name) { message, capacity in
            // CPNG reads `bytes.count` bytes and writes at most 768 of the palette.
            unsafe bytes.withUnsafeBufferPointer { source in
                unsafe palette.withUnsafeMutableBufferPointer { colors in
                    unsafe cpng_read_header(
                        source.baseAddress, source.count, &header, colors.baseAddress, message, capacity)
                }
            }
        }
        self.bytes = bytes
        self.name = name
        self.header = header
        self.palette = palette
        try ImageLimits.check(width: width, height: height, name: name)
        try checkCompression()
    }

    /// RGB: alpha dropped, 16-bit samples scaled to 8 with rounding.
    func image() throws(SGCError) -> PixelImage {
        guard Int(header.color_type) == CPNG_PALETTE else {
            let pixels = try samples(form: CPNG_AS_RGB8, bytesPerPixel: 3)
            return try PixelImage(width: width, height: height, pixels: pixels)
        }
        let indices = try paletteIndices()
        var pixels = [UInt8](repeating: 0, count: 3 * indices.count)
        for (i, index) in indices.enumerated() {
            for c in 0..<3 { pixels[3 * i + c] = palette[3 * Int(index) + c] }
        }
        return try PixelImage(width: width, height: height, pixels: pixels)
    }

    /// The stored numbers as class ids.
    func labels(ignoring ignored: UInt8?) throws(SGCError) -> LabelMap {
        let ids: [UInt16]
        switch (Int(header.color_type), header.bit_depth) {
        case (CPNG_PALETTE, _):
            ids = ImageFile.ids(from: try paletteIndices(), ignoring: ignored)
        case (CPNG_GREY, 16):
            let stored = try samples(form: CPNG_AS_STORED, bytesPerPixel: 2)
            // CPNG returns native 16-bit numbers.
            ids = unsafe stored.withUnsafeBytes { unsafe Array($0.bindMemory(to: UInt16.self)) }
        case (CPNG_GREY, _):
            ids = ImageFile.ids(from: try samples(form: CPNG_AS_STORED, bytesPerPixel: 1), ignoring: ignored)
        default:
            throw SGCError(
                .unsupported, "\(name): expected a label map with one channel (grey or palette), got a color PNG")
        }
        return try LabelMap(width: width, height: height, ids: ids)
    }

    /// One index per pixel, each below the number of palette entries.
    private func paletteIndices() throws(SGCError) -> [UInt8] {
        let indices = try samples(form: CPNG_AS_STORED, bytesPerPixel: 1)
        if let largest = indices.max(), Int(largest) >= Int(header.palette_count) {
            throw SGCError(
                .format, "\(name): expected palette indices below \(header.palette_count), got \(largest)")
        }
        return indices
    }

    /// Samples of all pixels, `[H, W, bytesPerPixel]`.
    private func samples(form: Int, bytesPerPixel: Int) throws(SGCError) -> [UInt8] {
        // At most 2²⁶ pixels after the check of the header.
        var samples = [UInt8](repeating: 0, count: width * height * bytesPerPixel)
        try unsafe Self.call(name) { message, capacity in
            // CPNG reads `bytes.count` bytes, and refuses a buffer of another size than the image's.
            unsafe bytes.withUnsafeBufferPointer { source in
                unsafe samples.withUnsafeMutableBufferPointer { out in
                    unsafe cpng_read(
                        source.baseAddress, source.count, Int32(form), out.baseAddress, out.count, message, capacity)
                }
            }
        }
        return samples
    }

    /// Refuses a header that promises more pixels than the file can hold, before memory is taken for them.
    ///
    /// - Throws: `.truncated`.
    private func checkCompression() throws(SGCError) {
        let channels = [CPNG_RGB: 3, CPNG_GREY_ALPHA: 2, CPNG_RGB_ALPHA: 4][Int(header.color_type)] ?? 1
        let bits = width * height * channels * Int(header.bit_depth)
        // Deflate's best ratio is 1032 to 1 (RFC 1951: 258 bytes from two bits).
        guard bits / 8 / 1032 <= bytes.count else {
            throw SGCError(
                .truncated, "\(name): \(bytes.count) bytes cannot hold the \(width)x\(height) pixels that it announces")
        }
    }

    /// Runs a CPNG function with a buffer for its message and turns its status into an error.
    static func call(
        _ name: String, _ body: (UnsafeMutablePointer<CChar>?, Int) -> Int32
    ) throws(SGCError) {
        var message = [CChar](repeating: 0, count: 160)
        // The buffer outlives the call, which writes a NUL-terminated string into it.
        let status = unsafe message.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress, $0.count) }
        guard Int(status) != CPNG_OK else { return }
        let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let code: SGCError.Code =
            switch Int(status) {
            case CPNG_TRUNCATED: .truncated
            case CPNG_CHECKSUM: .checksum
            case CPNG_UNSUPPORTED: .unsupported
            case CPNG_MEMORY: .outOfMemory
            default: .format
            }
        throw SGCError(code, "\(name): PNG: \(text)")
    }
}
