import CKernels
package import SGCBase

extension CPUBackend: ElementwiseBackend {
    package func unary(_ function: UnaryFunction, _ x: Tensor) throws(SGCError) -> Tensor {
        let type = try floatingCode("unary", x)
        let y = try Tensor(uninitialized: x.shape, x.dataType, on: x.device)
        let kernel = function.kernel
        parallelFor(x.count, grain: elementGrain / 4, threads: x.device.threads) { range in
            unsafe sgc_unary(
                kernel.code, type, x.address(range.lowerBound), y.address(range.lowerBound), range.count, kernel.a,
                kernel.b)
        }
        return y
    }

    package func unaryGradient(_ function: UnaryFunction, _ x: Tensor, _ dy: Tensor) throws(SGCError) -> Tensor {
        let type = try floatingCode("unaryGradient", x, dy)
        let dx = try Tensor(uninitialized: x.shape, x.dataType, on: x.device)
        let kernel = function.kernel
        parallelFor(x.count, grain: elementGrain / 4, threads: x.device.threads) { range in
            unsafe sgc_unary_gradient(
                kernel.code, type, x.address(range.lowerBound), dy.address(range.lowerBound),
                dx.address(range.lowerBound), range.count, kernel.a, kernel.b)
        }
        return dx
    }

    package func binary(
        _ function: BinaryFunction, _ a: Tensor, _ b: Tensor, shape: Shape
    ) throws(SGCError) -> Tensor {
        let type = try floatingCode("binary", a, b)
        let y = try Tensor(uninitialized: shape, a.dataType, on: a.device)
        guard y.count > 0 else { return y }
        let box = BroadcastBox([a.shape, b.shape], to: shape)
        parallelFor(y.count / box.inner, grain: max(1, elementGrain / box.inner), threads: a.device.threads) { rows in
            unsafe sgc_binary(
                function.kernelCode, type, a.address(), b.address(), y.address(), Int32(box.extents.count), box.extents,
                box.strides[0], box.strides[1], rows.lowerBound, rows.upperBound)
        }
        return y
    }

    package func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor, shape: Shape) throws(SGCError) -> Tensor {
        let type = try floatingCode("select", mask, a, b)
        let y = try Tensor(uninitialized: shape, a.dataType, on: a.device)
        guard y.count > 0 else { return y }
        let box = BroadcastBox([mask.shape, a.shape, b.shape], to: shape)
        parallelFor(y.count / box.inner, grain: max(1, elementGrain / box.inner), threads: a.device.threads) { rows in
            unsafe sgc_select(
                type, mask.address(), a.address(), b.address(), y.address(), Int32(box.extents.count), box.extents,
                box.strides[0], box.strides[1], box.strides[2], rows.lowerBound, rows.upperBound)
        }
        return y
    }

    package func affine(_ x: Tensor, scale: Double, shift: Double) throws(SGCError) -> Tensor {
        let type = try floatingCode("affine", x)
        let y = try Tensor(uninitialized: x.shape, x.dataType, on: x.device)
        parallelFor(x.count, grain: elementGrain, threads: x.device.threads) { range in
            unsafe sgc_affine(
                type, x.address(range.lowerBound), y.address(range.lowerBound), range.count, Float(scale), Float(shift))
        }
        return y
    }

    package func cast(_ x: Tensor, to dataType: DataType) throws(SGCError) -> Tensor {
        guard x.dataType != .float64, dataType != .float64 else {
            throw SGCError(.unsupported, "cast: the CPU backend has no float64, got \(x.dataType) to \(dataType)")
        }
        let y = try Tensor(uninitialized: x.shape, dataType, on: x.device)
        parallelFor(x.count, grain: elementGrain, threads: x.device.threads) { range in
            unsafe sgc_cast(
                x.dataType.kernelCode, x.address(range.lowerBound), dataType.kernelCode, y.address(range.lowerBound),
                range.count)
        }
        return y
    }

    package func full(
        _ shape: Shape, _ value: Double, _ dataType: DataType, on device: Device
    ) throws(SGCError) -> Tensor {
        let bits: UInt32 =
            switch dataType {
            case .float32: Float(value).bitPattern
            case .bfloat16: UInt32(bfloat16Bits(Float(value)))
            case .int32: UInt32(bitPattern: Int32(saturating: value))
            case .uint8: UInt32(min(255, max(0, Int32(saturating: value))))
            case .float64: throw SGCError(.unsupported, "full: the CPU backend has no float64")
            }
        let y = try Tensor(uninitialized: shape, dataType, on: device)
        parallelFor(y.count, grain: elementGrain, threads: device.threads) { range in
            unsafe sgc_fill(Int32(dataType.size), y.address(range.lowerBound), range.count, bits)
        }
        return y
    }

    package func accumulate(into a: Tensor, _ b: Tensor) throws(SGCError) {
        let type = try floatingCode("accumulate", a, b)
        parallelFor(a.count, grain: elementGrain, threads: a.device.threads) { range in
            unsafe sgc_accumulate(type, a.address(range.lowerBound), b.address(range.lowerBound), range.count)
        }
        a.storage.forgetDerivations()
    }
}

