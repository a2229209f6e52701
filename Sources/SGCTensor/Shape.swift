package import SGCBase

/// The extents of a tensor, outermost first. Images are `[N, H, W, C]` everywhere.
package struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The extents; each is at least 0.
    package let dimensions: [Int]
    /// The product of the extents; 1 for a scalar.
    package let count: Int

    /// The highest rank that any operation supports.
    package static let largestRank = 8

    /// - Throws: `.argument` for a negative extent or too high a rank, `.limit` when the element count overflows.
    package init(_ dimensions: [Int]) throws(SGCError) {
        guard dimensions.count <= Self.largestRank else {
            throw SGCError(.argument, "shape: expected rank at most \(Self.largestRank), got \(dimensions.count)")
        }
        // Of an empty shape, too: products of some of its extents, as in strides, must not overflow.
        var most = 1
        for extent in dimensions {
            guard extent >= 0 else { throw SGCError(.argument, "shape: negative extent in \(dimensions)") }
            let (product, overflow) = most.multipliedReportingOverflow(by: max(1, extent))
            guard !overflow, product < 1 << 40 else {
                throw SGCError(.limit, "shape: too many elements in \(dimensions)")
            }
            most = product
        }
        self.dimensions = dimensions
        count = dimensions.contains(0) ? 0 : most
    }

    /// A shape written in source or derived from existing shapes; extents below 0 count as 0.
    package init(arrayLiteral elements: Int...) {
        self.init(known: elements)
    }

    /// A shape whose extents come from existing tensors, so that its element count cannot overflow.
    package init(known dimensions: [Int]) {
        self.dimensions = dimensions.map { max(0, $0) }
        self.count = self.dimensions.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
    }

    /// The product of the extents that are not 0.
    package var span: Int { dimensions.reduce(1) { $0 &* max(1, $1) } }

    package var rank: Int { dimensions.count }

    package var description: String { "\(dimensions)" }

    /// The extent of axis `index`; 1 beyond the rank, so that missing trailing axes read as extent 1.
    package subscript(index: Int) -> Int {
        dimensions.indices.contains(index) ? dimensions[index] : 1
    }

    /// The last extent; 1 for a scalar.
    package var last: Int { dimensions.last ?? 1 }

    /// The product of all extents but the last: the number of rows of a `[rows, last]` view.
    package var rows: Int { dimensions.dropLast().reduce(1, *) }

    /// The distance in elements between neighbours along each axis.
    package var strides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * dimensions[axis + 1]
        }
        return strides
    }

    /// The shape with axis `axis` replaced by `extent`.
    package func replacing(_ axis: Int, with extent: Int) -> Shape {
        Shape(known: dimensions.enumerated().map { $0.offset == axis ? extent : $0.element })
    }

    /// The shape that `self` and `other` broadcast to (aligned at the last axis, extent 1 repeats).
    ///
    /// - Throws: `.argument` when an axis has two different extents, neither of them 1.
    package func broadcast(with other: Shape) throws(SGCError) -> Shape {
        if self == other { return self }
        let rank = max(self.rank, other.rank)
        var result = [Int](repeating: 1, count: rank)
        for i in 0..<rank {
            let a = i < self.rank ? self[self.rank - 1 - i] : 1
            let b = i < other.rank ? other[other.rank - 1 - i] : 1
            guard a == b || a == 1 || b == 1 else {
                throw SGCError(.argument, "broadcast: shapes \(self) and \(other) do not fit")
            }
            result[rank - 1 - i] = a == 1 ? b : a
        }
        return try Shape(result)
    }
}
