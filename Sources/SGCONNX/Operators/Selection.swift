import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// ArgMax, ArgMin, TopK: where the extremes are. Indices are int64 in plain memory.
    static let selection: [OperatorDefinition] = [
        OperatorDefinition("ArgMax") { node throws(SGCError) in try extreme(node, largest: true) },
        OperatorDefinition("ArgMin") { node throws(SGCError) in try extreme(node, largest: false) },
        OperatorDefinition("TopK", make: topK),
    ]

    private static func extreme(_ node: NodeReader, largest: Bool) throws(SGCError) -> Kernel {
        let axis = try node.integer("axis", default: 0)
        let keepsAxis = try node.flag("keepdims", default: true)
        let takesLast = try node.flag("select_last_index")
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            let index = try x.shape.axis(axis)
            guard x.shape[index] > 0 else { throw SGCError(.format, "axis \(axis) of the shape \(x.shape) is empty") }
            let kept = x.shape.replacing(index, with: 1)
            let dimensions =
                keepsAxis ? kept.dimensions : kept.dimensions.enumerated().filter { $0.offset != index }.map(\.element)
            let target = try inputs.limits.hostShape(dimensions)
            if case .device(let tensor) = x, !takesLast {
                // Indices have no gradient, so that none is lost here.
                let found = try tensor.withStored(tensor.stored.stopGradient).reduced([index], keepsAxes: true) {
                    y, places throws(SGCError) in
                    let signed = largest ? y : try y.scaled(by: -1)
                    let extents = y.shape.replacing(places[0], with: 1)
                    return try signed.argmax(axis: places[0]).reshaped(extents)
                }
                let indices = try found.natural().indices.map { Int64($0) }
                return [.host(try HostArray(integers: indices, shape: target))]
            }
            let array = try x.constantArray()
            let indices = array.rows(along: index).map { row in
                var best = 0
                for i in 1..<max(1, row.count) {
                    let isBetter = largest ? array.less(row[best], row[i]) : array.less(row[i], row[best])
                    let isTie = takesLast && !array.less(row[best], row[i]) && !array.less(row[i], row[best])
                    if isBetter || isTie { best = i }
                }
                return Int64(best)
            }
            return [.host(try HostArray(integers: indices, shape: target))]
        }
    }

    /// The k largest (or smallest) along an axis, in order, with their indices; equals by lower index first.
    private static func topK(_ node: NodeReader) throws(SGCError) -> Kernel {
        let axis = try node.integer("axis", default: -1)
        let largest = try node.flag("largest", default: true)
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            let index = try x.shape.axis(axis)
            let counts = try inputs.integers(1)
            guard counts.count == 1, let k = counts.first, k >= 0, k <= x.shape[index] else {
                throw SGCError(.format, "K: expected one number in 0...\(x.shape[index]), got \(counts)")
            }
            let target = try inputs.limits.hostShape(x.shape.replacing(index, with: k).dimensions)
            switch x {
            case .mask: throw SGCError(.format, "expected numbers, got bool \(x.shape)")
            case .device(let tensor):
                let laid = try tensor.storing(last: [index])
                let signed = largest ? laid.stored : try laid.stored.scaled(by: -1)
                let found = try signed.topK(k)
                let values = largest ? found.values : try found.values.scaled(by: -1)
                let indices = try laid.withStored(found.indices).natural().indices.map { Int64($0) }
                return [.device(laid.withStored(values)), .host(try HostArray(integers: indices, shape: target))]
            case .host(let array):
                // Rows come in the order of the shape without the axis; results are put where the axis is.
                let step = x.shape.dimensions[(index + 1)...].reduce(1, *)
                var positions = [Int](repeating: 0, count: target.count)
                var indices = [Int64](repeating: 0, count: target.count)
                for (number, row) in array.rows(along: index).enumerated() {
                    let order = row.indices.sorted { a, b in
                        let (first, second) = largest ? (row[b], row[a]) : (row[a], row[b])
                        if array.less(first, second) { return true }
                        return !array.less(second, first) && a < b
                    }
                    for (place, i) in order.prefix(k).enumerated() {
                        let to = (number / max(1, step) * k + place) * step + number % max(1, step)
                        positions[to] = row[i]
                        indices[to] = Int64(i)
                    }
                }
                return [
                    .host(array.selected(positions, shape: target)),
                    .host(try HostArray(integers: indices, shape: target)),
                ]
            }
        }
    }
}

extension HostArray {
    /// The positions of the elements along `axis`, for each position of the other axes in row-major order.
    func rows(along axis: Int) -> [[Int]] {
        let (first, rest) = shape.positions(reducing: [axis])
        return first.map { start in rest.map { start + $0 } }
    }

    /// Whether the element at position a is less than that at position b; NaN is greater than everything.
    func less(_ a: Int, _ b: Int) -> Bool {
        switch elements {
        case .integers(let values): type.less(values[a], values[b])
        case .reals(let values): values[a] < values[b] || (values[b].isNaN && !values[a].isNaN)
        }
    }
}
