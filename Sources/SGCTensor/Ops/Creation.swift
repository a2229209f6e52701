package import SGCBase

// Tensors that are not computed from others.
extension Tensor {
    /// A tensor of one value.
    package static func full(
        _ shape: Shape, _ value: Double, _ dataType: DataType = .float32, on device: Device
    ) throws(SGCError) -> Tensor {
        try device.backend.full(shape, value, dataType, on: device)
    }

    package static func zeros(_ shape: Shape, _ dataType: DataType = .float32, on device: Device) throws(SGCError)
        -> Tensor
    {
        try full(shape, 0, dataType, on: device)
    }

    package static func ones(_ shape: Shape, _ dataType: DataType = .float32, on device: Device) throws(SGCError)
        -> Tensor
    {
        try full(shape, 1, dataType, on: device)
    }
}
