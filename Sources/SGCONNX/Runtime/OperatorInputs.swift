package import SGCBase
package import SGCTensor

/// What a kernel computes with: the values on its input edges, and where and how to compute.
package struct OperatorInputs {
    package let values: [Value?]
    /// Takes the place of input 1 of a product with a constant matrix.
    let matrix: PackedMatrix?
    package let device: Device
    package let precision: DataType
    package let limits: RunLimits

    package init(
        values: [Value?], matrix: PackedMatrix? = nil, device: Device, precision: DataType, limits: RunLimits
    ) {
        self.values = values
        self.matrix = matrix
        self.device = device
        self.precision = precision
        self.limits = limits
    }

    package var count: Int { values.count }

    /// Input `index`, when it is there.
    package func optional(_ index: Int) -> Value? { values.indices.contains(index) ? values[index] : nil }

    /// - Throws: `.format` when input `index` is left out.
    package func value(_ index: Int) throws(SGCError) -> Value {
        guard let value = optional(index) else { throw SGCError(.format, "input \(index) is missing") }
        return value
    }

    package func tensor(_ index: Int) throws(SGCError) -> GraphTensor { try value(index).tensor(on: device) }

    package func optionalTensor(_ index: Int) throws(SGCError) -> GraphTensor? {
        guard let value = optional(index) else { return nil }
        return try value.tensor(on: device)
    }

    package func array(_ index: Int) throws(SGCError) -> HostArray { try value(index).array() }

    /// The integers of input `index` as a flat list: axes, sizes, indices.
    package func integers(_ index: Int) throws(SGCError) -> [Int] { try array(index).integers.map { Int($0) } }

    package func optionalIntegers(_ index: Int) throws(SGCError) -> [Int]? {
        guard let value = optional(index) else { return nil }
        return try value.array().integers.map { Int($0) }
    }

    /// Whether all given inputs are in plain memory.
    package var areHost: Bool { values.allSatisfy { $0?.isHost ?? true } }

    /// A shape whose elements a run may hold; to be asked before anything is allocated for it.
    ///
    /// - Throws: `.limit` when it is too large, `.format` for a negative extent.
    package func shape(_ dimensions: [Int]) throws(SGCError) -> Shape { try limits.shape(dimensions) }
}

/// What a run may take, so that a small file cannot ask for a large machine.
package struct RunLimits: Sendable {
    /// Elements of one value.
    package var elements = 1 << 31
    /// Elements of one value in plain memory, which costs 8 bytes each.
    package var hostElements = 1 << 27

    package init() {}

    package func shape(_ dimensions: [Int]) throws(SGCError) -> Shape {
        guard dimensions.allSatisfy({ $0 >= 0 }) else {
            throw SGCError(.format, "expected extents of at least 0, got \(dimensions)")
        }
        guard dimensions.count <= Shape.largestRank else {
            throw SGCError(.limit, "expected at most \(Shape.largestRank) axes, got \(dimensions.count)")
        }
        let shape = try Shape(dimensions)
        guard shape.count <= elements else {
            throw SGCError(.limit, "\(dimensions) has more elements than the limit of \(elements)")
        }
        return shape
    }

    /// A shape whose elements may be held in plain memory.
    ///
    /// - Throws: `.limit` when it is too large, `.format` for a negative extent.
    package func hostShape(_ dimensions: [Int]) throws(SGCError) -> Shape {
        let shape = try shape(dimensions)
        guard shape.count <= hostElements else {
            throw SGCError(.limit, "\(dimensions) has more elements than the limit of \(hostElements) in plain memory")
        }
        return shape
    }
}

/// Computes the outputs of one node.
///
/// Errors need not name the node: the executor adds it.
package typealias Kernel = @Sendable (OperatorInputs) throws(SGCError) -> [Value]
