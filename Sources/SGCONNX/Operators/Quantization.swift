import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Real numbers as multiples of a scale, and back.
    static let quantization: [OperatorDefinition] = [
        OperatorDefinition("QuantizeLinear", make: quantize),
        OperatorDefinition("DequantizeLinear", make: dequantize),
    ]

    /// x / scale rounded to nearest (halves to even), plus the zero point, limited to its type; uint8 without one.
    private static func quantize(_ node: NodeReader) throws(SGCError) -> Kernel {
        let axis = try quantizedAxis(node)
        let given = node.opset < 21 ? nil : try node.elementType("output_dtype")
        return { inputs throws(SGCError) in
            let x = try inputs.array(0)
            let zero = try inputs.optional(2)?.array()
            let type = zero?.type ?? given ?? .uint8
            guard quantizedTypes.contains(type), type != .int32 else {
                throw SGCError(.unsupported, "quantization to \(type) is not supported")
            }
            let steps = try Steps(of: x.shape, axis: axis, scale: try inputs.array(1), zero: zero)
            let limits = type.limits
            let reals = x.reals
            var values = [Int64](repeating: 0, count: reals.count)
            for i in values.indices {
                let (scale, zero) = steps[i]
                let whole = (Float(reals[i]) / Float(scale)).rounded(.toNearestOrEven)
                let (sum, overflow) = Int64(saturating: Double(whole)).addingReportingOverflow(zero)
                let value = overflow ? (whole < 0 ? .min : .max) : sum
                values[i] = min(max(value, limits.lowerBound), limits.upperBound)
            }
            return [.host(try HostArray(integers: values, type: type, shape: x.shape))]
        }
    }

    /// (x − zero point) · scale.
    private static func dequantize(_ node: NodeReader) throws(SGCError) -> Kernel {
        let axis = try quantizedAxis(node)
        return { inputs throws(SGCError) in
            let x = try inputs.array(0)
            guard quantizedTypes.contains(x.type) else {
                throw SGCError(.format, "expected quantized numbers, got \(x.type)")
            }
            let zero = try inputs.optional(2)?.array()
            guard zero == nil || zero?.type == x.type else {
                throw SGCError(.format, "expected a zero point of \(x.type), got \(zero?.type ?? x.type)")
            }
            let steps = try Steps(of: x.shape, axis: axis, scale: try inputs.array(1), zero: zero)
            let integers = x.integers
            let reals = integers.indices.map { i in
                let (scale, zero) = steps[i]
                return Double(integers[i] - zero) * scale
            }
            let type = try inputs.value(1).type
            return [try .computed(try HostArray(reals: reals, type: type, shape: x.shape), on: inputs.device)]
        }
    }

    private static let quantizedTypes: [ElementType] = [.uint8, .int8, .uint16, .int16, .int32]

    /// - Throws: `.unsupported` for scales of blocks.
    private static func quantizedAxis(_ node: NodeReader) throws(SGCError) -> Int {
        let block = try node.integer("block_size", default: 0)
        guard block == 0 else {
            throw SGCError(.unsupported, "attribute block_size: scales of blocks are not supported, got \(block)")
        }
        return try node.integer("axis", default: 1)
    }
}

/// The scale and the zero point of each element: one of each, or one for every index of an axis.
private struct Steps {
    private let scales: [Double]
    private let zeros: [Int64]
    private let extent: Int
    private let inner: Int

    /// - Throws: `.format` when they do not fit the shape or each other.
    init(of shape: Shape, axis: Int, scale: HostArray, zero: HostArray?) throws(SGCError) {
        guard scale.type.isReal, zero.map({ $0.type.isInteger && $0.count == scale.count }) ?? true else {
            throw SGCError(.format, "scale \(scale.shape) and zero point do not fit each other")
        }
        if scale.count == 1 {
            (extent, inner) = (1, max(1, shape.count))
        } else {
            let place = try shape.axis(axis)
            guard scale.shape.rank == 1, scale.count == shape[place] else {
                throw SGCError(.format, "scales \(scale.shape) do not fit axis \(axis) of \(shape)")
            }
            (extent, inner) = (scale.count, shape.dimensions[(place + 1)...].reduce(1, *))
        }
        scales = scale.reals
        zeros = zero?.integers ?? [Int64](repeating: 0, count: scale.count)
    }

    subscript(index: Int) -> (scale: Double, zero: Int64) {
        let place = index / inner % extent
        return (scales[place], zeros[place])
    }
}
