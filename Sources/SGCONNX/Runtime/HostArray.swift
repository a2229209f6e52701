package import SGCBase
package import SGCTensor

/// A small array of any ONNX element type, computed in plain Swift: shapes, indices, masks, scalars.
///
/// Large real arrays live on the device as ``GraphTensor``; what is here is read by the shape arithmetic that exporters
/// leave in a graph, and by operators too rare for the engine.
package struct HostArray: Sendable {
    /// The elements, row-major: integers and booleans (0, 1) as Int64, real numbers as Double.
    ///
    /// Integers lie within the range of ``type``, except that uint64 is kept as its bit pattern. Real numbers are
    /// rounded to ``type``.
    package enum Elements: Sendable {
        case integers([Int64])
        case reals([Double])
    }

    package let type: ElementType
    package let shape: Shape
    package let elements: Elements

    /// The most elements that a run makes or copies here: 1 GiB.
    package static let largestCount = 1 << 27

    /// Integers, wrapped to `type` as a conversion in C would.
    ///
    /// - Throws: `.internalError` when type or count do not fit: the caller's mistake, not the file's.
    package init(integers values: [Int64], type: ElementType = .int64, shape: Shape) throws(SGCError) {
        guard type.isInteger, values.count == shape.count else {
            throw SGCError(.internalError, "host array: \(values.count) integers for \(shape) of \(type)")
        }
        self.type = type
        self.shape = shape
        elements = .integers(type == .int64 || type == .uint64 ? values : values.map { type.wrapped($0) })
    }

    /// Real numbers, rounded to `type`.
    ///
    /// - Throws: as above.
    package init(reals values: [Double], type: ElementType = .float32, shape: Shape) throws(SGCError) {
        guard type.isReal, values.count == shape.count else {
            throw SGCError(.internalError, "host array: \(values.count) reals for \(shape) of \(type)")
        }
        self.type = type
        self.shape = shape
        elements = .reals(type == .float64 ? values : values.map { type.rounded($0) })
    }

    package init(booleans values: [Bool], shape: Shape) throws(SGCError) {
        try self.init(integers: values.map { $0 ? 1 : 0 }, type: .bool, shape: shape)
    }

    /// A list of integers, as shapes and axes are given.
    package init(list values: [Int]) {
        type = .int64
        shape = [values.count]
        elements = .integers(values.map(Int64.init))
    }

    init(type: ElementType, shape: Shape, elements: Elements) {
        self.type = type
        self.shape = shape
        self.elements = elements
    }

    package var count: Int { shape.count }

    /// The elements as Double, whatever they are.
    package var reals: [Double] {
        switch elements {
        case .reals(let values): values
        case .integers(let values):
            type == .uint64 ? values.map { Double(UInt64(bitPattern: $0)) } : values.map(Double.init)
        }
    }

    /// The elements as Int64; real numbers are cut towards zero, saturating, NaN becomes 0.
    package var integers: [Int64] {
        switch elements {
        case .integers(let values): values
        case .reals(let values): values.map { Int64(saturating: $0) }
        }
    }

    /// The same elements under another shape.
    ///
    /// - Throws: `.format` when the counts differ.
    package func reshaped(_ newShape: Shape) throws(SGCError) -> HostArray {
        guard newShape.count == count else {
            throw SGCError(.format, "reshape: \(shape) has \(count) elements, \(newShape) has \(newShape.count)")
        }
        return HostArray(type: type, shape: newShape, elements: elements)
    }

    /// The elements at `positions` (row-major), in that order, under `newShape`, whose count is that of `positions`.
    package func selected(_ positions: [Int], shape newShape: Shape) -> HostArray {
        switch elements {
        case .integers(let values):
            HostArray(type: type, shape: newShape, elements: .integers(positions.map { values[$0] }))
        case .reals(let values):
            HostArray(type: type, shape: newShape, elements: .reals(positions.map { values[$0] }))
        }
    }

    /// The elements in another type, as ONNX's Cast: to integers cut towards zero, saturating, NaN becomes 0; to bool
    /// everything but 0 becomes 1.
    package func cast(to target: ElementType) throws(SGCError) -> HostArray {
        if target == type { return self }
        if target == .bool {
            switch elements {
            case .integers(let values): return try HostArray(booleans: values.map { $0 != 0 }, shape: shape)
            case .reals(let values): return try HostArray(booleans: values.map { $0 != 0 }, shape: shape)
            }
        }
        if target.isReal { return try HostArray(reals: reals, type: target, shape: shape) }
        guard target.isInteger else {
            throw SGCError(.unsupported, "cast: cannot make \(target) from \(type)")
        }
        switch elements {
        case .integers(let values): return try HostArray(integers: values, type: target, shape: shape)
        case .reals(let values):
            let limits = target.limits
            return try HostArray(
                integers: values.map {
                    Swift.min(Swift.max(Int64(saturating: $0), limits.lowerBound), limits.upperBound)
                },
                type: target, shape: shape)
        }
    }
}

extension ElementType {
    /// The integers that the type can hold; for uint64 those of Int64 from 0.
    package var limits: ClosedRange<Int64> {
        switch self {
        case .bool: 0...1
        case .uint8: 0...255
        case .int8: -128...127
        case .uint16: 0...65_535
        case .int16: -32_768...32_767
        case .uint32: 0...4_294_967_295
        case .int32: Int64(Int32.min)...Int64(Int32.max)
        case .uint64: 0...Int64.max
        default: Int64.min...Int64.max
        }
    }

    fileprivate func wrapped(_ value: Int64) -> Int64 {
        switch self {
        case .bool: value != 0 ? 1 : 0
        case .uint8: Int64(UInt8(truncatingIfNeeded: value))
        case .int8: Int64(Int8(truncatingIfNeeded: value))
        case .uint16: Int64(UInt16(truncatingIfNeeded: value))
        case .int16: Int64(Int16(truncatingIfNeeded: value))
        case .uint32: Int64(UInt32(truncatingIfNeeded: value))
        case .int32: Int64(Int32(truncatingIfNeeded: value))
        default: value
        }
    }

    /// The nearest number that the type can hold.
    fileprivate func rounded(_ value: Double) -> Double {
        switch self {
        case .float32: Double(Float(value))
        case .float16: Double(Float16(value))
        case .bfloat16: Double(Float(bitPattern: UInt32(bfloat16Bits(Float(value))) << 16))
        default: value
        }
    }
}

extension Int64 {
    /// `value` cut towards zero; the nearest Int64 when it is outside, 0 for NaN.
    package init(saturating value: Double) {
        if value.isNaN {
            self = 0
        } else if value >= 9_223_372_036_854_775_808 {
            self = .max
        } else if value <= -9_223_372_036_854_775_808 {
            self = .min
        } else {
            self = Int64(value)
        }
    }
}
