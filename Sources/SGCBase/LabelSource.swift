/// Class ids of an image's pixels in a host's memory, to be read during one call.
///
/// Whoever makes one promises that the memory it describes is readable while the value is in use.
@safe
package struct LabelSource: @unchecked Sendable {
    // Proof for @unchecked: the memory is only read, and the host may not change it during the call.
    /// The type of an id.
    ///
    /// The raw values are those of `include/sgc.h`.
    package enum Format: Int32, Sendable, CaseIterable {
        case uint8 = 1
        /// In the machine's byte order.
        case uint16 = 2

        /// Bytes of one id.
        package var bytes: Int { self == .uint8 ? 1 : 2 }
    }

    package let width: Int
    package let height: Int
    package let format: Format
    /// Bytes from the first id's first to the last id's last.
    package let extent: Int
    private let rowStride: Int
    /// The id of pixels without a class; `nil` when every pixel has one.
    package let ignore: UInt16?
    private let base: UnsafeRawPointer

    /// - Parameter rowStride: bytes from one row to the next, 0 for packed rows.
    /// - Throws: `.argument` or `.limit` when size or stride are wrong, as ``PixelLayout``.
    package init(
        base: UnsafeRawPointer, width: Int, height: Int, rowStride: Int = 0, format: Format, ignore: UInt16?
    ) throws(SGCError) {
        try PixelLayout.check(width: width, height: height)
        let rowBytes = width * format.bytes
        guard rowStride == 0 || rowStride >= rowBytes else {
            throw SGCError(.argument, "expected a row stride of 0 or at least \(rowBytes) bytes, got \(rowStride)")
        }
        let row = rowStride == 0 ? rowBytes : rowStride
        let (before, overflow) = row.multipliedReportingOverflow(by: height - 1)
        let (end, endOverflow) = before.addingReportingOverflow(rowBytes)
        guard !overflow, !endOverflow else {
            throw SGCError(.argument, "expected a row stride that memory can hold \(height) times, got \(rowStride)")
        }
        try unsafe checkAddresses(of: base, extent: end)
        unsafe self.base = base
        self.width = width
        self.height = height
        self.rowStride = row
        self.format = format
        self.ignore = ignore
        extent = end
    }

    /// The map as a value: ``LabelMap/ignore`` where the host's ignore id is.
    /// - Parameter classes: how many classes there are; ids are below it.
    /// - Throws: `.range` for an id that is neither a class nor the ignore id, with the first such pixel's place.
    package func read(classes: Int) throws(SGCError) -> LabelMap {
        var ids = [UInt16](repeating: LabelMap.ignore, count: width * height)
        for y in 0..<height {
            let row = unsafe base + y * rowStride
            for x in 0..<width {
                let id =
                    unsafe format == .uint8
                    ? UInt16(row.load(fromByteOffset: x, as: UInt8.self))
                    : row.loadUnaligned(fromByteOffset: x * 2, as: UInt16.self)
                if let ignore, id == ignore { continue }
                guard Int(id) < classes else {
                    throw SGCError(
                        .range,
                        "expected class ids below \(classes)\(ignore.map { " or the ignore id \($0)" } ?? ""), "
                            + "got \(id) in the pixel at column \(x), row \(y)")
                }
                ids[y * width + x] = id
            }
        }
        return try LabelMap(width: width, height: height, ids: ids)
    }
}
