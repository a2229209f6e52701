import Glibc
import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Tensors that are not computed from others' elements.
    static let generation: [OperatorDefinition] = [
        OperatorDefinition("Constant", leastInputs: 0, make: constant),
        OperatorDefinition("ConstantOfShape", make: constantOfShape),
        OperatorDefinition("Range") { _ throws(SGCError) in range },
        OperatorDefinition("EyeLike", make: eyeLike),
        OperatorDefinition("HannWindow", opsets: 17...22) { node throws(SGCError) in try window(node, 0.5, 0.5, 0) },
        OperatorDefinition("HammingWindow", opsets: 17...22) { node throws(SGCError) in
            try window(node, 25 / 46, 21 / 46, 0)
        },
        OperatorDefinition("BlackmanWindow", opsets: 17...22) { node throws(SGCError) in
            try window(node, 0.42, 0.5, 0.08)
        },
    ]

    /// The value of the only attribute, in any of its forms.
    private static func constant(_ node: NodeReader) throws(SGCError) -> Kernel {
        guard node.node.attributes.count == 1 else {
            throw SGCError(.format, "expected one attribute, got \(node.node.attributes.keys.sorted())")
        }
        if let tensor = try node.tensor("value") {
            // Once, so that a type that is not supported is found while the graph is made ready.
            if !tensor.type.isReal { _ = try tensor.array() }
            return { inputs throws(SGCError) in [try tensor.value(on: inputs.device)] }
        }
        let array: HostArray
        if let value = try node.integer("value_int") {
            array = try HostArray(integers: [Int64(value)], shape: [])
        } else if let values = try node.integers("value_ints") {
            array = HostArray(list: values)
        } else if let value = try node.real("value_float") {
            array = try HostArray(reals: [value], shape: [])
        } else if let values = try node.reals("value_floats") {
            array = try HostArray(reals: values, shape: [values.count])
        } else {
            let names = node.node.attributes.keys.sorted()
            throw SGCError(.unsupported, "attribute \(names.joined()): this form of a constant is not supported")
        }
        return { inputs throws(SGCError) in [try .computed(array, on: inputs.device)] }
    }

    /// A tensor of one value, 0 in float32 unless given, whose shape is the input.
    private static func constantOfShape(_ node: NodeReader) throws(SGCError) -> Kernel {
        var one = try HostArray(reals: [0], shape: [])
        if let tensor = try node.tensor("value") {
            guard tensor.shape.count == 1 else {
                throw SGCError(.format, "attribute value: expected one element, got \(tensor.shape)")
            }
            one = try tensor.array().reshaped([])
        }
        let element = one
        return { inputs throws(SGCError) in
            let extents = try inputs.integers(0)
            let shape = try inputs.shape(extents)
            if element.type.isReal, element.type != .float64 {
                let value = element.reals[0]
                guard shape.count > 64 else {
                    let values = [Double](repeating: value, count: shape.count)
                    return [.host(try HostArray(reals: values, type: element.type, shape: shape))]
                }
                return [.device(GraphTensor(try .full(shape, value, on: inputs.device)))]
            }
            return [.host(element.broadcast(to: try inputs.limits.hostShape(extents)))]
        }
    }

    /// start, start + delta, … as long as it has not reached the limit.
    private static let range: Kernel = { inputs throws(SGCError) in
        let (start, limit, delta) = (try inputs.array(0), try inputs.array(1), try inputs.array(2))
        guard start.count == 1, limit.count == 1, delta.count == 1, start.type == limit.type, start.type == delta.type
        else {
            throw SGCError(
                .format,
                "expected three numbers of one type, got \(start.type) \(start.shape), \(limit.type) \(limit.shape) "
                    + "and \(delta.type) \(delta.shape)")
        }
        switch start.elements {
        case .integers:
            let (a, b, step) = (start.integers[0], limit.integers[0], delta.integers[0])
            guard step != 0 else { throw SGCError(.format, "a step of 0") }
            // The distance of two Int64 fits UInt64, whatever their signs.
            let distance = step > 0 ? UInt64(bitPattern: b &- a) : UInt64(bitPattern: a &- b)
            let isEmpty = step > 0 ? b <= a : b >= a
            let steps = isEmpty ? 0 : (distance - 1) / step.magnitude
            // A count that is cut is far beyond every limit.
            let count = isEmpty ? 0 : Int(clamping: min(steps, UInt64(Int64.max) - 1) + 1)
            let shape = try inputs.limits.hostShape([count])
            let values = (0..<shape.count).map { a &+ Int64($0) &* step }
            return [.host(try HostArray(integers: values, type: start.type, shape: shape))]
        case .reals:
            let (a, b, step) = (start.reals[0], limit.reals[0], delta.reals[0])
            guard a.isFinite, b.isFinite, step.isFinite, step != 0 else {
                throw SGCError(.format, "a range of \(a) ..< \(b) by \(step)")
            }
            let count = Int(Int64(saturating: max(0, ((b - a) / step).rounded(.up))))
            let shape = try inputs.limits.hostShape([count])
            let values = (0..<shape.count).map { a + Double($0) * step }
            return [
                try .computed(try HostArray(reals: values, type: start.type, shape: shape), on: inputs.device)
            ]
        }
    }

    /// A matrix of the shape of the input with ones on the diagonal that lies `k` columns to the right.
    private static func eyeLike(_ node: NodeReader) throws(SGCError) -> Kernel {
        let type = try node.elementType("dtype")
        let k = try node.integer("k", default: 0)
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            guard x.shape.rank == 2 else { throw SGCError(.format, "expected a matrix, got \(x.shape)") }
            let shape = try inputs.limits.hostShape(x.shape.dimensions)
            var values = [Int64](repeating: 0, count: shape.count)
            for row in 0..<shape[0] {
                let (column, overflow) = row.addingReportingOverflow(k)
                if !overflow, (0..<shape[1]).contains(column) { values[row * shape[1] + column] = 1 }
            }
            let ones = try HostArray(integers: values, shape: shape)
            return [try .computed(try ones.cast(to: type ?? x.type), on: inputs.device)]
        }
    }

    /// a − b · cos(2πn/N) + c · cos(4πn/N) for n in 0 ..< size, where N is the size, less one unless `periodic`.
    private static func window(
        _ node: NodeReader, _ a: Double, _ b: Double, _ c: Double
    ) throws(SGCError) -> Kernel {
        let isPeriodic = try node.flag("periodic", default: true)
        let type = try node.elementType("output_datatype") ?? .float32
        return { inputs throws(SGCError) in
            let sizes = try inputs.integers(0)
            guard sizes.count == 1 else { throw SGCError(.format, "expected one size, got \(sizes)") }
            let shape = try inputs.limits.hostShape(sizes)
            let period = Double(max(1, isPeriodic ? shape.count : shape.count - 1))
            let values = (0..<shape.count).map {
                let angle = 2 * Double.pi * Double($0) / period
                return a - b * cos(angle) + c * cos(2 * angle)
            }
            let window = try HostArray(reals: values, type: .float64, shape: shape)
            return [try .computed(try window.cast(to: type), on: inputs.device)]
        }
    }
}
