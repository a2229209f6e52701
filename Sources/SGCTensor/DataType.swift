/// What one element of a tensor is.
package enum DataType: UInt8, Sendable, CaseIterable {
    case float32
    /// The upper half of a float32. A compute type: master weights, statistics, distances and losses stay float32.
    case bfloat16
    /// For the Reference backend alone: the precision in which gradients are checked by finite differences.
    case float64
    case int32
    case uint8

    /// Bytes of one element.
    package var size: Int {
        switch self {
        case .float32, .int32: 4
        case .bfloat16: 2
        case .float64: 8
        case .uint8: 1
        }
    }

    /// Whether the type holds real numbers, which is what gradients need.
    package var isFloating: Bool { self == .float32 || self == .bfloat16 || self == .float64 }
}
