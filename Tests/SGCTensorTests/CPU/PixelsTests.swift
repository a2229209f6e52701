import SGCBase
import SGCTensor
import Testing

@Suite struct PixelsTests {
    private static let width = 13, height = 5

    /// Channel `c` of pixel (h, w), 0...255; equal channels for gray.
    private func color(_ format: PixelFormat, _ h: Int, _ w: Int, _ c: Int) -> Int {
        (h * 89 + w * 31 + (format == .gray8 ? 0 : c * 7)) % 256
    }

    /// The image in a host's layout, with bytes of value 3 between rows.
    private func image(_ format: PixelFormat, stride: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 3, count: stride * format.planes * Self.height)
        for h in 0..<Self.height {
            for w in 0..<Self.width {
                let (r, g, b) = (color(format, h, w, 0), color(format, h, w, 1), color(format, h, w, 2))
                func put(_ values: [Int], _ at: Int) {
                    for (i, value) in values.enumerated() { bytes[h * stride + at + i] = UInt8(value) }
                }
                func putFloat(_ value: Int, _ at: Int) {
                    let bits = (Float(value) / 255).bitPattern
                    for i in 0..<4 { bytes[at + i] = UInt8(truncatingIfNeeded: bits >> UInt32(8 * i)) }
                }
                switch format {
                case .rgb8: put([r, g, b], 3 * w)
                case .bgr8: put([b, g, r], 3 * w)
                case .rgba8: put([r, g, b, 255], 4 * w)
                case .bgra8: put([b, g, r, 255], 4 * w)
                case .gray8: put([r], w)
                case .rgb32Float:
                    for (c, value) in [r, g, b].enumerated() { putFloat(value, h * stride + 12 * w + 4 * c) }
                case .rgb32FloatPlanar:
                    for (c, value) in [r, g, b].enumerated() { putFloat(value, (c * Self.height + h) * stride + 4 * w) }
                }
            }
        }
        return bytes
    }

    @Test("images of every layout go to a padded tensor and back", arguments: PixelFormat.allCases)
    func roundTrip(_ format: PixelFormat) throws {
        let stride = format.pixelBytes * Self.width + 5, bytes = image(format, stride: stride)
        for type in [DataType.float32, .bfloat16] {
            let device = cpuDevice(threads: 2)
            let batch = try device.backend.full([2, 8, 16, 3], 9, type, on: device)
            try unsafe bytes.withUnsafeBytes { pixels in
                try unsafe packPixels(
                    from: try #require(pixels.baseAddress), format: format, width: Self.width, height: Self.height,
                    rowStride: stride, into: batch, at: 1)
            }
            var expected = [Double](repeating: 9, count: 8 * 16 * 3)
            for h in 0..<8 {
                for w in 0..<16 {
                    for c in 0..<3 {
                        // The last row and column are repeated.
                        expected.append(
                            Double(color(format, min(h, Self.height - 1), min(w, Self.width - 1), c)) / 127.5 - 1)
                    }
                }
            }
            expectNear(batch, expected, type == .float32 ? 2e-7 : 4e-3, "\(format) \(type)")
            guard type == .float32 else { continue }
            var back = [UInt8](repeating: 3, count: bytes.count)
            try unsafe back.withUnsafeMutableBytes { pixels in
                try unsafe unpackPixels(
                    from: batch, at: 1, to: try #require(pixels.baseAddress), format: format, width: Self.width,
                    height: Self.height, rowStride: stride)
            }
            if format.isFloat {
                let floats = { (bytes: [UInt8]) in
                    unsafe bytes.withUnsafeBytes { raw in
                        (0..<Self.width).map { unsafe raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
                    }
                }
                #expect(zip(floats(back), floats(bytes)).allSatisfy { abs($0 - $1) < 1e-6 })
            } else {
                #expect(back == bytes)
            }
        }
    }

    @Test("values outside the range are limited, halves are rounded up")
    func limits() throws {
        let device = cpuDevice(threads: 1)
        let x = try Tensor([-7, 1.5, .nan, -1, 1, 0], shape: [1, 1, 2, 3], on: device)
        var bytes = [UInt8](repeating: 1, count: 6)
        try unsafe bytes.withUnsafeMutableBytes { pixels in
            try unsafe unpackPixels(
                from: x, at: 0, to: try #require(pixels.baseAddress), format: .rgb8, width: 2, height: 1, rowStride: 6)
        }
        #expect(bytes == [0, 255, 0, 0, 255, 128])
    }

    @Test("sizes that do not fit are refused")
    func refusals() throws {
        let device = cpuDevice(threads: 1), batch = try device.backend.full([1, 4, 4, 3], 0, .float32, on: device)
        let bytes = [UInt8](repeating: 0, count: 64)
        for (width, height, stride, index) in [
            (5, 4, 15, 0), (4, 5, 12, 0), (4, 4, 11, 0), (4, 4, 12, 1), (0, 4, 12, 0),
        ] {
            #expect(throws: SGCError.self) {
                try unsafe bytes.withUnsafeBytes { pixels in
                    try unsafe packPixels(
                        from: try #require(pixels.baseAddress), format: .rgb8, width: width, height: height,
                        rowStride: stride, into: batch, at: index)
                }
            }
        }
    }
}
