import Glibc

/// An image in a host's memory, to be read during one call.
///
/// Whoever makes one promises that the memory it describes is readable while the value is in use.
@safe
package struct PixelSource: @unchecked Sendable {
    // Proof for @unchecked: the memory is only read, and the host may not change it during the call.
    package let layout: PixelLayout
    /// The first byte of the top left pixel.
    package let base: UnsafeRawPointer

    package var width: Int { layout.width }
    package var height: Int { layout.height }

    /// - Throws: `.argument` when the image would reach beyond the end of the address space.
    package init(base: UnsafeRawPointer, layout: PixelLayout) throws(SGCError) {
        unsafe self.base = base
        self.layout = layout
        try unsafe checkAddresses(of: base, extent: layout.extent)
    }

    /// The pixels of some rows and columns, in the same memory.
    /// - Throws: `.argument` when there are none, or the image does not have them.
    package func part(rows: Range<Int>, columns: Range<Int>) throws(SGCError) -> PixelSource {
        let (offset, part) = try layout.part(rows: rows, columns: columns)
        return try unsafe PixelSource(base: base + offset, layout: part)
    }

    /// Float images must hold finite numbers near 0...1; 8-bit images always pass.
    /// - Throws: `.numeric` for NaN or infinity, `.range` outside -0.25...1.25, each with the first such pixel's place.
    package func checkValues() throws(SGCError) {
        guard layout.format.isFloat else { return }
        let floatsPerRow = layout.format.planes == 1 ? layout.width * 3 : layout.width
        for plane in 0..<layout.format.planes {
            for y in 0..<layout.height {
                let row = unsafe base + (plane * layout.planeStride + y * layout.rowStride)
                for i in 0..<floatsPerRow {
                    let value = unsafe Float(bitPattern: row.loadUnaligned(fromByteOffset: i * 4, as: UInt32.self))
                    if !(value >= -0.25 && value <= 1.25) {
                        throw Self.badValue(
                            value, x: layout.format.planes == 1 ? i / 3 : i, y: y,
                            channel: layout.format.planes == 1 ? i % 3 : plane)
                    }
                }
            }
        }
    }

    /// Writes the image as models take it: `[height, width, 3]` RGB in -1...1 (byte / 127.5 - 1, or float * 2 - 1 clamped),
    /// grown to `paddedWidth` x `paddedHeight` by repeating the last column and row.
    /// - Parameter output: `paddedHeight * paddedWidth * 3` floats.
    /// - Throws: `.argument` when the padded size is below the image's or `output` has another size.
    package func read(
        into output: UnsafeMutableBufferPointer<Float>, paddedWidth: Int, paddedHeight: Int
    ) throws(SGCError) {
        let (area, overflow) = paddedWidth.multipliedReportingOverflow(by: paddedHeight)
        guard paddedWidth >= width, paddedHeight >= height, !overflow, output.count / 3 == area, output.count % 3 == 0,
            let start = output.baseAddress
        else {
            throw SGCError(
                .argument,
                "image: \(width)x\(height) does not go into \(output.count) floats as \(paddedWidth)x\(paddedHeight)")
        }
        let rowFloats = paddedWidth * 3
        for y in 0..<height {
            let row = unsafe start + y * rowFloats
            unsafe layout.format.isFloat ? readFloats(row: y, into: row) : readBytes(row: y, into: row)
            for x in width..<paddedWidth {
                for channel in 0..<3 {
                    unsafe row[x * 3 + channel] = row[(width - 1) * 3 + channel]
                }
            }
        }
        for y in height..<paddedHeight {
            unsafe (start + y * rowFloats).update(from: start + (height - 1) * rowFloats, count: rowFloats)
        }
    }

    private func readBytes(row y: Int, into output: UnsafeMutablePointer<Float>) {
        let row = unsafe base + y * layout.rowStride
        let offsets = layout.format.channelOffsets
        let step = layout.format.pixelBytes
        for x in 0..<width {
            let pixel = unsafe row + x * step
            unsafe output[x * 3] = Float(pixel.load(fromByteOffset: offsets.red, as: UInt8.self)) / 127.5 - 1
            unsafe output[x * 3 + 1] = Float(pixel.load(fromByteOffset: offsets.green, as: UInt8.self)) / 127.5 - 1
            unsafe output[x * 3 + 2] = Float(pixel.load(fromByteOffset: offsets.blue, as: UInt8.self)) / 127.5 - 1
        }
    }

    private func readFloats(row y: Int, into output: UnsafeMutablePointer<Float>) {
        let row = unsafe base + y * layout.rowStride
        let step = layout.format.pixelBytes
        let channelStep = layout.format.planes == 1 ? 4 : layout.planeStride
        for x in 0..<width {
            for channel in 0..<3 {
                let value = unsafe row.loadUnaligned(fromByteOffset: x * step + channel * channelStep, as: Float.self)
                unsafe output[x * 3 + channel] = min(max(value, 0), 1) * 2 - 1
            }
        }
    }

    private static func badValue(_ value: Float, x: Int, y: Int, channel: Int) -> SGCError {
        let place = "channel \(channel) of the pixel at column \(x), row \(y)"
        guard value.isFinite else {
            return SGCError(.numeric, "expected finite numbers, got \(value) in \(place)")
        }
        return SGCError(.range, "expected pixels in 0...1 (-0.25...1.25 is clamped), got \(value) in \(place)")
    }
}

