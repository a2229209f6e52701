import SGCBase
import SGCTensor

// Movements of elements in plain memory.
extension HostArray {
    /// The axes in another order: axis `axes[i]` becomes axis i.
    func transposed(_ axes: [Int]) -> HostArray {
        let target = Shape(known: axes.map { shape[$0] })
        let strides = shape.strides
        return selected(target.positions(strides: axes.map { strides[$0] }), shape: target)
    }

    /// The elements at the positions of `box`, which lies within the array.
    func strided(_ box: StridedBox) -> HostArray {
        let target = Shape(known: box.counts)
        guard target.count > 0 else { return selected([], shape: target) }
        return selected(shape.positions(of: box), shape: target)
    }

    /// The elements that `indices` name along `axis`, whose place the axes of the indices (`indexShape`) take.
    ///
    /// - Parameter indices: within the axis.
    func gathered(_ indices: [Int], shape indexShape: [Int], axis: Int) -> HostArray {
        let dimensions = shape.dimensions
        let target = Shape(known: dimensions[..<axis] + indexShape + dimensions[(axis + 1)...])
        let inner = dimensions[(axis + 1)...].reduce(1, *)
        let outer = dimensions[..<axis].reduce(1, *)
        var positions: [Int] = []
        positions.reserveCapacity(target.count)
        for i in 0..<outer {
            for index in indices {
                let start = (i * dimensions[axis] + index) * inner
                for offset in 0..<inner { positions.append(start + offset) }
            }
        }
        return selected(positions, shape: target)
    }

    /// `parts` one after another along `axis`.
    ///
    /// - Parameter parts: of one type and rank, and of equal extents but for `axis`.
    static func concatenated(_ parts: [HostArray], axis: Int) throws(SGCError) -> HostArray {
        let dimensions = parts[0].shape.dimensions
        let total = parts.reduce(0) { $0 + $1.shape[axis] }
        let target = parts[0].shape.replacing(axis, with: total)
        let outer = dimensions[..<axis].reduce(1, *)
        let inner = dimensions[(axis + 1)...].reduce(1, *)
        switch parts[0].elements {
        case .integers:
            let rows = parts.map { (values: $0.integers, width: $0.shape[axis] * inner) }
            let values = interleaved(rows, outer: outer)
            return try HostArray(integers: values, type: parts[0].type, shape: target)
        case .reals:
            let rows = parts.map { (values: $0.reals, width: $0.shape[axis] * inner) }
            return try HostArray(reals: interleaved(rows, outer: outer), type: parts[0].type, shape: target)
        }
    }

    private static func interleaved<Element>(
        _ parts: [(values: [Element], width: Int)], outer: Int
    ) -> [Element] {
        if outer == 1 { return Array(parts.map(\.values).joined()) }
        var result: [Element] = []
        for i in 0..<outer {
            for part in parts { result += part.values[i * part.width..<(i + 1) * part.width] }
        }
        return result
    }

    /// An array of `target` whose elements at the positions of `box` are these, and `filling` (one element of the
    /// same type) elsewhere.
    func placed(at box: StridedBox, in target: Shape, filling: HostArray) -> HostArray {
        var positions = [Int](repeating: count, count: target.count)
        if count > 0 {
            for (index, position) in target.positions(of: box).enumerated() { positions[position] = index }
        }
        return appending(filling).selected(positions, shape: target)
    }

    /// The flat elements, and one more.
    private func appending(_ element: HostArray) -> HostArray {
        switch (elements, element.elements) {
        case (.integers(let values), .integers(let more)):
            HostArray(type: type, shape: [count + more.count], elements: .integers(values + more))
        case (.reals(let values), .reals(let more)):
            HostArray(type: type, shape: [count + more.count], elements: .reals(values + more))
        default: self
        }
    }
}

extension Shape {
    /// The positions of a box that is not empty, row-major.
    func positions(of box: StridedBox) -> [Int] {
        let own = strides
        var (offset, steps) = (0, own)
        for axis in own.indices {
            offset += box.starts[axis] * own[axis]
            // A single element has no neighbour, and its step may be any number.
            if box.counts[axis] > 1 { steps[axis] = own[axis] * box.steps[axis] }
        }
        return Shape(known: box.counts).positions(strides: steps, offset: offset)
    }
}
