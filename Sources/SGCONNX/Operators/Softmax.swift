import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Softmax, LogSoftmax, Hardmax: over one axis from version 13 on, over all axes from `axis` on before.
    static let softmax: [OperatorDefinition] = [
        OperatorDefinition("Softmax") { node throws(SGCError) in
            try alongRows(node) { x throws(SGCError) in try x.softmax() }
        },
        OperatorDefinition("LogSoftmax") { node throws(SGCError) in
            try alongRows(node) { x throws(SGCError) in try x.logSoftmax() }
        },
        OperatorDefinition("Hardmax") { node throws(SGCError) in
            // 1 at the first of the largest elements; its gradient is 0.
            try alongRows(node) { x throws(SGCError) in
                guard x.count > 0 else { return x.stopGradient }
                let winners = try x.argmax(axis: -1)
                return try winners.reshaped([winners.count]).oneHot(classes: x.shape.last, x.dataType).reshaped(x.shape)
            }
        },
    ]

    private static func alongRows(
        _ node: NodeReader, _ function: @escaping @Sendable (Tensor) throws(SGCError) -> Tensor
    ) throws(SGCError) -> Kernel {
        let isFlat = node.opset < 13
        let axis = try node.integer("axis", default: isFlat ? 1 : -1)
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            guard isFlat else {
                let index = try x.shape.axis(axis)
                return [.device(try x.storing(last: [index]).map(function))]
            }
            // axis may be the rank: then each element is a row of its own.
            guard axis >= -x.rank, axis <= x.rank else {
                throw SGCError(.format, "attribute axis: \(axis) is not an axis of the shape \(x.shape)")
            }
            let first = axis < 0 ? axis + x.rank : axis
            let laid = try x.storing(last: Array(first..<x.rank))
            let extents = laid.stored.shape
            let row = extents.dimensions[first...].reduce(1, *)
            let rows = try Shape(Array(extents.dimensions.prefix(first)) + [row])
            return [
                .device(
                    try laid.map { y throws(SGCError) in try function(try y.reshaped(rows)).reshaped(extents) })
            ]
        }
    }
}