extension Int32 {
    /// `value` rounded to nearest, halves to even, limited to the range of the type; 0 for NaN.
    fileprivate init(saturating value: Double) {
        let whole = value.rounded(.toNearestOrEven)
        self = whole.isNaN ? 0 : Int32(Swift.min(Double(Int32.max), Swift.max(Double(Int32.min), whole)))
    }
}

extension UnaryFunction {
    /// The function's code in CKernels and its two parameters.
    fileprivate var kernel: (code: Int32, a: Float, b: Float) {
        switch self {
        case .silu: (code(SGC_SILU), 0, 0)
        case .sigmoid: (code(SGC_SIGMOID), 0, 0)
        case .tanh: (code(SGC_TANH), 0, 0)
        case .relu: (code(SGC_RELU), 0, 0)
        case .exp: (code(SGC_EXP), 0, 0)
        case .log: (code(SGC_LOG), 0, 0)
        case .squareRoot: (code(SGC_SQRT), 0, 0)
        case .reciprocalSquareRoot: (code(SGC_RSQRT), 0, 0)
        case .square: (code(SGC_SQUARE), 0, 0)
        case .absolute: (code(SGC_ABS), 0, 0)
        case .reciprocal: (code(SGC_RECIPROCAL), 0, 0)
        case .gelu: (code(SGC_GELU), 0, 0)
        case .geluTanh: (code(SGC_GELU_TANH), 0, 0)
        case .leakyReLU(let slope): (code(SGC_LEAKY_RELU), slope, 0)
        case .softplus: (code(SGC_SOFTPLUS), 0, 0)
        case .clamp(let low, let high): (code(SGC_CLAMP), low, high)
        case .elu(let alpha): (code(SGC_ELU), alpha, 0)
        case .threshold(let above): (code(SGC_THRESHOLD), above, 0)
        case .quickGELU: (code(SGC_QUICK_GELU), 0, 0)
        case .erf: (code(SGC_ERF), 0, 0)
        case .floor: (code(SGC_FLOOR), 0, 0)
        case .ceiling: (code(SGC_CEILING), 0, 0)
        case .round: (code(SGC_ROUND), 0, 0)
        case .sign: (code(SGC_SIGN), 0, 0)
        case .sine: (code(SGC_SINE), 0, 0)
        case .cosine: (code(SGC_COSINE), 0, 0)
        case .tangent: (code(SGC_TANGENT), 0, 0)
        case .arcSine: (code(SGC_ARC_SINE), 0, 0)
        case .arcCosine: (code(SGC_ARC_COSINE), 0, 0)
        case .arcTangent: (code(SGC_ARC_TANGENT), 0, 0)
        case .hyperbolicSine: (code(SGC_HYPERBOLIC_SINE), 0, 0)
        case .hyperbolicCosine: (code(SGC_HYPERBOLIC_COSINE), 0, 0)
        case .areaSine: (code(SGC_AREA_SINE), 0, 0)
        case .areaCosine: (code(SGC_AREA_COSINE), 0, 0)
        case .areaTangent: (code(SGC_AREA_TANGENT), 0, 0)
        }
    }

    private func code(_ function: sgc_unary_function) -> Int32 { Int32(function.rawValue) }
}

extension BinaryFunction {
    fileprivate var kernelCode: Int32 {
        let function =
            switch self {
            case .add: SGC_ADD
            case .subtract: SGC_SUBTRACT
            case .multiply: SGC_MULTIPLY
            case .divide: SGC_DIVIDE
            case .maximum: SGC_MAXIMUM
            case .minimum: SGC_MINIMUM
            case .less: SGC_LESS
            case .equal: SGC_EQUAL
            case .power: SGC_POWER
            }
        return Int32(function.rawValue)
    }
}

/// Operands broadcast to one shape, with as few axes as possible: neighbouring axes that all operands walk through
/// evenly are one.
private struct BroadcastBox {
    /// At least one axis; no extent is 1 unless all are.
    private(set) var extents: [Int] = []
    /// The strides of each operand.
    private(set) var strides: [[Int]]

    /// The extent of the last axis, along which strides are 0 or 1.
    var inner: Int { extents[extents.count - 1] }

    init(_ operands: [Shape], to shape: Shape) {
        let all = operands.map { Self.strides(of: $0, broadcastTo: shape) }
        var strides = [[Int]](repeating: [], count: all.count)
        for axis in 0..<shape.rank where shape[axis] != 1 {
            let extent = shape[axis]
            if let last = extents.indices.last,
                all.indices.allSatisfy({ strides[$0][last] == all[$0][axis] * extent })
            {
                extents[last] *= extent
                for i in all.indices { strides[i][last] = all[i][axis] }
            } else {
                extents.append(extent)
                for i in all.indices { strides[i].append(all[i][axis]) }
            }
        }
        if extents.isEmpty {
            extents = [1]
            // Every operand is one number: which stride is 1 decides nothing but the loop.
            strides = all.map { _ in [1] }
        }
        self.strides = strides
    }

    /// Strides of `operand` along the axes of `shape`: 0 where it repeats.
    private static func strides(of operand: Shape, broadcastTo shape: Shape) -> [Int] {
        let own = operand.strides, missing = shape.rank - operand.rank
        return (0..<shape.rank).map { $0 < missing || operand[$0 - missing] == 1 ? 0 : own[$0 - missing] }
    }
}
