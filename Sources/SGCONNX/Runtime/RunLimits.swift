package import SGCBase
package import SGCTensor

/// What a run may take, so that a small file cannot ask for a large machine.
package struct RunLimits: Sendable {
    /// Elements of one value.
    package var elements = 1 << 31
    /// Elements of one value in plain memory, 8 bytes each.
    package var hostElements = HostArray.largestCount
    /// Bytes of all values in plain memory at once.
    package var hostBytes = 4 << 30
    /// Floating-point operations, as ``RunMeter`` counts them: hours on two cores, and a hundred times what the largest
    /// vision transformers take for an image.
    package var operations = 5e14

    package init() {}

    /// A shape whose elements may be held; of an empty one the extents that are not 0 count, too, because operators
    /// walk along them.
    ///
    /// - Throws: `.limit` when it is too large, `.format` for a negative extent.
    package func shape(_ dimensions: [Int]) throws(SGCError) -> Shape {
        guard dimensions.allSatisfy({ $0 >= 0 }) else {
            throw SGCError(.format, "expected extents of at least 0, got \(dimensions)")
        }
        guard dimensions.count <= Shape.largestRank else {
            throw SGCError(.limit, "expected at most \(Shape.largestRank) axes, got \(dimensions.count)")
        }
        let shape = try Shape(dimensions)
        guard shape.span <= elements else {
            throw SGCError(.limit, "\(dimensions) has more elements than the limit of \(elements)")
        }
        return shape
    }

    /// A shape whose elements may be held in plain memory.
    ///
    /// - Throws: `.limit` when it is too large, `.format` for a negative extent.
    package func hostShape(_ dimensions: [Int]) throws(SGCError) -> Shape {
        let shape = try shape(dimensions)
        guard shape.span <= hostElements else {
            throw SGCError(.limit, "\(dimensions) has more elements than the limit of \(hostElements) in plain memory")
        }
        return shape
    }
}
