import SGCBase
import Testing

/// The image that `bytes` hold, read as models take it.
private func read(
    _ bytes: [UInt8], _ layout: PixelLayout, padded: (width: Int, height: Int)? = nil
) throws -> [Float] {
    let width = padded?.width ?? layout.width
    let height = padded?.height ?? layout.height
    var output = [Float](repeating: 9, count: width * height * 3)
    try unsafe bytes.withUnsafeBytes { bytes in
        let source = try unsafe PixelSource(base: #require(bytes.baseAddress), layout: layout)
        try unsafe output.withUnsafeMutableBufferPointer { output in
            try unsafe source.read(into: output, paddedWidth: width, paddedHeight: height)
        }
    }
    return output
}

/// What writing `values` into memory of `count` bytes of 7 leaves there.
private func write(_ values: [Float], paddedWidth: Int, _ layout: PixelLayout, count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 7, count: count)
    try unsafe bytes.withUnsafeMutableBytes { bytes in
        let destination = try unsafe PixelDestination(base: #require(bytes.baseAddress), layout: layout)
        try unsafe values.withUnsafeBufferPointer { values in
            try unsafe destination.write(values, paddedWidth: paddedWidth)
        }
    }
    return bytes
}

private func bytes(of values: [Float]) -> [UInt8] {
    unsafe values.withUnsafeBytes { unsafe Array($0) }
}

private func scaled(_ byte: Int) -> Float { Float(byte) / 127.5 - 1 }

@Suite
struct PixelBufferTests {
    @Test(
        "each byte format gives the same red, green and blue",
        arguments: [
            (PixelFormat.rgb8, [10, 20, 30]), (.bgr8, [30, 20, 10]), (.rgba8, [10, 20, 30, 99]),
            (.bgra8, [30, 20, 10, 99]),
        ] as [(PixelFormat, [UInt8])])
    func byteOrders(format: PixelFormat, pixel: [UInt8]) throws {
        let layout = try PixelLayout(width: 1, height: 1, format: format)
        #expect(try read(pixel, layout) == [scaled(10), scaled(20), scaled(30)])
    }

    @Test("gray is read as equal channels and written as luma")
    func gray() throws {
        let layout = try PixelLayout(width: 1, height: 1, format: .gray8)
        #expect(try read([51], layout) == [scaled(51), scaled(51), scaled(51)])
        #expect(try write([1, -1, -1], paddedWidth: 1, layout, count: 1) == [76])
    }

    @Test("floats, interleaved and planar, at any address, clamp to 0...1")
    func floats() throws {
        let layout = try PixelLayout(width: 2, height: 1, format: .rgb32Float)
        #expect(try read(bytes(of: [0, 0.5, 1, -0.1, 1.1, 0.25]), layout) == [-1, 0, 1, -1, 1, -0.5])
        let planar = try PixelLayout(width: 2, height: 1, format: .rgb32FloatPlanar)
        #expect(try read(bytes(of: [0, 1, 0.5, 0.25, 1, 0]), planar) == [-1, 0, 1, 1, -0.5, -1])
        let shifted = [UInt8(0)] + bytes(of: [0, 0.5, 1])
        try unsafe shifted.withUnsafeBytes { shifted in
            let one = try PixelLayout(width: 1, height: 1, format: .rgb32Float)
            let source = try unsafe PixelSource(base: #require(shifted.baseAddress) + 1, layout: one)
            var output: [Float] = [0, 0, 0]
            try unsafe output.withUnsafeMutableBufferPointer { output in
                try unsafe source.read(into: output, paddedWidth: 1, paddedHeight: 1)
            }
            #expect(output == [-1, 0, 1])
        }
    }

    @Test("padded rows are skipped, and the edge is repeated to the padded size")
    func padding() throws {
        let layout = try PixelLayout(width: 1, height: 2, rowStride: 5, format: .rgb8)
        #expect(layout.extent == 8)
        let pixels: [UInt8] = [0, 0, 0, 200, 200, 255, 255, 255]
        let black: [Float] = [-1, -1, -1]
        let white: [Float] = [1, 1, 1]
        #expect(
            try read(pixels, layout, padded: (2, 3)) == black + black + white + white + white + white)
    }

    @Test("writing crops, rounds, clamps, sets alpha and leaves bytes between rows alone")
    func writing() throws {
        let layout = try PixelLayout(width: 1, height: 2, rowStride: 6, format: .bgra8)
        let values: [Float] = [-1, 0, 1, 5, 5, 5, 2, -2, .nan, 5, 5, 5]
        #expect(
            try write(values, paddedWidth: 2, layout, count: 12) == [255, 128, 0, 255, 7, 7, 0, 0, 255, 255, 7, 7])
        let floats = try PixelLayout(width: 1, height: 1, format: .rgb32FloatPlanar)
        #expect(try write([-1, 0, 1], paddedWidth: 1, floats, count: 12) == bytes(of: [0, 0.5, 1]))
    }

    @Test(
        "a part has the pixels of its rows and columns, and is written there alone", arguments: PixelFormat.allCases)
    func parts(_ format: PixelFormat) throws {
        let (width, height, rows, columns) = (7, 5, 1..<4, 2..<6)
        let rowStride = width * format.pixelBytes + 8
        let planeStride = format.planes > 1 ? rowStride * height + 12 : 0
        let layout = try PixelLayout(
            width: width, height: height, rowStride: rowStride, planeStride: planeStride, format: format)
        var random = RandomSource(seed: 1)
        let host =
            format.isFloat
            ? bytes(of: (0..<layout.extent / 4).map { _ in random.uniform(0, 1) })
            : (0..<layout.extent).map { _ in UInt8(random.integer(below: 256)) }
        let whole = try read(host, layout)
        // One gray value, so that gray images hold it, too.
        let written = rows.flatMap { row in
            columns.flatMap { column in [Float](repeating: scaled(row * 40 + column), count: 3) }
        }
        var found = [Float](repeating: 9, count: written.count)
        var after = host
        try unsafe after.withUnsafeMutableBytes { bytes in
            let source = try unsafe PixelSource(base: #require(UnsafeRawPointer(bytes.baseAddress)), layout: layout)
            let part = try source.part(rows: rows, columns: columns)
            try unsafe found.withUnsafeMutableBufferPointer { found in
                try unsafe part.read(into: found, paddedWidth: columns.count, paddedHeight: rows.count)
            }
            let destination = try unsafe PixelDestination(base: #require(bytes.baseAddress), layout: layout)
            let place = try destination.part(rows: rows, columns: columns)
            try unsafe written.withUnsafeBufferPointer { values in
                try unsafe place.write(values, paddedWidth: columns.count)
            }
        }
        let changed = try read(after, layout)
        for row in 0..<height {
            for column in 0..<width {
                let place = (row * width + column) * 3
                guard rows.contains(row), columns.contains(column) else {
                    #expect(changed[place..<place + 3] == whole[place..<place + 3])
                    continue
                }
                let inside = ((row - 1) * columns.count + column - 2) * 3
                #expect(found[inside..<inside + 3] == whole[place..<place + 3])
                for c in 0..<3 { #expect(abs(changed[place + c] - written[inside + c]) < 1e-6) }
            }
        }
        // Padding of rows and planes is the host's.
        for (index, (before, now)) in zip(host, after).enumerated() {
            let inPlane = planeStride > 0 ? index % planeStride : index
            if inPlane % rowStride >= width * format.pixelBytes { #expect(before == now, "byte \(index)") }
        }
        try unsafe after.withUnsafeBytes { bytes in
            let source = try unsafe PixelSource(base: #require(bytes.baseAddress), layout: layout)
            #expect(throws: SGCError.self) { try source.part(rows: 0..<6, columns: 0..<1) }
        }
    }

    @Test(
        "sizes and strides that cannot be are refused",
        arguments: [
            (0, 1, 0, .argument), (1, 0, 0, .argument), (-1, 5, 0, .argument), (4, 4, 11, .argument),
            (4, 4, -12, .argument), (4, 8, 1 << 62, .argument), (32_769, 1, 0, .limit), (1, 60_000_000, 0, .limit),
            (32_768, 32_768, 0, .limit), (Int(Int32.max), Int(Int32.max), 0, .limit),
        ] as [(Int, Int, Int, SGCError.Code)])
    func badLayouts(width: Int, height: Int, stride: Int, code: SGCError.Code) {
        #expect { try PixelLayout(width: width, height: height, rowStride: stride, format: .rgb8) } throws: {
            ($0 as? SGCError)?.code == code
        }
    }

    @Test(
        "a float that is not near 0...1 is named with its place",
        arguments: [
            (Float.nan, .numeric), (.infinity, .numeric), (-.infinity, .numeric), (.signalingNaN, .numeric),
            (1e30, .range), (255, .range), (-1, .range),
        ] as [(Float, SGCError.Code)])
    func badValues(value: Float, code: SGCError.Code) throws {
        var values = [Float](repeating: 0.5, count: 12)
        values[10] = value
        let layout = try PixelLayout(width: 2, height: 2, format: .rgb32Float)
        try unsafe bytes(of: values).withUnsafeBytes { bytes in
            let source = try unsafe PixelSource(base: #require(bytes.baseAddress), layout: layout)
            #expect {
                try source.checkValues()
            } throws: { error in
                let error = error as? SGCError
                return error?.code == code
                    && error?.message.hasSuffix("channel 1 of the pixel at column 1, row 1") == true
            }
        }
    }

    @Test("labels are read with their ignore id, and a strange id is named with its place")
    func labels() throws {
        let ids: [UInt8] = [0, 1, 99, 2, 255, 99]
        try unsafe ids.withUnsafeBytes { bytes in
            let base = try unsafe #require(bytes.baseAddress)
            let source = try unsafe LabelSource(
                base: base, width: 2, height: 2, rowStride: 3, format: .uint8, ignore: 255)
            #expect(try source.read(classes: 3).ids == [0, 1, 2, LabelMap.ignore])
            #expect(source.extent == 5)
            #expect(
                throws: SGCError(
                    .range, "expected class ids below 2 or the ignore id 255, got 2 in the pixel at column 0, row 1")
            ) {
                try source.read(classes: 2)
            }
        }
    }
}
