import SGCBase
import SGCTensor

extension OperatorRegistry {
    static let uniqueness: [OperatorDefinition] = [OperatorDefinition("Unique", make: unique)]

    /// The different elements (or slices along `axis`), sorted unless `sorted` is 0: themselves, where each comes first,
    /// which of them stands at every place, and how often each comes.
    private static func unique(_ node: NodeReader) throws(SGCError) -> Kernel {
        let isSorted = try node.flag("sorted", default: true)
        let axis = try node.integer("axis")
        return { inputs throws(SGCError) in
            var x = try inputs.array(0)
            var place = 0
            if let axis { place = try x.shape.axis(axis) } else { x = try x.reshaped([x.count]) }
            let slices: Slices
            switch x.elements {
            case .integers(let values):
                // Flipping the sign bit orders unsigned numbers as signed ones.
                let keys = x.type == .uint64 ? values.map { $0 ^ .min } : values
                slices = Slices(keys, x.shape, axis: place, isSorted: isSorted) { $0 < $1 }
            case .reals(let values):
                slices = Slices(values, x.shape, axis: place, isSorted: isSorted) { $0 < $1 || (!$0.isNaN && $1.isNaN) }
            }
            let count = slices.first.count
            let y = x.gathered(slices.first, shape: [count], axis: place)
            return [
                try .computed(y, on: inputs.device), .host(HostArray(list: slices.first)),
                .host(HostArray(list: slices.inverse)), .host(HostArray(list: slices.counts)),
            ]
        }
    }
}

/// Which slices along an axis are equal.
private struct Slices {
    /// The first index of each different slice, in the order of the result.
    private(set) var first: [Int] = []
    /// For each index the place of its slice in the result.
    private(set) var inverse: [Int] = []
    private(set) var counts: [Int] = []

    init<Element: Hashable>(
        _ values: [Element], _ shape: Shape, axis: Int, isSorted: Bool, isLess: (Element, Element) -> Bool
    ) {
        let extent = shape[axis]
        let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
        let outer = shape.dimensions[..<axis].reduce(1, *)
        var known: [[Element]: Int] = [:]
        var keys: [[Element]] = []
        for index in 0..<extent {
            var key: [Element] = []
            key.reserveCapacity(outer * inner)
            for i in 0..<outer {
                let start = (i * extent + index) * inner
                key += values[start..<start + inner]
            }
            if let place = known[key] {
                inverse.append(place)
                counts[place] += 1
            } else {
                known[key] = keys.count
                inverse.append(keys.count)
                keys.append(key)
                first.append(index)
                counts.append(1)
            }
        }
        guard isSorted else { return }
        let order = keys.indices.sorted { keys[$0].lexicographicallyPrecedes(keys[$1], by: isLess) }
        var places = order
        for (place, old) in order.enumerated() { places[old] = place }
        (first, counts) = (order.map { first[$0] }, order.map { counts[$0] })
        inverse = inverse.map { places[$0] }
    }
}
