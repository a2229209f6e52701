package import SGCBase

/// An array of numbers with a shape: contiguous, row-major, images as `[N, H, W, C]`.
///
/// A value: operations make new tensors and never change their operands. The bytes are shared by copies. A tensor that
/// was computed from watched ones remembers its place on their ``Tape``.
package struct Tensor: @unchecked Sendable {
    // Proof for @unchecked: only tensors without a tape place cross threads; storage is immutable then.
    package let shape: Shape
    package let dataType: DataType
    package internal(set) var storage: Storage
    /// Where the tensor stands on a tape, when gradients are being recorded.
    package let place: TapePlace?

    /// A tensor over existing bytes. `storage` must hold `shape.count` elements of `dataType`.
    package init(shape: Shape, dataType: DataType, storage: Storage, place: TapePlace? = nil) {
        self.shape = shape
        self.dataType = dataType
        self.storage = storage
        self.place = place
    }

    /// A new tensor whose content is undefined until it is written.
    ///
    /// - Throws: `.outOfMemory`; `.cancelled` after the device was cancelled.
    package init(uninitialized shape: Shape, _ dataType: DataType = .float32, on device: Device) throws(SGCError) {
        try device.checkCancellation()
        let (bytes, overflow) = shape.count.multipliedReportingOverflow(by: dataType.size)
        guard !overflow else { throw SGCError(.outOfMemory, "tensor: \(shape) does not fit the address space") }
        self.init(shape: shape, dataType: dataType, storage: try Storage(byteCount: bytes, device: device))
    }

    package var device: Device { storage.device }
    package var backend: any Backend { storage.device.backend }
    package var count: Int { shape.count }
    package var rank: Int { shape.rank }

    /// The same values, cut off from the tape: `sg[·]` of the papers.
    package var stopGradient: Tensor { Tensor(shape: shape, dataType: dataType, storage: storage) }

    /// The same bytes under another shape, without a tape place.
    func viewed(as shape: Shape) -> Tensor { Tensor(shape: shape, dataType: dataType, storage: storage) }
}

// Moving values in and out.
extension Tensor {
    /// A tensor with the given values, converted to `dataType`.
    ///
    /// - Throws: `.argument` when the count differs from the shape's; `.outOfMemory`.
    package init(_ values: [Float], shape: Shape, _ dataType: DataType = .float32, on device: Device) throws(SGCError) {
        guard values.count == shape.count else {
            throw SGCError(.argument, "tensor: expected \(shape.count) values for \(shape), got \(values.count)")
        }
        try self.init(uninitialized: shape, dataType, on: device)
        switch dataType {
        case .float32: unsafe pointer(Float.self).update(from: values, count: values.count)
        case .bfloat16: fill(UInt16.self) { bfloat16Bits(values[$0]) }
        case .float64: fill(Double.self) { Double(values[$0]) }
        case .int32: fill(Int32.self) { Int32(exactly: values[$0].rounded()) ?? 0 }
        case .uint8: fill(UInt8.self) { UInt8(exactly: values[$0].rounded()) ?? 0 }
        }
    }

    /// A float64 tensor, for the Reference backend.
    package init(doubles values: [Double], shape: Shape, on device: Device) throws(SGCError) {
        guard values.count == shape.count else {
            throw SGCError(.argument, "tensor: expected \(shape.count) values for \(shape), got \(values.count)")
        }
        try self.init(uninitialized: shape, .float64, on: device)
        unsafe pointer(Double.self).update(from: values, count: values.count)
    }

    /// An int32 tensor: indices, codes, class ids.
    package init(indices values: [Int32], shape: Shape, on device: Device) throws(SGCError) {
        guard values.count == shape.count else {
            throw SGCError(.argument, "tensor: expected \(shape.count) indices for \(shape), got \(values.count)")
        }
        try self.init(uninitialized: shape, .int32, on: device)
        unsafe pointer(Int32.self).update(from: values, count: values.count)
    }

    /// The values as Float, row-major.
    package var floats: [Float] {
        switch dataType {
        case .float32: unsafe Array(UnsafeBufferPointer(start: pointer(Float.self), count: count))
        case .bfloat16: read(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .float64: read(Double.self) { Float($0) }
        case .int32: read(Int32.self) { Float($0) }
        case .uint8: read(UInt8.self) { Float($0) }
        }
    }

    /// The values as Double, row-major.
    package var doubles: [Double] {
        dataType == .float64 ? read(Double.self) { $0 } : floats.map(Double.init)
    }

    /// The values of an int32 tensor, row-major; empty for any other type.
    package var indices: [Int32] {
        dataType == .int32 ? unsafe Array(UnsafeBufferPointer(start: pointer(Int32.self), count: count)) : []
    }

    /// The first value; NaN for an empty tensor. Losses are read this way.
    package var item: Double {
        guard count > 0 else { return .nan }
        return switch dataType {
        case .float32: unsafe Double(pointer(Float.self)[0])
        case .bfloat16: unsafe Double(Float(bitPattern: UInt32(pointer(UInt16.self)[0]) << 16))
        case .float64: unsafe pointer(Double.self)[0]
        case .int32: unsafe Double(pointer(Int32.self)[0])
        case .uint8: unsafe Double(pointer(UInt8.self)[0])
        }
    }

    /// The bytes, read-only, for the duration of `body`.
    package func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe body(UnsafeRawBufferPointer(start: storage.address, count: count * dataType.size))
    }

    /// Adds the bytes to a digest.
    package func digest(into hash: inout SHA256) {
        unsafe withBytes { bytes in unsafe hash.update(bytes) }
    }

    /// The bytes, writable: only for a tensor that nothing else refers to yet.
    package func withMutableBytes<R, E: Error>(_ body: (UnsafeMutableRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe body(UnsafeMutableRawBufferPointer(start: storage.address, count: count * dataType.size))
    }

    /// The elements seen as `T`, which must be the type that ``dataType`` names. For backends only.
    func pointer<T>(_: T.Type) -> UnsafeMutablePointer<T> {
        unsafe storage.address.assumingMemoryBound(to: T.self)
    }

    private func fill<T>(_: T.Type, _ value: (Int) -> T) {
        let elements = unsafe pointer(T.self)
        for i in 0..<count { unsafe elements[i] = value(i) }
    }

    private func read<T, R>(_: T.Type, _ convert: (T) -> R) -> [R] {
        unsafe UnsafeBufferPointer(start: pointer(T.self), count: count).map(convert)
    }
}

/// The upper 16 bits of `value`, rounded to nearest even; NaN stays NaN.
package func bfloat16Bits(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (UInt64(bits) + 0x7FFF + UInt64((bits >> 16) & 1)) >> 16)
}
