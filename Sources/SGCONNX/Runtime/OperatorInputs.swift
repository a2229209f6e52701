package import SGCBase
package import SGCTensor

/// What a kernel computes with: the values on its input edges, and where and how to compute.
package struct OperatorInputs {
    package let values: [Value?]
    /// Takes the place of input 1 of a product with a constant matrix.
    let matrix: PackedMatrix?
    package let device: Device
    package let precision: DataType
    package let meter: RunMeter

    package init(
        values: [Value?], matrix: PackedMatrix? = nil, device: Device, precision: DataType, meter: RunMeter
    ) {
        self.values = values
        self.matrix = matrix
        self.device = device
        self.precision = precision
        self.meter = meter
    }

    /// What is left to the run.
    package var limits: RunLimits { meter.left }

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

    /// Announces a product of `count` multiplications, each with an addition.
    ///
    /// - Throws: `.limit` when the run may not do that much.
    package func announce(products count: Double) throws(SGCError) { try meter.announce(products: count) }

    /// Announces that `count` elements will be read or written in addition to those of inputs and outputs.
    ///
    /// - Throws: `.limit` when the run may not do that much.
    package func announce(elements count: Double) throws(SGCError) { try meter.announce(elements: count) }

    /// Runs a kernel on the inputs, and counts what it reads and writes.
    ///
    /// - Throws: what the kernel throws; `.limit` when the run may not do that much.
    func results(of kernel: Kernel) throws(SGCError) -> [Value] {
        try meter.announce(moving: values)
        let results = try kernel(self)
        try meter.announce(moving: results)
        return results
    }
}

/// Computes the outputs of one node.
///
/// Errors need not name the node: the executor adds it.
package typealias Kernel = @Sendable (OperatorInputs) throws(SGCError) -> [Value]
