package import SGCBase
import SGCTensor

extension Value {
    /// The elements as a file or a host has them, of type `target`; of the value's own type when it is `nil`.
    ///
    /// Only real numbers are converted, to other real numbers; a graph computes in float32 whatever its file says.
    /// - Throws: `.mismatch` for another conversion, `.unsupported` for a tensor whose gradient is being recorded.
    package func stored(as target: ElementType? = nil) throws(SGCError) -> ONNXTensor {
        let target = target ?? type
        guard target == type || (target.isReal && type.isReal) else {
            throw SGCError(.mismatch, "expected elements of \(target), the graph gave \(type)")
        }
        if case .device(let tensor) = self, target == .float32, !isWatched {
            let floats = try tensor.natural().cast(to: .float32)
            return try ONNXTensor(
                type: .float32, shape: shape, bytes: unsafe floats.withBytes { unsafe Array($0) })
        }
        return try array().cast(to: target).stored()
    }
}

extension HostArray {
    /// The elements as a file has them.
    fileprivate func stored() throws(SGCError) -> ONNXTensor {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * type.size)
        func append(_ word: UInt64) {
            for offset in 0..<type.size { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(offset)))) }
        }
        switch elements {
        case .integers(let values):
            for value in values { append(UInt64(bitPattern: value)) }
        case .reals(let values):
            for value in values {
                switch type {
                case .float64: append(value.bitPattern)
                case .float16: append(UInt64(Float16(value).bitPattern))
                case .bfloat16: append(UInt64(bfloat16Bits(Float(value))))
                default: append(UInt64(Float(value).bitPattern))
                }
            }
        }
        return try ONNXTensor(type: type, shape: shape, bytes: bytes)
    }
}
