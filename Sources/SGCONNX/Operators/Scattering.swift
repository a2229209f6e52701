import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Elements replaced by index.
    static let scattering: [OperatorDefinition] = [
        OperatorDefinition("ScatterElements", opsets: 11...15) { node throws(SGCError) in
            try scatterElements(node, ["none"])
        },
        OperatorDefinition("ScatterElements", opsets: 16...17) { node throws(SGCError) in
            try scatterElements(node, ["none", "add", "mul"])
        },
        OperatorDefinition("ScatterElements", opsets: 18...22) { node throws(SGCError) in
            try scatterElements(node, ["none", "add", "mul", "min", "max"])
        },
        OperatorDefinition("ScatterND", opsets: 11...15) { node throws(SGCError) in try scatterND(node, ["none"]) },
        OperatorDefinition("ScatterND", opsets: 16...17) { node throws(SGCError) in
            try scatterND(node, ["none", "add", "mul"])
        },
        OperatorDefinition("ScatterND", opsets: 18...22) { node throws(SGCError) in
            try scatterND(node, ["none", "add", "mul", "min", "max"])
        },
    ]

    /// The input with single elements replaced: `y[indices[i][j]][j] = updates[i][j]` for axis 0.
    private static func scatterElements(_ node: NodeReader, _ allowed: [String]) throws(SGCError) -> Kernel {
        let axis = try node.integer("axis", default: 0)
        let reduction = try ScatterReduction(node, allowed)
        return { inputs throws(SGCError) in
            let (x, indices, updates) = (try inputs.value(0), try inputs.indices(1), try inputs.value(2))
            guard updates.shape == indices.shape else {
                throw SGCError(.format, "updates \(updates.shape) do not fit indices \(indices.shape)")
            }
            let positions = try x.shape.positions(ofElements: indices, axis: axis)
            return [try x.replacing(rows: positions, of: x.shape.count, by: updates, reduction, inputs: inputs)]
        }
    }

    /// The input with the slices replaced that the last axis of the indices names.
    private static func scatterND(_ node: NodeReader, _ allowed: [String]) throws(SGCError) -> Kernel {
        let reduction = try ScatterReduction(node, allowed)
        return { inputs throws(SGCError) in
            let (x, indices, updates) = (try inputs.value(0), try inputs.indices(1), try inputs.value(2))
            let rows = try SliceRows(x.shape, indices, batchAxes: 0)
            guard updates.shape.dimensions == indices.shape.dimensions.dropLast() + rows.slice else {
                throw SGCError(
                    .format, "updates \(updates.shape) do not fit indices \(indices.shape) into \(x.shape)")
            }
            return [try x.replacing(rows: rows.positions, of: rows.count, by: updates, reduction, inputs: inputs)]
        }
    }
}

/// What becomes of an element for which there is an update.
private enum ScatterReduction: String, Sendable {
    case none, add, multiply = "mul", minimum = "min", maximum = "max"

    init(_ node: NodeReader, _ allowed: [String]) throws(SGCError) {
        self = ScatterReduction(rawValue: try node.word("reduction", default: "none", of: allowed)) ?? .none
    }

    func callAsFunction(_ a: Double, _ b: Double) -> Double {
        switch self {
        case .none: b
        case .add: a + b
        case .multiply: a * b
        // As NumPy: a NaN on either side wins.
        case .minimum: a.isNaN || a < b ? a : b
        case .maximum: a.isNaN || a > b ? a : b
        }
    }

    func callAsFunction(_ a: Int64, _ b: Int64, isUnsigned: Bool) -> Int64 {
        switch self {
        case .none: return b
        case .add: return a &+ b
        case .multiply: return a &* b
        case .minimum, .maximum:
            let isLess = isUnsigned ? UInt64(bitPattern: a) < UInt64(bitPattern: b) : a < b
            return isLess == (self == .minimum) ? a : b
        }
    }
}

extension Value {
    /// The value seen as a table of `count` rows, with `rows` replaced by (or combined with) those of `updates`. Where
    /// a row is named twice, the last update stays.
    fileprivate func replacing(
        rows: [Int], of count: Int, by updates: Value, _ reduction: ScatterReduction, inputs: OperatorInputs
    ) throws(SGCError) -> Value {
        guard updates.type == type || (updates.type.isReal && type.isReal) else {
            throw SGCError(.format, "expected updates of \(type), got \(updates.type)")
        }
        if rows.isEmpty || shape.count == 0 { return self }
        let width = shape.count / max(1, count)
        let isInPlainMemory = isHost && updates.isHost
        guard type.isReal, !isInPlainMemory, reduction == .none || reduction == .add else {
            let result = try array().replacing(rows: rows, width: width, by: try updates.array(), reduction)
            return isInPlainMemory ? .host(result) : try .restored(result, on: inputs.device)
        }
        let (own, more) = try GraphTensor.unified(
            try tensor(on: inputs.device).natural(), try updates.tensor(on: inputs.device).natural())
        let (table, news) = (try own.reshaped([count, width]), try more.reshaped([rows.count, width]))
        let result: Tensor
        if reduction == .add {
            let list = try Tensor(
                indices: rows.map { Int32(truncatingIfNeeded: $0) }, shape: [rows.count], on: inputs.device)
            result = try table + news.scatterAdded(list, rows: count)
        } else {
            // Rows are taken from the old and the new ones alike, so that each gradient finds its way.
            _ = try inputs.shape([count + rows.count, width])
            var sources = (0..<count).map { Int32(truncatingIfNeeded: $0) }
            for (i, row) in rows.enumerated() { sources[row] = Int32(truncatingIfNeeded: count + i) }
            result = try Tensor.concatenated([table, news], axis: 0)
                .gathered(try Tensor(indices: sources, shape: [count], on: inputs.device))
        }
        return .device(GraphTensor(try result.reshaped(shape)))
    }

    /// What was computed in plain memory from a value of the device, as such a value again.
    private static func restored(_ array: HostArray, on device: Device) throws(SGCError) -> Value {
        array.type == .bool
            ? .mask(try Value.host(array).mask(on: device)) : .device(try Value.host(array).tensor(on: device))
    }
}

extension HostArray {
    fileprivate func replacing(
        rows: [Int], width: Int, by updates: HostArray, _ reduction: ScatterReduction
    ) throws(SGCError) -> HostArray {
        switch (elements, updates.elements) {
        case (.integers(var values), .integers(let news)):
            let isUnsigned = type == .uint64
            for (i, row) in rows.enumerated() {
                for column in 0..<width {
                    let place = row * width + column
                    values[place] = reduction(values[place], news[i * width + column], isUnsigned: isUnsigned)
                }
            }
            return try HostArray(integers: values, type: type, shape: shape)
        case (.reals(var values), .reals(let news)):
            for (i, row) in rows.enumerated() {
                for column in 0..<width {
                    let place = row * width + column
                    values[place] = reduction(values[place], news[i * width + column])
                }
            }
            return try HostArray(reals: values, type: type, shape: shape)
        default:
            throw SGCError(.format, "expected updates of \(type), got \(updates.type)")
        }
    }
}
