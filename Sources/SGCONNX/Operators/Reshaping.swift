import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Other shapes and orders of axes for the same elements.
    static let reshaping: [OperatorDefinition] = [
        OperatorDefinition("Identity") { _ throws(SGCError) in { inputs throws(SGCError) in [try inputs.value(0)] } },
        OperatorDefinition("Shape", make: shape),
        OperatorDefinition("Size") { _ throws(SGCError) in size },
        OperatorDefinition("Reshape", make: reshape),
        OperatorDefinition("Flatten", make: flatten),
        OperatorDefinition("Transpose", make: transpose),
        OperatorDefinition("Squeeze", make: squeeze),
        OperatorDefinition("Unsqueeze", make: unsqueeze),
    ]

    /// The extents of the input; from opset 15 on, those of the axes `start` ..< `end`.
    private static func shape(_ node: NodeReader) throws(SGCError) -> Kernel {
        let start = try node.integer("start", default: 0)
        let end = try node.integer("end")
        return { inputs throws(SGCError) in
            let extents = try inputs.value(0).shape.dimensions
            return [.host(HostArray(list: ShapeRange(start: start, end: end).of(extents)))]
        }
    }

    private static let size: Kernel = { inputs throws(SGCError) in
        let count = try inputs.value(0).shape.count
        return [.host(try HostArray(integers: [Int64(count)], shape: []))]
    }

    /// A shape in which one extent may be -1 (what is left), and 0 is the extent of the input at that place, unless
    /// `allowzero` (from opset 14 on) makes it 0.
    private static func reshape(_ node: NodeReader) throws(SGCError) -> Kernel {
        let allowsZero = try node.flag("allowzero")
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            var wanted = try inputs.integers(1)
            func refusal() -> SGCError { SGCError(.format, "\(wanted) is no shape for \(x.shape)") }
            guard wanted.allSatisfy({ $0 >= -1 }), wanted.count(where: { $0 == -1 }) < 2,
                !(allowsZero && wanted.contains(0) && wanted.contains(-1))
            else { throw refusal() }
            if !allowsZero {
                for (axis, extent) in wanted.enumerated() where extent == 0 {
                    guard axis < x.shape.rank else { throw refusal() }
                    wanted[axis] = x.shape[axis]
                }
            }
            if let open = wanted.firstIndex(of: -1) {
                wanted[open] = 1
                let known = try inputs.shape(wanted).count
                guard known > 0, x.shape.count % known == 0 else { throw refusal() }
                wanted[open] = x.shape.count / known
            }
            let target = try inputs.shape(wanted)
            guard target.count == x.shape.count else { throw refusal() }
            return [try x.reshaped(target)]
        }
    }

    /// A matrix: the axes before `axis` are its rows.
    private static func flatten(_ node: NodeReader) throws(SGCError) -> Kernel {
        let axis = try node.integer("axis", default: 1)
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            let place = try x.shape.axis(axis, extra: 1)
            let rows = x.shape.dimensions[..<place].reduce(1, *)
            let columns = x.shape.dimensions[place...].reduce(1, *)
            return [try x.reshaped([rows, columns])]
        }
    }

    private static func transpose(_ node: NodeReader) throws(SGCError) -> Kernel {
        let order = try node.integers("perm")
        if let order, order.sorted() != Array(0..<order.count) {
            throw SGCError(.format, "attribute perm: expected an order of axes, got \(order)")
        }
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            let axes = order ?? (0..<x.shape.rank).reversed()
            guard axes.count == x.shape.rank else {
                throw SGCError(.format, "attribute perm: \(axes) is no order of the axes of \(x.shape)")
            }
            return [
                try x.moved(tensor: { $0.transposed(axes) }, array: { $0.transposed(axes) })
            ]
        }
    }

    /// Axes of extent 1 left out: those of the attribute `axes` (an input from opset 13 on), or all.
    private static func squeeze(_ node: NodeReader) throws(SGCError) -> Kernel {
        let fixed = node.opset < 13 ? try node.integers("axes") : nil
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            let dimensions = x.shape.dimensions
            let given = fixed == nil ? try inputs.optionalIntegers(1) : fixed
            let axes = try x.shape.distinctAxes(given ?? dimensions.indices.filter { dimensions[$0] == 1 })
            guard axes.allSatisfy({ dimensions[$0] == 1 }) else {
                throw SGCError(.format, "axes \(axes) of \(x.shape) are not all of extent 1")
            }
            let kept = dimensions.indices.filter { !axes.contains($0) }
            return [try x.reshaped(Shape(known: kept.map { dimensions[$0] }))]
        }
    }

    /// New axes of extent 1 at the places `axes` of the result: an attribute, an input from opset 13 on.
    private static func unsqueeze(_ node: NodeReader) throws(SGCError) -> Kernel {
        let fixed = node.opset < 13 ? try node.integers("axes") : nil
        if node.opset < 13, fixed == nil { throw SGCError(.format, "attribute axes is missing") }
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            let given: [Int]
            if let fixed { given = fixed } else { given = try inputs.integers(1) }
            var extents = [Int](repeating: 1, count: x.shape.rank + given.count)
            let axes = try inputs.shape(extents).distinctAxes(given)
            var old = x.shape.dimensions.makeIterator()
            for axis in extents.indices where !axes.contains(axis) { extents[axis] = old.next() ?? 1 }
            return [try x.reshaped(Shape(known: extents))]
        }
    }
}

/// The attributes `start` and `end` of Shape.
struct ShapeRange: Sendable {
    let start: Int
    let end: Int?

    /// The extents of the range; negative ends count from the last axis, and ends beyond the axes are cut.
    func of<Extent>(_ extents: [Extent]) -> [Extent] {
        let rank = extents.count
        func place(_ axis: Int) -> Int { min(max(axis < 0 ? axis + rank : axis, 0), rank) }
        let (first, last) = (place(start), place(end ?? rank))
        return first < last ? Array(extents[first..<last]) : []
    }
}

extension Value {
    /// The same elements under another shape of the same count.
    func reshaped(_ target: Shape) throws(SGCError) -> Value {
        try moved(
            tensor: { x throws(SGCError) in try x.reshaped(target) },
            array: { x throws(SGCError) in try x.reshaped(target) })
    }
}
