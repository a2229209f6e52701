/// How the pixels of a host's image lie in memory.
///
/// The raw values are those of `include/sgc.h`.
package enum PixelFormat: Int32, Sendable, CaseIterable {
    case rgb8 = 1
    case bgr8 = 2
    case rgba8 = 3
    case bgra8 = 4
    case gray8 = 5
    /// Interleaved float32.
    case rgb32Float = 6
    /// A plane of red, one of green, one of blue, float32.
    case rgb32FloatPlanar = 7

    /// Whether a channel is a float32 and not a byte.
    package var isFloat: Bool { self == .rgb32Float || self == .rgb32FloatPlanar }

    /// How many planes follow each other in memory.
    package var planes: Int { self == .rgb32FloatPlanar ? 3 : 1 }

    /// Bytes from one pixel to the next within a plane.
    package var pixelBytes: Int {
        switch self {
        case .gray8: 1
        case .rgb8, .bgr8: 3
        case .rgba8, .bgra8, .rgb32FloatPlanar: 4
        case .rgb32Float: 12
        }
    }

    /// Where red, green and blue of a pixel lie, in bytes from the pixel's start; planar formats have them in planes.
    var channelOffsets: (red: Int, green: Int, blue: Int) {
        switch self {
        case .gray8, .rgb32FloatPlanar: (0, 0, 0)
        case .rgb8, .rgba8: (0, 1, 2)
        case .bgr8, .bgra8: (2, 1, 0)
        case .rgb32Float: (0, 4, 8)
        }
    }

    /// Where alpha lies, if there is one.
    var alphaOffset: Int? { self == .rgba8 || self == .bgra8 ? 3 : nil }
}

/// Size and strides of an image in a host's memory, checked so that no address computed from them overflows.
package struct PixelLayout: Sendable, Equatable {
    package let width: Int
    package let height: Int
    package let format: PixelFormat
    /// Bytes from one row to the next.
    package let rowStride: Int
    /// Bytes from one plane to the next; of planar formats only.
    package let planeStride: Int
    /// Bytes from the first pixel's first to the last pixel's last.
    package let extent: Int

    /// The most pixels that an image may have.
    package static let largestArea = 1 << 28

    /// Checks a size and strides that a caller gave.
    /// - Parameters:
    ///   - rowStride: 0 for packed rows.
    ///   - planeStride: 0 for planes that follow each other; ignored by formats with one plane.
    /// - Throws: `.argument` for a side below 1 or a stride that is too small or too large to address; `.limit` for an
    ///   image that is too large.
    package init(
        width: Int, height: Int, rowStride: Int = 0, planeStride: Int = 0, format: PixelFormat
    ) throws(SGCError) {
        try Self.check(width: width, height: height)
        let rowBytes = width * format.pixelBytes
        guard rowStride == 0 || rowStride >= rowBytes else {
            throw SGCError(.argument, "expected a row stride of 0 or at least \(rowBytes) bytes, got \(rowStride)")
        }
        let row = rowStride == 0 ? rowBytes : rowStride
        let (plane, planeOverflow) = row.multipliedReportingOverflow(by: height)
        guard !planeOverflow else {
            throw SGCError(.argument, "expected a row stride that memory can hold \(height) times, got \(rowStride)")
        }
        let planeStep = format.planes == 1 || planeStride == 0 ? plane : planeStride
        guard planeStep >= plane else {
            throw SGCError(.argument, "expected a plane stride of 0 or at least \(plane) bytes, got \(planeStride)")
        }
        let (before, overflow) = planeStep.multipliedReportingOverflow(by: format.planes - 1)
        let (end, endOverflow) = before.addingReportingOverflow(plane - row + rowBytes)
        guard !overflow, !endOverflow else {
            throw SGCError(.argument, "expected a plane stride that memory can hold, got \(planeStride)")
        }
        self.width = width
        self.height = height
        self.format = format
        self.rowStride = row
        self.planeStride = planeStep
        extent = end
    }

    /// Where the pixels of some rows and columns begin, and how they lie.
    /// - Throws: `.argument` when there are none, or the image does not have them.
    func part(rows: Range<Int>, columns: Range<Int>) throws(SGCError) -> (offset: Int, layout: PixelLayout) {
        guard rows.lowerBound >= 0, rows.upperBound <= height, columns.lowerBound >= 0, columns.upperBound <= width
        else {
            throw SGCError(
                .argument, "expected a part of \(width)x\(height) pixels, got columns \(columns), rows \(rows)")
        }
        return (
            rows.lowerBound * rowStride + columns.lowerBound * format.pixelBytes,
            try PixelLayout(
                width: columns.count, height: rows.count, rowStride: rowStride, planeStride: planeStride,
                format: format)
        )
    }

    /// Checks an image's size alone.
    /// - Throws: `.argument` for a side below 1; `.limit` for an image that is too large.
    package static func check(width: Int, height: Int) throws(SGCError) {
        guard width > 0, height > 0 else {
            throw SGCError(.argument, "expected sides of at least 1 pixel, got \(width)x\(height)")
        }
        guard width <= PixelImage.largestSide, height <= PixelImage.largestSide, width * height <= largestArea else {
            throw SGCError(
                .limit,
                "expected sides up to \(PixelImage.largestSide) and up to \(largestArea) pixels, got \(width)x\(height)"
            )
        }
    }
}
