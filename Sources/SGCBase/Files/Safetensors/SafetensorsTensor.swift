/// The element types of the safetensors format that this library can hold; raw values are the format's names.
package enum SafetensorsType: String, Sendable, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"
    case bool = "BOOL"

    /// Bytes of one element.
    package var byteCount: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// Types of the format that this library does not hold.
    static let foreign = ["F4", "F6_E2M3", "F6_E3M2", "F8_E5M2", "F8_E4M3", "F8_E8M0", "C64"]
}

/// What a tensor of a weights file is: its name, element type and shape.
package struct SafetensorsTensor: Sendable, Equatable, CustomStringConvertible {
    /// Any text of 1 to 512 bytes without NUL; never used as a path.
    package let name: String
    package let type: SafetensorsType
    /// Sides, each 0 or more; empty for a single number.
    package let shape: [Int]
    /// Bytes of all elements, row-major, little-endian.
    package let byteCount: Int

    /// - Throws: `.format` for a name or shape that the format does not allow, or a size that overflows; `.limit` for
    ///   more than ``SafetensorsLimits/rank`` sides.
    package init(name: String, type: SafetensorsType, shape: [Int]) throws(SGCError) {
        guard (1...512).contains(name.utf8.count), !name.utf8.contains(0), name != Self.metadataKey else {
            throw SGCError(.format, "tensor \(quoted(name)): expected a name of 1 to 512 bytes without NUL")
        }
        guard shape.count <= SafetensorsLimits.rank else {
            throw SGCError(
                .limit, "tensor \(quoted(name)): expected at most \(SafetensorsLimits.rank) sides, got \(shape.count)")
        }
        var byteCount = type.byteCount
        for side in shape {
            let product = byteCount.multipliedReportingOverflow(by: side)
            guard side >= 0, !product.overflow else {
                throw SGCError(.format, "tensor \(quoted(name)): expected a shape that memory can hold, got \(shape)")
            }
            byteCount = product.partialValue
        }
        self.name = name
        self.type = type
        self.shape = shape
        self.byteCount = byteCount
    }

    package var description: String { "\(quoted(name)) \(type.rawValue)\(shape)" }

    /// The key of the header that holds text instead of a tensor.
    static let metadataKey = "__metadata__"

    /// The metadata key under which the digest of a tensor stands.
    static func digestKey(_ name: String) -> String { "sha256:\(name)" }
}

/// How much a weights file may hold; the defaults are for files of any origin.
package struct SafetensorsLimits: Sendable {
    package var headerBytes = 16 << 20
    package var tensors = 65_536
    package var tensorBytes = 4 << 30
    package var modelBytes = 16 << 30

    package init() {}

    /// The most sides of a tensor.
    package static let rank = 8

    /// Four keys for a tensor, one for its digest, and room for other metadata.
    var json: JSONLimits {
        JSONLimits(bytes: headerBytes, depth: 8, keys: 5 * tensors + 4_096)
    }
}
