package import SGCBase

extension Tensor {
    /// activation(x · weightᵀ + bias) over the last axis: x `[…, C]`, weight `[O, C]`, bias `[O]` -> `[…, O]`.
    ///
    /// Weight and bias are the float32 masters also in a bfloat16 computation; the weight is packed once.
    /// - Parameters:
    ///   - isTransposed: whether the weight is stored `[O, C]`, as layers have it; `[C, O]` otherwise.
    ///   - activation: applied to the result; costs no pass of its own where no gradient is recorded.
    /// - Throws: `.argument` when the shapes do not fit.
    package func linear(
        weight: Tensor, bias: Tensor?, isTransposed: Bool = true, activation: UnaryFunction? = nil
    ) throws(SGCError) -> Tensor {
        guard weight.rank == 2 else {
            throw SGCError(.argument, "linear: expected a matrix as weight, got \(weight.shape)")
        }
        guard weight.count > 0 else {
            // Nothing to pack: no results, or those of an empty sum.
            guard weight.shape[isTransposed ? 1 : 0] > 0, shape.last == weight.shape[isTransposed ? 1 : 0] else {
                throw SGCError(.argument, "linear: input \(shape) and weight \(weight.shape) do not fit")
            }
            return try .zeros(Shape(known: shape.dimensions.dropLast() + [0]), dataType, on: device)
        }
        let packed = try weight.stopGradient.packed(isTransposed: isTransposed, for: dataType)
        return try linear(packed, master: weight, bias: bias, activation: activation)
    }

    /// The same for a weight of which only the packed form is left; its own gradient is not known.
    ///
    /// - Throws: `.argument` when the shapes or types do not fit.
    package func linear(
        _ weight: PackedMatrix, bias: Tensor?, activation: UnaryFunction? = nil
    ) throws(SGCError) -> Tensor {
        try linear(weight, master: nil, bias: bias, activation: activation)
    }

    private func linear(
        _ weight: PackedMatrix, master: Tensor?, bias: Tensor?, activation: UnaryFunction?
    ) throws(SGCError) -> Tensor {
        guard rank >= 1, weight.inputs == shape.last, bias == nil || bias?.shape == [weight.outputs],
            dataType == weight.dataType
        else {
            throw SGCError(
                .argument,
                "linear: input \(shape) \(dataType), weight \(weight.shape) \(weight.dataType) and bias do not fit")
        }
        let full = shape
        let x = viewed(as: [shape.rows, shape.last])
        let (needsX, needsW) = (place != nil, master?.place != nil)
        let isRecorded = needsX || needsW || bias?.place != nil
        let y = try backend.linear(
            x, weight: weight, bias: bias?.stopGradient, activation: isRecorded ? nil : activation,
            shape: Shape(known: shape.dimensions.dropLast() + [weight.outputs]))
        guard isRecorded else { return y }
        let inputs = [self] + [master, bias].compactMap { $0 }
        let (isTransposed, w, biasType) = (weight.isTransposed, master?.stopGradient, bias?.dataType)
        let product = y.recorded(from: inputs) { dy throws(SGCError) in
            let d = dy.viewed(as: [dy.shape.rows, dy.shape.last])
            var slopes: [Tensor?] = [nil]
            if needsX {
                let plain = if let w { w } else { try weight.unpacked() }
                slopes = [try d.product(plain.cast(to: d.dataType), false, !isTransposed).viewed(as: full)]
            }
            if let w {
                let weightSlopes =
                    needsW ? try isTransposed ? d.product(x, true, false) : x.product(d, true, false) : nil
                slopes.append(try weightSlopes?.cast(to: w.dataType))
            }
            if let biasType { slopes.append(try d.sum([0]).cast(to: biasType)) }
            return slopes
        }
        return if let activation { try product.map(activation) } else { product }
    }

    /// A weight `[C, O]`, or `[O, C]` when `isTransposed`, as products of type `type` read it.
    ///
    /// - Throws: `.argument` for what is no matrix, or an empty one.
    package func packed(isTransposed: Bool, for type: DataType) throws(SGCError) -> PackedMatrix {
        guard rank == 2, count > 0, dataType.isFloating, type.isFloating else {
            throw SGCError(.argument, "pack: expected a matrix, got \(shape) \(dataType)")
        }
        return try backend.packed(self, isTransposed: isTransposed, dataType: type)
    }
}

/// A constant matrix in the layout that a backend's products with it read.
package final class PackedMatrix: Sendable {
    /// Of the plain matrix: `[C, O]`, or `[O, C]` when ``isTransposed``.
    package let shape: Shape
    package let isTransposed: Bool
    package let dataType: DataType
    let storage: Storage
    /// How the elements lie: the backend's own.
    let layout: any Sendable

    init(shape: Shape, isTransposed: Bool, dataType: DataType, storage: Storage, layout: any Sendable) {
        self.shape = shape
        self.isTransposed = isTransposed
        self.dataType = dataType
        self.storage = storage
        self.layout = layout
    }

    /// Length of the vectors that the matrix is multiplied with, and of the products.
    package var inputs: Int { shape[isTransposed ? 1 : 0] }
    package var outputs: Int { shape[isTransposed ? 0 : 1] }

    /// The plain matrix in float32, of the precision that was packed.
    package func unpacked() throws(SGCError) -> Tensor { try storage.device.backend.unpacked(self) }
}
