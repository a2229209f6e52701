package import SGCBase
package import SGCTensor

/// What flows along an edge of a graph.
package enum Value {
    case host(HostArray)
    case device(GraphTensor)
    /// Booleans on the device, stored as 1 and 0: what comparisons of tensors give. Never on a tape.
    case mask(GraphTensor)

    package var shape: Shape {
        switch self {
        case .host(let array): array.shape
        case .device(let tensor), .mask(let tensor): tensor.shape
        }
    }

    package var type: ElementType {
        switch self {
        case .host(let array): array.type
        case .device: .float32
        case .mask: .bool
        }
    }

    package var isHost: Bool { if case .host = self { true } else { false } }

    /// Bytes of the elements, however many values share them.
    package var byteCount: Int {
        switch self {
        case .host: shape.count * MemoryLayout<Int64>.size
        case .device(let tensor), .mask(let tensor): shape.count * tensor.stored.dataType.size
        }
    }

    /// Whether gradients are being recorded for it.
    package var isWatched: Bool { if case .device(let tensor) = self { tensor.stored.place != nil } else { false } }

    /// The real numbers on `device`, copied there when they are not.
    ///
    /// - Throws: `.format` when the elements are not real numbers.
    package func tensor(on device: Device) throws(SGCError) -> GraphTensor {
        switch self {
        case .device(let tensor): return tensor
        case .mask(let tensor): throw SGCError(.format, "expected real numbers, got bool \(tensor.shape)")
        case .host(let array):
            guard array.type.isReal else {
                throw SGCError(.format, "expected real numbers, got \(array.type) \(array.shape)")
            }
            return GraphTensor(try Tensor(array.reals.map { Float($0) }, shape: array.shape, on: device))
        }
    }

    /// The booleans on `device` as 1 and 0, copied there when they are not.
    ///
    /// - Throws: `.format` when the elements are not booleans.
    package func mask(on device: Device) throws(SGCError) -> GraphTensor {
        switch self {
        case .mask(let tensor): return tensor
        case .host(let array) where array.type == .bool:
            return GraphTensor(try Tensor(array.integers.map { Float($0) }, shape: array.shape, on: device))
        default: throw SGCError(.format, "expected booleans, got \(type) \(shape)")
        }
    }

    /// The elements in plain memory, copied there when they are not.
    ///
    /// - Throws: `.unsupported` for a tensor whose gradient is being recorded: it would be lost silently; `.limit`.
    package func array() throws(SGCError) -> HostArray {
        guard !isWatched else { throw SGCError(.unsupported, "no gradient is known for this operator") }
        return try constantArray()
    }

    /// The elements in plain memory, for functions whose gradient is zero: comparisons, indices, integers.
    ///
    /// - Throws: `.limit` when they are too many.
    package func constantArray() throws(SGCError) -> HostArray {
        guard isHost || shape.count <= HostArray.largestCount else {
            throw SGCError(
                .limit, "\(shape) has more elements than the limit of \(HostArray.largestCount) in plain memory")
        }
        switch self {
        case .host(let array): return array
        case .device(let tensor):
            return try HostArray(reals: tensor.natural().floats.map { Double($0) }, shape: tensor.shape)
        case .mask(let tensor):
            return try HostArray(booleans: tensor.natural().floats.map { $0 != 0 }, shape: tensor.shape)
        }
    }

    /// Real numbers up to which what was computed in plain memory stays there.
    private static let largestHostReals = 1024

    /// What was computed in plain memory, on the device when it is large: later operators then compute there.
    /// float64 stays in plain memory.
    package static func computed(_ array: HostArray, on device: Device) throws(SGCError) -> Value {
        guard array.count > largestHostReals, array.type.isReal, array.type != .float64 else { return .host(array) }
        return .device(try Value.host(array).tensor(on: device))
    }

    /// The same kind of value, its elements moved: by `tensor` on the device, by `array` in plain memory.
    package func moved(
        tensor move: (GraphTensor) throws(SGCError) -> GraphTensor,
        array: (HostArray) throws(SGCError) -> HostArray
    ) throws(SGCError) -> Value {
        switch self {
        case .host(let elements): .host(try array(elements))
        case .device(let tensor): .device(try move(tensor))
        case .mask(let tensor): .mask(try move(tensor))
        }
    }
}
