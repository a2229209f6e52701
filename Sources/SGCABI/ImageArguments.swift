import CSGC
import SGCBase

/// What a host says about an image, before it is checked.
@safe
struct ImageArgument {
    let data: UnsafeRawPointer?
    let format: Int32
    let width: Int
    let height: Int
    let rowStride: Int64
    let planeStride: Int64

    init(_ image: sgc_image) {
        unsafe data = image.data
        format = unsafe image.format
        (width, height) = unsafe (Int(image.width), Int(image.height))
        (rowStride, planeStride) = unsafe (image.row_stride_bytes, image.plane_stride_bytes)
    }

    init(_ image: sgc_mutable_image) {
        unsafe data = UnsafeRawPointer(image.data)
        format = unsafe image.format
        (width, height) = unsafe (Int(image.width), Int(image.height))
        (rowStride, planeStride) = unsafe (image.row_stride_bytes, image.plane_stride_bytes)
    }

    /// Size, format and strides, checked.
    func layout() throws(SGCError) -> PixelLayout {
        guard let format = PixelFormat(rawValue: format) else {
            throw SGCError(.argument, "expected a pixel format in 1...\(PixelFormat.allCases.count), got \(format)")
        }
        return try PixelLayout(
            width: width, height: height, rowStride: Int(rowStride), planeStride: Int(planeStride), format: format)
    }

    /// The pixels to read, without a look at their values.
    func source() throws(SGCError) -> PixelSource {
        let layout = try layout()
        return try unsafe PixelSource(base: require(data, "data"), layout: layout)
    }

    /// The pixels to write.
    func destination() throws(SGCError) -> PixelDestination {
        let layout = try layout()
        let data = try unsafe UnsafeMutableRawPointer(mutating: require(data, "data"))
        return try unsafe PixelDestination(base: data, layout: layout)
    }
}

/// The label map that a host describes, without a look at its ids.
func labelSource(_ map: sgc_label_map) throws(SGCError) -> LabelSource {
    guard let format = unsafe LabelSource.Format(rawValue: map.format) else {
        throw SGCError(
            .argument, unsafe "expected a label format in 1...\(LabelSource.Format.allCases.count), got \(map.format)")
    }
    guard unsafe map.reserved == 0 else {
        throw SGCError(.argument, unsafe "expected reserved to be 0, got \(map.reserved)")
    }
    guard unsafe (-1...Int32(UInt16.max)).contains(map.ignore_id) else {
        throw SGCError(.argument, unsafe "expected an ignore id in -1...\(UInt16.max), got \(map.ignore_id)")
    }
    return try unsafe LabelSource(
        base: require(map.data, "data"), width: Int(map.width), height: Int(map.height),
        rowStride: Int(map.row_stride_bytes), format: format, ignore: UInt16(exactly: map.ignore_id))
}

/// A stretch of a host's memory; to find out whether outputs overlap inputs.
struct MemoryRange {
    let name: String
    private let start: UInt
    private let end: UInt

    /// - Throws: `.argument` when `count` elements do not fit into the address space.
    init(_ base: UnsafeRawPointer?, count: Int, elementBytes: Int, _ name: String) throws(SGCError) {
        let (bytes, overflow) = UInt(bitPattern: count).multipliedReportingOverflow(by: UInt(elementBytes))
        let (end, endOverflow) = UInt(bitPattern: base).addingReportingOverflow(bytes)
        guard !overflow, !endOverflow else {
            throw SGCError(.argument, "\(name): expected an array that memory can hold")
        }
        self.name = name
        start = UInt(bitPattern: base)
        self.end = unsafe base == nil ? start : end
    }

    /// - Throws: `.argument` when the two share a byte.
    func mustNotOverlap(_ other: MemoryRange) throws(SGCError) {
        guard start >= other.end || other.start >= end else {
            throw SGCError(.argument, "\(name): expected memory apart from that of \(other.name), but they overlap")
        }
    }
}

/// The product of a batch's counts.
/// - Throws: `.argument` when it is too large to be one.
func product(_ factors: Int..., of name: StaticString) throws(SGCError) -> Int {
    var result = 1
    for factor in factors {
        let (next, overflow) = result.multipliedReportingOverflow(by: factor)
        guard !overflow, factor >= 0 else {
            throw SGCError(.argument, "\(name): expected a count that memory can hold")
        }
        result = next
    }
    return result
}

extension PixelSource {
    /// The memory from the first pixel to the last.
    var memory: MemoryRange {
        get throws(SGCError) { try unsafe MemoryRange(base, count: layout.extent, elementBytes: 1, "the image") }
    }
}

extension PixelDestination {
    /// The memory from the first pixel to the last.
    var memory: MemoryRange {
        get throws(SGCError) { try unsafe MemoryRange(base, count: layout.extent, elementBytes: 1, "the image") }
    }
}
