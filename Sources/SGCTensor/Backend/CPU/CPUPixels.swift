import CKernels
package import SGCBase

/// Copies an image to image `index` of `batch` `[N, H, W, 3]`, scaled to -1...1, in place.
///
/// The image's last row and column are repeated up to the size of the batch.
///
/// - Parameters:
///   - pixels: `format.planes` times `height` rows, `rowStride` bytes apart, of `format.pixelBytes` times `width`
///     bytes each; floats in 0...1.
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
            pixels, format.rawValue, width, height, rowStride, batch.dataType.kernelCode, batch.address(start),
            paddedWidth, rows.lowerBound, rows.upperBound)
    }
}

/// Copies the upper left `width` × `height` pixels of image `index` of `batch` `[N, H, W, 3]`, -1...1, to a host's
/// image: limited to the range, bytes rounded half up.
///
/// - Parameters:
///   - pixels: `format.planes` times `height` rows, `rowStride` bytes apart, of `format.pixelBytes` times `width`
///     bytes each; floats in 0...1.
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
            batch.dataType.kernelCode, batch.address(start), batch.shape[2], pixels, format.rawValue, width,
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
    guard rowStride >= format.pixelBytes * width else {
        throw SGCError(
            .argument, "\(function): expected rows of at least \(format.pixelBytes * width) bytes, got \(rowStride)")
    }
    return index * batch.shape[1] * batch.shape[2] * 3
}
