import SGCBase

// Elements in and out: the only place that knows the types.
extension ReferenceBackend {
    /// The elements of `x`, row-major.
    ///
    /// - Throws: `.unsupported` for bfloat16; `.cancelled`.
    func read(_ x: Tensor, _ function: String) throws(SGCError) -> [Double] {
        try x.device.checkCancellation()
        try requireSupport(x.dataType, function)
        return x.dataType == .int32 ? x.indices.map(Double.init) : x.doubles
    }

    /// The elements of an int32 tensor as array indices.
    func readIndices(_ x: Tensor, _ function: String) throws(SGCError) -> [Int] {
        try x.device.checkCancellation()
        guard x.dataType == .int32 else {
            throw SGCError(.unsupported, "\(function): expected int32 indices, got \(x.dataType)")
        }
        return x.indices.map(Int.init)
    }

    /// A new tensor of `values`, each rounded to `dataType`.
    func make(
        _ values: [Double], _ shape: Shape, _ dataType: DataType, on device: Device, _ function: String
    ) throws(SGCError) -> Tensor {
        try requireSupport(dataType, function)
        let result = try Tensor(uninitialized: shape, dataType, on: device)
        try write(values, to: result, function)
        return result
    }

    /// A new tensor of `values` with the type and the device of `x`, and its shape unless another is given.
    func make(
        _ values: [Double], like x: Tensor, shape: Shape? = nil, _ function: String
    ) throws(SGCError) -> Tensor {
        try make(values, shape ?? x.shape, x.dataType, on: x.device, function)
    }

    /// A new int32 tensor of `indices`.
    func make(indices: [Int], _ shape: Shape, on device: Device) throws(SGCError) -> Tensor {
        try make(indices.map(Double.init), shape, .int32, on: device, "indices")
    }

    /// Replaces the elements of `x` by `values`, each rounded to its type: to nearest, integers saturating, NaN as 0.
    func write(_ values: [Double], to x: Tensor, _ function: String) throws(SGCError) {
        guard values.count == x.count else {
            throw SGCError(.internalError, "\(function): \(values.count) values for \(x.shape)")
        }
        // The pointers have the type that `dataType` names and room for `count` elements.
        for (i, value) in values.enumerated() {
            switch x.dataType {
            case .float32: unsafe x.pointer(Float.self)[i] = Float(value)
            case .float64: unsafe x.pointer(Double.self)[i] = value
            case .int32: unsafe x.pointer(Int32.self)[i] = saturated(value)
            case .uint8: unsafe x.pointer(UInt8.self)[i] = saturated(value)
            case .bfloat16: try requireSupport(x.dataType, function)
            }
        }
    }

    func requireSupport(_ dataType: DataType, _ function: String) throws(SGCError) {
        guard dataType != .bfloat16 else {
            throw SGCError(.unsupported, "\(function): the Reference backend has no \(dataType)")
        }
    }
}

/// The nearest value of an integer type (of two equally near ones the even one); 0 for NaN.
private func saturated<Integer: FixedWidthInteger>(_ value: Double) -> Integer {
    if value.isNaN { return 0 }
    let rounded = value.rounded(.toNearestOrEven)
    return Integer(exactly: rounded) ?? (rounded < 0 ? Integer.min : Integer.max)
}
