import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// Pooling over windows, and over whole images.
    static let pooling: [OperatorDefinition] = [
        OperatorDefinition("MaxPool", make: maxPool),
        OperatorDefinition("AveragePool", make: averagePool),
        OperatorDefinition("LpPool", make: lpPool),
        OperatorDefinition("GlobalAveragePool") { _ throws(SGCError) in
            global { x, axes throws(SGCError) in try x.mean(axes, keepsAxes: true) }
        },
        OperatorDefinition("GlobalMaxPool") { _ throws(SGCError) in
            global { x, axes throws(SGCError) in try x.maximum(over: axes, keepsAxes: true) }
        },
        OperatorDefinition("GlobalLpPool") { node throws(SGCError) in
            let power = try PowerMean(node)
            return global { x, axes throws(SGCError) in
                try power.root(try power.raised(x).sum(axes, keepsAxes: true))
            }
        },
    ]

    /// A reduction over all axes of an image but the first two.
    private static func global(
        _ function: @escaping @Sendable (Tensor, [Int]) throws(SGCError) -> Tensor
    ) -> Kernel {
        { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            guard x.rank >= 3 else { throw SGCError(.format, "expected an image [N, C, …], got the shape \(x.shape)") }
            return [.device(try x.reduced(Array(2..<x.rank), keepsAxes: true, function))]
        }
    }

    /// The largest of each window; images of up to two axes on the device, everything else (integers, volumes, and
    /// the indices of the largest) in plain memory.
    private static func maxPool(_ node: NodeReader) throws(SGCError) -> Kernel {
        let window = try PoolingWindow(node)
        let isColumnMajor = try node.flag("storage_order")
        let wantsIndices = node.wantsOutput(1)
        return { inputs throws(SGCError) in
            let x = try inputs.value(0)
            let axes = try window.axes(of: x.shape)
            let target = try inputs.shape(x.shape.dimensions.prefix(2) + axes.map(\.outputs))
            try inputs.announce(elements: Double(target.count) * window.size)
            if !wantsIndices, axes.count <= 2, x.type.isReal {
                let image = try SpatialImage(try x.tensor(on: inputs.device))
                let y = try image.tensor.pooled(window.geometry(.maximum, axes, countsPadding: false))
                return [.device(try image.restored(y))]
            }
            let array = try x.array()
            let rows = try PoolingWindow.rows(axes, limits: inputs.limits) { _, _ in 1 }
            let shape = try inputs.limits.hostShape(target.dimensions)
            var positions: [Int] = []
            positions.reserveCapacity(shape.count)
            for plane in 0..<x.shape[0] * x.shape[1] {
                for row in 0..<rows.outputs {
                    let entries = rows.positions[Int(rows.starts[row])..<Int(rows.starts[row + 1])]
                    guard let first = entries.first else {
                        throw SGCError(.unsupported, "a window of \(window.kernel) covers no pixel of \(x.shape)")
                    }
                    let start = plane * rows.inputs
                    var best = start + Int(first)
                    for entry in entries where array.less(best, start + Int(entry)) { best = start + Int(entry) }
                    positions.append(best)
                }
            }
            let image = Shape(known: axes.map(\.extent))
            let indices = positions.map { Int64(isColumnMajor ? image.columnMajor($0) : $0) }
            return [
                .host(array.selected(positions, shape: shape)),
                .host(try HostArray(integers: indices, shape: shape)),
            ]
        }
    }

    /// The mean of each window.
    private static func averagePool(_ node: NodeReader) throws(SGCError) -> Kernel {
        let window = try PoolingWindow(node)
        let countsPadding = try node.flag("count_include_pad")
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            let axes = try window.axes(of: x.shape)
            let target = try inputs.shape(x.shape.dimensions.prefix(2) + axes.map(\.outputs))
            try inputs.announce(elements: Double(target.count) * window.size)
            guard axes.count > 2 else {
                let image = try SpatialImage(x)
                let y = try image.tensor.pooled(window.geometry(.average, axes, countsPadding: countsPadding))
                return [.device(try image.restored(y))]
            }
            let rows = try PoolingWindow.rows(axes, limits: inputs.limits) { pixels, places in
                1 / Double(countsPadding ? places : max(1, pixels))
            }
            return [.device(try x.windowed(rows, axes))]
        }
    }

    /// The p-norm of each window.
    private static func lpPool(_ node: NodeReader) throws(SGCError) -> Kernel {
        let window = try PoolingWindow(node)
        let power = try PowerMean(node)
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            let axes = try window.axes(of: x.shape)
            let target = try inputs.shape(x.shape.dimensions.prefix(2) + axes.map(\.outputs))
            try inputs.announce(elements: Double(target.count) * window.size)
            let rows = try PoolingWindow.rows(axes, limits: inputs.limits) { _, _ in 1 }
            return [.device(try x.map(power.raised).windowed(rows, axes).map(power.root))]
        }
    }
}

/// The p of a p-norm.
private struct PowerMean: Sendable {
    let p: Double

    init(_ node: NodeReader) throws(SGCError) {
        let p = try node.integer("p", default: 2)
        guard p > 0 else { throw SGCError(.format, "attribute p: expected at least 1, got \(p)") }
        self.p = Double(p)
    }

    /// |x|ᵖ.
    func raised(_ x: Tensor) throws(SGCError) -> Tensor {
        if p == 1 { return try x.absolute() }
        if p == 2 { return try x.square() }
        return try x.absolute().power(.full([], p, x.dataType, on: x.device))
    }

    /// The p-th root.
    func root(_ x: Tensor) throws(SGCError) -> Tensor {
        if p == 1 { return x }
        if p == 2 { return try x.rootOfSquares() }
        return try x.power(.full([], 1 / p, x.dataType, on: x.device))
    }
}

extension GraphTensor {
    /// Weighted sums over windows of an image `[N, C, …]`.
    fileprivate func windowed(_ rows: MixingWeights, _ axes: [PoolingWindow.Axis]) throws(SGCError) -> GraphTensor {
        let image = try laid([0] + Array(2..<rank) + [1]).stored
        let (count, channels) = (shape[0], shape[1])
        let mixed = try image.reshaped(try Shape([count, rows.inputs, channels])).mixed(axis: 1, rows)
        return GraphTensor(
            channelsLast: try mixed.reshaped(try Shape([count] + axes.map(\.outputs) + [channels])))
    }
}

extension Shape {
    /// The position in an image of this shape, stored column by column, of row-major position `position`; positions
    /// beyond the image count further images of the same shape.
    fileprivate func columnMajor(_ position: Int) -> Int {
        guard count > 0 else { return position }
        var (rest, result) = (position % count, position / count * count)
        for axis in 0..<rank {
            let inner = dimensions[(axis + 1)...].reduce(1, *)
            result += rest / inner * dimensions[..<axis].reduce(1, *)
            rest %= inner
        }
        return result
    }
}