/// An image in a host's memory, to be written during one call.
///
/// Whoever makes one promises that the memory it describes is writable, and nobody else's, while the value is in use.
@safe
package struct PixelDestination: @unchecked Sendable {
    // Proof for @unchecked: one call writes through it, from one thread at a time.
    package let layout: PixelLayout
    /// The first byte of the top left pixel.
    package let base: UnsafeMutableRawPointer

    package var width: Int { layout.width }
    package var height: Int { layout.height }

    /// - Throws: `.argument` when the image would reach beyond the end of the address space.
    package init(base: UnsafeMutableRawPointer, layout: PixelLayout) throws(SGCError) {
        unsafe self.base = base
        self.layout = layout
        try unsafe checkAddresses(of: UnsafeRawPointer(base), extent: layout.extent)
    }

    /// The pixels of some rows and columns, in the same memory.
    /// - Throws: `.argument` when there are none, or the image does not have them.
    package func part(rows: Range<Int>, columns: Range<Int>) throws(SGCError) -> PixelDestination {
        let (offset, part) = try layout.part(rows: rows, columns: columns)
        return try unsafe PixelDestination(base: base + offset, layout: part)
    }

    /// Writes the top left part of a model's output, clamped to -1...1; NaN becomes 0 (black).
    /// - Parameters:
    ///   - input: `[rows, paddedWidth, 3]` RGB in -1...1, with at least `height` rows.
    ///   - paddedWidth: pixels in a row of `input`, at least `width`.
    /// - Throws: `.argument` when `input` is too small.
    package func write(_ input: UnsafeBufferPointer<Float>, paddedWidth: Int) throws(SGCError) {
        let (rowFloats, overflow) = paddedWidth.multipliedReportingOverflow(by: 3)
        guard paddedWidth >= width, !overflow, input.count / rowFloats >= height, let start = input.baseAddress else {
            throw SGCError(
                .argument,
                "image: \(input.count) floats in rows of \(paddedWidth) pixels do not fill \(width)x\(height)")
        }
        for y in 0..<height {
            let row = unsafe start + y * rowFloats
            unsafe layout.format.isFloat ? writeFloats(row: y, from: row) : writeBytes(row: y, from: row)
        }
    }

    private func writeBytes(row y: Int, from input: UnsafePointer<Float>) {
        let row = unsafe base + y * layout.rowStride
        let offsets = layout.format.channelOffsets
        let step = layout.format.pixelBytes
        for x in 0..<width {
            let pixel = unsafe row + x * step
            let (red, green, blue) = unsafe (unit(input[x * 3]), unit(input[x * 3 + 1]), unit(input[x * 3 + 2]))
            if layout.format == .gray8 {
                unsafe pixel.storeBytes(of: byte(0.299 * red + 0.587 * green + 0.114 * blue), as: UInt8.self)
                continue
            }
            unsafe pixel.storeBytes(of: byte(red), toByteOffset: offsets.red, as: UInt8.self)
            unsafe pixel.storeBytes(of: byte(green), toByteOffset: offsets.green, as: UInt8.self)
            unsafe pixel.storeBytes(of: byte(blue), toByteOffset: offsets.blue, as: UInt8.self)
            if let alpha = layout.format.alphaOffset {
                unsafe pixel.storeBytes(of: 255, toByteOffset: alpha, as: UInt8.self)
            }
        }
    }

    private func writeFloats(row y: Int, from input: UnsafePointer<Float>) {
        let row = unsafe base + y * layout.rowStride
        let step = layout.format.pixelBytes
        let channelStep = layout.format.planes == 1 ? 4 : layout.planeStride
        for x in 0..<width {
            for channel in 0..<3 {
                unsafe row.storeBytes(
                    of: unit(input[x * 3 + channel]), toByteOffset: x * step + channel * channelStep, as: Float.self)
            }
        }
    }

    /// -1...1 to 0...1, clamped.
    ///
    /// NaN fails both comparisons and becomes 0.
    private func unit(_ value: Float) -> Float {
        let half = value * 0.5 + 0.5
        return half >= 1 ? 1 : half > 0 ? half : 0
    }

    /// 0...1 to 0...255, rounded to nearest; `value` is in range, so the conversion cannot trap.
    private func byte(_ value: Float) -> UInt8 {
        UInt8(min(max(value, 0), 1) * 255 + 0.5)
    }
}

/// Checks that memory can be where a caller says.
///
/// - Throws: `.argument` when `extent` bytes from `base` on reach beyond the end of the address space.
package func checkAddresses(of base: UnsafeRawPointer, extent: Int) throws(SGCError) {
    let address = UInt(bitPattern: base)
    guard !address.addingReportingOverflow(UInt(bitPattern: extent)).overflow else {
        throw SGCError(.argument, "expected memory for \(extent) bytes, got an address too near the end of it")
    }
}
