import SGCBase

/// A binary PPM (`P6`, RGB) or PGM (`P5`, grey) in memory, its header read and checked.
///
/// `P6 <width> <height> <largest value>`, one white-space byte, then samples, 16-bit ones most significant byte first
/// when the largest value is above 255. `#` begins a comment in the header. Bytes after the image are ignored.
struct PNMDecoder {
    private let bytes: [UInt8]
    private let name: String
    private let channels: Int
    private var width = 0
    private var height = 0
    private var largestValue = 0
    /// The next byte to read.
    private var position = 2

    /// - Throws: `.truncated`, `.format`, `.limit`.
    init(_ bytes: [UInt8], name: String) throws(SGCError) {
        self.bytes = bytes
        self.name = name
        channels = bytes.starts(with: Array("P6".utf8)) ? 3 : 1
        width = try number("width")
        height = try number("height")
        largestValue = try number("largest value")
        guard (1...65_535).contains(largestValue) else {
            throw SGCError(.format, "\(name): expected a largest value in 1...65535, got \(largestValue)")
        }
        try ImageLimits.check(width: width, height: height, name: name)
        // The one white-space byte.
        position += 1
        let expected = width * height * channels * bytesPerSample
        guard bytes.count - position >= expected else {
            throw SGCError(
                .truncated,
                "\(name): expected \(expected) bytes of \(width)x\(height) pixels, got \(max(0, bytes.count - position))"
            )
        }
    }

    private var bytesPerSample: Int { largestValue > 255 ? 2 : 1 }

    /// RGB, values scaled from 0...largest value to 0...255 with rounding, grey repeated.
    ///
    /// - Throws: `.format` for a sample above the largest value.
    func image() throws(SGCError) -> PixelImage {
        let samples = try samples()
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        for i in pixels.indices {
            let value = Int(samples[channels == 3 ? i : i / 3])
            pixels[i] = UInt8((value * 255 + largestValue / 2) / largestValue)
        }
        return try PixelImage(width: width, height: height, pixels: pixels)
    }

    /// The stored numbers of a PGM as class ids.
    ///
    /// - Throws: `.unsupported` for a PPM, `.format` for a sample above the largest value.
    func labels(ignoring ignored: UInt8?) throws(SGCError) -> LabelMap {
        guard channels == 1 else {
            throw SGCError(.unsupported, "\(name): expected a label map with one channel, got a color PPM")
        }
        let samples = try samples()
        let ids =
            bytesPerSample == 2
            ? samples : ImageFile.ids(from: samples.map { UInt8(truncatingIfNeeded: $0) }, ignoring: ignored)
        return try LabelMap(width: width, height: height, ids: ids)
    }

    private func samples() throws(SGCError) -> [UInt16] {
        var samples = [UInt16](repeating: 0, count: width * height * channels)
        var next = position
        for i in samples.indices {
            if bytesPerSample == 2 {
                samples[i] = UInt16(bytes[next]) << 8 | UInt16(bytes[next + 1])
            } else {
                samples[i] = UInt16(bytes[next])
            }
            next += bytesPerSample
            guard Int(samples[i]) <= largestValue else {
                throw SGCError(.format, "\(name): expected samples up to \(largestValue), got \(samples[i])")
            }
        }
        return samples
    }

    /// The next number of the header, after white space and comments.
    private mutating func number(_ role: String) throws(SGCError) -> Int {
        var inComment = false
        var digits = 0
        var value = 0
        while true {
            guard position < bytes.count else {
                throw SGCError(.truncated, "\(name): the file ends before the \(role)")
            }
            let byte = bytes[position]
            let isSpace = byte == 0x20 || (0x09...0x0D).contains(byte)
            if inComment {
                inComment = byte != 0x0A
            } else if (0x30...0x39).contains(byte), digits < 9 {
                value = value * 10 + Int(byte - 0x30)
                digits += 1
            } else if digits > 0 {
                guard isSpace else { throw malformed(role) }
                return value
            } else if byte == 0x23 {
                inComment = true
            } else if !isSpace {
                throw malformed(role)
            }
            position += 1
        }
    }

    private func malformed(_ role: String) -> SGCError {
        SGCError(.format, "\(name): expected a decimal number as \(role) at byte \(position)")
    }
}
