package import SGCBase

extension ReferenceBackend: ResamplingBackend {
    package func resize(_ x: Tensor, height: Int, width: Int, mode: ResizeMode) throws(SGCError) -> Tensor {
        let input = try read(x, "resize")
        let target: Shape = [x.shape[0], height, width, x.shape[3]]
        var result = [Double](repeating: 0, count: target.count)
        forEachSample(from: x.shape, to: target, mode) { from, to, weight in result[to] += weight * input[from] }
        return try make(result, like: x, shape: target, "resize")
    }

    package func resizeGradient(_ dy: Tensor, inputShape: Shape, mode: ResizeMode) throws(SGCError) -> Tensor {
        let upstream = try read(dy, "resize")
        var result = [Double](repeating: 0, count: inputShape.count)
        forEachSample(from: inputShape, to: dy.shape, mode) { from, to, weight in
            result[from] += weight * upstream[to]
        }
        return try make(result, like: dy, shape: inputShape, "resize")
    }

    package func pool(_ x: Tensor, geometry: PoolingGeometry, outputShape: Shape) throws(SGCError) -> Tensor {
        let input = try read(x, "pooling")
        var result = [Double](repeating: 0, count: outputShape.count)
        forEachWindow(x.shape, outputShape, geometry) { to, window in
            switch geometry.function {
            case .average:
                result[to] = window.pixels.reduce(0) { $0 + input[$1] } / window.divisor
            case .maximum:
                result[to] = window.pixels.reduce(-.infinity) { $0 < input[$1] ? input[$1] : $0 }
            }
        }
        return try make(result, like: x, shape: outputShape, "pooling")
    }

    package func poolGradient(_ x: Tensor, _ dy: Tensor, geometry: PoolingGeometry) throws(SGCError) -> Tensor {
        let (input, upstream) = (try read(x, "pooling"), try read(dy, "pooling"))
        var result = [Double](repeating: 0, count: input.count)
        forEachWindow(x.shape, dy.shape, geometry) { from, window in
            switch geometry.function {
            case .average:
                for i in window.pixels { result[i] += upstream[from] / window.divisor }
            case .maximum:
                guard var winner = window.pixels.first else { return }
                for i in window.pixels where input[i] > input[winner] { winner = i }
                result[winner] += upstream[from]
            }
        }
        return try make(result, like: x, "pooling")
    }

    package func mix(
        _ x: Tensor, _ weights: MixingWeights, outer: Int, inner: Int, shape: Shape
    ) throws(SGCError) -> Tensor {
        let input = try read(x, "mix")
        var result = [Double](repeating: 0, count: shape.count)
        for o in 0..<outer {
            for row in 0..<weights.outputs {
                for entry in Int(weights.starts[row])..<Int(weights.starts[row + 1]) {
                    let from = (o * weights.inputs + Int(weights.positions[entry])) * inner
                    for i in 0..<inner {
                        result[(o * weights.outputs + row) * inner + i] +=
                            Double(weights.weights[entry]) * input[from + i]
                    }
                }
            }
        }
        return try make(result, like: x, shape: shape, "mix")
    }
}

/// The pixels of the input that one output pixel mixes along one axis, with their weights.
private func samples(_ index: Int, of outputs: Int, from inputs: Int, _ mode: ResizeMode) -> [(Int, Double)] {
    switch mode {
    case .nearest: return [(index * inputs / outputs, 1)]
    case .bilinear:
        let position = max(0, (Double(index) + 0.5) * Double(inputs) / Double(outputs) - 0.5)
        let before = min(Int(position), inputs - 1)
        let fraction = position - Double(before)
        return [(before, 1 - fraction), (min(before + 1, inputs - 1), fraction)]
    }
}

/// Calls `body` for every pair of positions of which the output takes `weight` times the input.
private func forEachSample(
    from input: Shape, to output: Shape, _ mode: ResizeMode, _ body: (_ from: Int, _ to: Int, _ weight: Double) -> Void
) {
    for n in 0..<output[0] {
        for h in 0..<output[1] {
            for w in 0..<output[2] {
                for (row, rowWeight) in samples(h, of: output[1], from: input[1], mode) {
                    for (column, columnWeight) in samples(w, of: output[2], from: input[2], mode) {
                        for c in 0..<output[3] {
                            body(
                                ((n * input[1] + row) * input[2] + column) * input[3] + c,
                                ((n * output[1] + h) * output[2] + w) * output[3] + c, rowWeight * columnWeight)
                        }
                    }
                }
            }
        }
    }
}

/// What one output of a pooling is computed from.
private struct Window {
    /// Positions of the covered pixels, in row-major order.
    var pixels: [Int] = []
    /// What a sum over the window is divided by; at least 1.
    var divisor = 1.0
}

/// Calls `body` for every output position with its window.
private func forEachWindow(
    _ input: Shape, _ output: Shape, _ g: PoolingGeometry, _ body: (_ output: Int, _ window: Window) -> Void
) {
    for n in 0..<output[0] {
        for h in 0..<output[1] {
            let rows = (0..<g.kernelHeight).map { h * g.strideHeight - g.top + $0 * g.dilationHeight }
            for w in 0..<output[2] {
                let columns = (0..<g.kernelWidth).map { w * g.strideWidth - g.left + $0 * g.dilationWidth }
                for c in 0..<output[3] {
                    var window = Window()
                    for row in rows where (0..<input[1]).contains(row) {
                        for column in columns where (0..<input[2]).contains(column) {
                            window.pixels.append(((n * input[1] + row) * input[2] + column) * input[3] + c)
                        }
                    }
                    let counted =
                        g.countsPadding
                        ? rows.count { $0 < input[1] + g.bottom } * columns.count { $0 < input[2] + g.right }
                        : window.pixels.count
                    window.divisor = Double(max(1, counted))
                    body(((n * output[1] + h) * output[2] + w) * output[3] + c, window)
                }
            }
        }
    }
}
