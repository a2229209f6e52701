import CKernels
package import SGCBase

/// How a host lays out the pixels of an image.
package enum PixelFormat: UInt8, Hashable, Sendable, CaseIterable {
    /// Three or four bytes for a pixel, 0...255; alpha is ignored on the way in and 255 on the way out.
    case rgb, bgr, rgba, bgra
    /// One byte for a pixel: three equal channels on the way in, BT.601 luma on the way out.
    case gray
    /// Three float32 for a pixel, red first, 0...1.
    case float
    /// Three planes of float32, red first, 0...1; each plane has `height` rows.
    case floatPlanar

    /// Bytes of one row without padding.
    package func rowBytes(width: Int) -> Int {
        switch self {
        case .rgb, .bgr: 3 * width
        case .rgba, .bgra, .floatPlanar: 4 * width
        case .gray: width
        case .float: 12 * width
        }
    }

    /// Rows of one image, one below the other in memory.
    package func rowCount(height: Int) -> Int {
        self == .floatPlanar ? 3 * height : height
    }
}

/// Copies an image to image `index` of `batch` `[N, H, W, 3]`, scaled to -1...1, in place.
///
/// The image's last row and column are repeated up to the size of the batch.
///
/// - Parameters:
///   - pixels: `format.rowCount(height:)` rows, `rowStride` bytes apart, of `format.rowBytes(width:)` bytes each.
///   - batch: float32 or bfloat16; H and W at least `height` and `width`. Nothing else may use it yet.
/// - Throws: `.argument` when the sizes do not fit; `.unsupported` for another data type.
package func packPixels(
    from pixels: UnsafeRawPointer, format: PixelFormat, width: Int, height: Int, rowStride: Int, into batch: Tensor,
    at index: Int
) throws(SGCError) {
    let start = try imageStart(
        "pack pixels", format, width: width, height: height, rowStride: rowStride, in: batch, at: index)
    let (paddedHeight, paddedWidth) = (batch.shape[1], batch.shape[2])
    parallelFor(paddedHeight, grain: grain(of: 3 * paddedWidth), threads: batch.device.threads) { rows in
        unsafe sgc_pack_pixels(
            pixels, Int32(format.rawValue), width, height, rowStride, batch.dataType.kernelCode, batch.address(start),
            paddedWidth, rows.lowerBound, rows.upperBound)
    }
}

/// Copies the upper left `width` × `height` pixels of image `index` of `batch` `[N, H, W, 3]`, -1...1, to a host's
/// image: limited to the range, bytes rounded half up.
///
/// - Parameters:
///   - pixels: `format.rowCount(height:)` rows, `rowStride` bytes apart, of `format.rowBytes(width:)` bytes each.
///   - batch: float32 or bfloat16; H and W at least `height` and `width`.
/// - Throws: `.argument` when the sizes do not fit; `.unsupported` for another data type.
package func unpackPixels(
    from batch: Tensor, at index: Int, to pixels: UnsafeMutableRawPointer, format: PixelFormat, width: Int, height: Int,
    rowStride: Int
) throws(SGCError) {
    let start = try imageStart(
        "unpack pixels", format, width: width, height: height, rowStride: rowStride, in: batch, at: index)
    parallelFor(height, grain: grain(of: 3 * width), threads: batch.device.threads) { rows in
        unsafe sgc_unpack_pixels(
            batch.dataType.kernelCode, batch.address(start), batch.shape[2], pixels, Int32(format.rawValue), width,
            height, rowStride, rows.lowerBound, rows.upperBound)
    }
}

/// The first element of image `index` of `batch`, after a check of everything that the copy relies on.
private func imageStart(
    _ function: StaticString, _ format: PixelFormat, width: Int, height: Int, rowStride: Int, in batch: Tensor,
    at index: Int
) throws(SGCError) -> Int {
    guard batch.dataType == .float32 || batch.dataType == .bfloat16 else {
        throw SGCError(.unsupported, "\(function): expected float32 or bfloat16, got \(batch.dataType)")
    }
    guard batch.rank == 4, batch.shape[3] == 3, index >= 0, index < batch.shape[0] else {
        throw SGCError(.argument, "\(function): expected image \(index) of [N, H, W, 3], got \(batch.shape)")
    }
    guard width > 0, height > 0, width <= batch.shape[2], height <= batch.shape[1] else {
        throw SGCError(.argument, "\(function): \(width)x\(height) pixels do not fit \(batch.shape)")
    }
    guard rowStride >= format.rowBytes(width: width) else {
        throw SGCError(
            .argument,
            "\(function): expected rows of at least \(format.rowBytes(width: width)) bytes, got \(rowStride)")
    }
    return index * batch.shape[1] * batch.shape[2] * 3
}
