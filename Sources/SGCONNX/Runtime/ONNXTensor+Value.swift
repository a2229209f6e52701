package import SGCBase
package import SGCTensor

extension ONNXTensor {
    /// Elements up to which real numbers stay in plain memory: scalars, scales, normalization constants.
    private static let hostReals = 8

    /// The tensor as a graph uses it: real numbers of a weight on the device, everything else in plain memory.
    ///
    /// float16, bfloat16 and float32 weights become float32. float64 stays in plain memory.
    package func value(on device: Device) throws(SGCError) -> Value {
        guard type.isReal, type != .float64, shape.count > Self.hostReals else { return .host(try array()) }
        if type == .float32 {
            let tensor = try Tensor(uninitialized: shape, on: device)
            // Both sides have `shape.count` floats of 4 bytes, in the machine's order.
            unsafe tensor.withMutableBytes { unsafe $0.copyBytes(from: bytes) }
            return .device(GraphTensor(tensor))
        }
        var floats = [Float](repeating: 0, count: shape.count)
        for i in floats.indices { floats[i] = real32(i) }
        return .device(GraphTensor(try Tensor(floats, shape: shape, on: device)))
    }

    /// The elements in plain memory.
    ///
    /// - Throws: `.unsupported` for strings and complex numbers.
    package func array() throws(SGCError) -> HostArray {
        switch type {
        case .float32, .float16, .bfloat16:
            return try HostArray(reals: (0..<shape.count).map { Double(real32($0)) }, type: type, shape: shape)
        case .float64:
            let values = (0..<shape.count).map { Double(bitPattern: word($0, 8)) }
            return try HostArray(reals: values, type: type, shape: shape)
        case .string, .complex64, .complex128:
            throw SGCError(.unsupported, "tensor: elements of type \(type) are not supported")
        default:
            let size = type.size
            let values = (0..<shape.count).map { signExtended(word($0, size)) }
            return try HostArray(integers: values, type: type, shape: shape)
        }
    }

    private func real32(_ index: Int) -> Float {
        switch type {
        case .float16: Float(Float16(bitPattern: UInt16(truncatingIfNeeded: word(index, 2))))
        case .bfloat16: Float(bitPattern: UInt32(truncatingIfNeeded: word(index, 2)) << 16)
        default: Float(bitPattern: UInt32(truncatingIfNeeded: word(index, 4)))
        }
    }

    private func word(_ index: Int, _ size: Int) -> UInt64 {
        var value: UInt64 = 0
        for offset in 0..<size { value |= UInt64(bytes[index * size + offset]) << (8 * UInt64(offset)) }
        return value
    }

    private func signExtended(_ word: UInt64) -> Int64 {
        switch type {
        case .int8: Int64(Int8(truncatingIfNeeded: word))
        case .int16: Int64(Int16(truncatingIfNeeded: word))
        case .int32: Int64(Int32(truncatingIfNeeded: word))
        default: Int64(bitPattern: word)
        }
    }
}
