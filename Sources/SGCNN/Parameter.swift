package import SGCBase
package import SGCTensor

/// A named tensor that belongs to a model: a weight that learns, or a buffer that is only kept (running statistics).
///
/// Float32 whatever the compute precision: the master copy.
package final class Parameter: @unchecked Sendable {
    // Proof for @unchecked: a loaded tokenizer never changes its parameters; a trainer has exclusive use of its own.
    /// The name in weight files, taming-transformers' for what taming has: `encoder.conv_in.weight`.
    package let name: String
    /// Whether the optimizer changes it.
    package let isTrainable: Bool
    /// Whether a finished model needs it; the rest is of use in training only.
    package let isExported: Bool
    package private(set) var value: Tensor

    package init(name: String, value: Tensor, isTrainable: Bool = true, isExported: Bool = true) {
        self.name = name
        self.value = value
        self.isTrainable = isTrainable
        self.isExported = isExported
    }

    package var shape: Shape { value.shape }

    /// Puts `newValue` in place of the value.
    ///
    /// - Throws: `.mismatch` when shape or type differ.
    package func assign(_ newValue: Tensor) throws(SGCError) {
        guard newValue.shape == value.shape, newValue.dataType == value.dataType else {
            throw SGCError(
                .mismatch,
                "\(name): expected \(value.dataType) \(value.shape), got \(newValue.dataType) \(newValue.shape)")
        }
        value = newValue.stopGradient
    }

    /// Makes sure that nothing else (a snapshot) shares the bytes, so that the next update needs no memory.
    package func prepareForUpdate() throws(SGCError) {
        if !value.isUniquelyStored() { value = try value.copied() }
    }

    /// Makes sure that nothing else shares the bytes, which may be anything afterwards.
    package func discardValues() throws(SGCError) {
        if !value.isUniquelyStored() { value = try Tensor(uninitialized: shape, value.dataType, on: value.device) }
    }

    /// Changes the value in place; something else that shares its bytes keeps the old ones.
    package func update(_ body: (Tensor) throws(SGCError) -> Void) throws(SGCError) {
        try prepareForUpdate()
        try body(value)
        value.forgetPacking()
    }
}

extension Parameter {
    /// Copies rows `[K, d]` from another parameter of the same shape.
    package func copyRows(_ rows: [Int], from other: Parameter) throws(SGCError) {
        let source = other.value.floats
        try assignRows(rows) { source.indices.contains($0) ? source[$0] : 0 }
    }

    /// Sets rows to zero.
    package func zeroRows(_ rows: [Int]) throws(SGCError) {
        try assignRows(rows) { _ in 0 }
    }

    private func assignRows(_ rows: [Int], _ element: (Int) -> Float) throws(SGCError) {
        guard !rows.isEmpty else { return }
        let width = shape.last
        var values = value.floats
        for row in rows {
            for i in row * width..<(row + 1) * width where values.indices.contains(i) { values[i] = element(i) }
        }
        try assign(Tensor(values, shape: shape, on: value.device))
    }
}

/// The parameters of a model in the order of their creation, which is the order in files and in optimizers.
package final class ParameterStore {
    package let device: Device
    package private(set) var parameters: [Parameter] = []
    fileprivate var random: RandomSource?

    /// - Parameter random: the source of first values; `nil` for a model whose values come from elsewhere: undefined until
    ///   then, and zero for what a finished model does not need.
    package init(device: Device, random: RandomSource?) {
        self.device = device
        self.random = random
    }

    /// The top-level scope, with an empty prefix.
    package var root: ParameterScope { ParameterScope(store: self, prefix: "") }

    fileprivate func add(_ parameter: Parameter) { parameters.append(parameter) }
}

/// A place in the tree of parameter names.
package struct ParameterScope {
    package let store: ParameterStore
    package let prefix: String
    private var isExported = true

    fileprivate init(store: ParameterStore, prefix: String) {
        self.store = store
        self.prefix = prefix
    }

    package var device: Device { store.device }

    /// The scope of a child module: `encoder` -> `encoder.mid`.
    package func scope(_ name: String) -> ParameterScope {
        var child = ParameterScope(store: store, prefix: prefix.isEmpty ? name : prefix + "." + name)
        child.isExported = isExported
        return child
    }

    /// The same place for parameters that a finished model does not need.
    package var forTrainingOnly: ParameterScope {
        var scope = self
        scope.isExported = false
        return scope
    }

    /// How a parameter starts.
    package enum Initializer {
        case constant(Double)
        /// Uniform in ±bound.
        case uniform(bound: Float)
        case normal(mean: Float, deviation: Float)
    }

    /// Creates a parameter and draws its first value from the store's random source.
    package func parameter(
        _ name: String, _ shape: Shape, _ initializer: Initializer, isTrainable: Bool = true
    ) throws(SGCError) -> Parameter {
        let value: Tensor
        if var random = store.random {
            switch initializer {
            case .constant(let constant): value = try .full(shape, constant, on: device)
            case .uniform(let bound):
                let drawn = (0..<shape.count).map { _ in random.uniform(-bound, bound) }
                value = try Tensor(drawn, shape: shape, on: device)
            case .normal(let mean, let deviation):
                let drawn = (0..<shape.count).map { _ in mean + deviation * random.normal() }
                value = try Tensor(drawn, shape: shape, on: device)
            }
            store.random = random
        } else {
            // Untouched memory costs nothing until the values come.
            value = try isExported ? Tensor(uninitialized: shape, on: device) : .zeros(shape, on: device)
        }
        let parameter = Parameter(
            name: scope(name).prefix, value: value, isTrainable: isTrainable, isExported: isExported)
        store.add(parameter)
        return parameter
    }
}
