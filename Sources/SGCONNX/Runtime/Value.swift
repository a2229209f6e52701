package import SGCBase
package import SGCTensor

/// What flows along an edge of a graph.
package enum Value {
    case host(HostArray)
    case device(GraphTensor)

    package var shape: Shape {
        switch self {
        case .host(let array): array.shape
        case .device(let tensor): tensor.shape
        }
    }

    package var type: ElementType {
        switch self {
        case .host(let array): array.type
        case .device: .float32
        }
    }

    package var isHost: Bool { if case .host = self { true } else { false } }

    /// Whether gradients are being recorded for it.
    package var isWatched: Bool { if case .device(let tensor) = self { tensor.stored.place != nil } else { false } }

    /// The real numbers on `device`, copied there when they are not.
    ///
    /// - Throws: `.format` when the elements are not real numbers.
    package func tensor(on device: Device) throws(SGCError) -> GraphTensor {
        switch self {
        case .device(let tensor): return tensor
        case .host(let array):
            guard array.type.isReal else {
                throw SGCError(.format, "expected real numbers, got \(array.type) \(array.shape)")
            }
            return GraphTensor(try Tensor(array.reals.map { Float($0) }, shape: array.shape, on: device))
        }
    }

    /// The elements in plain memory, copied there when they are not.
    ///
    /// - Throws: `.unsupported` for a tensor whose gradient is being recorded: it would be lost silently.
    package func array() throws(SGCError) -> HostArray {
        switch self {
        case .host(let array): return array
        case .device(let tensor):
            guard tensor.stored.place == nil else {
                throw SGCError(.unsupported, "no gradient is known for this operator")
            }
            return try HostArray(reals: tensor.natural().floats.map { Double($0) }, shape: tensor.shape)
        }
    }
}
