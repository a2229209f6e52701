/// What one element of an ONNX tensor is; the raw values are those of the format (`TensorProto.DataType`).
package enum ElementType: Int32, Sendable, CaseIterable {
    case float32 = 1
    case uint8 = 2
    case int8 = 3
    case uint16 = 4
    case int16 = 5
    case int32 = 6
    case int64 = 7
    case string = 8
    case bool = 9
    case float16 = 10
    case float64 = 11
    case uint32 = 12
    case uint64 = 13
    case complex64 = 14
    case complex128 = 15
    case bfloat16 = 16

    /// Bytes of one element; 0 for strings.
    package var size: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .float32, .int32, .uint32: 4
        case .int64, .float64, .uint64, .complex64: 8
        case .complex128: 16
        case .string: 0
        }
    }

    /// Whether elements are real numbers.
    package var isReal: Bool { self == .float32 || self == .float64 || self == .float16 || self == .bfloat16 }

    /// Whether elements are integers; booleans count as 0 and 1.
    package var isInteger: Bool {
        switch self {
        case .uint8, .int8, .uint16, .int16, .int32, .int64, .uint32, .uint64, .bool: true
        default: false
        }
    }
}
