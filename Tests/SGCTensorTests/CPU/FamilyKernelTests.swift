import SGCBase
import SGCTensor
import Testing

/// Every family but those with a file of their own: the CPU backend against the Reference backend over awkward sizes,
/// and one thread against two.
@Suite struct FamilyKernelTests {
    /// Runs `compute` on both backends in both types, and on two threads; sizes reach past where work is shared out.
    private func check(
        _ what: String, types: [DataType] = [.float32, .bfloat16], _ compute: (Inputs) throws -> [Tensor]
    )
        throws
    {
        for type in types {
            let oracle = try compute(Inputs(device: referenceDevice(), type: .float32, rounding: type))
            let one = try compute(Inputs(device: cpuDevice(threads: 1), type: type, rounding: type))
            let two = try compute(Inputs(device: cpuDevice(threads: 2), type: type, rounding: type))
            for i in oracle.indices {
                expectClose(one[i], oracle[i], tolerance: tolerance(type) * 4, "\(what), result \(i), \(type)")
                let same = unsafe one[i].withBytes { a in unsafe two[i].withBytes { b in unsafe a.elementsEqual(b) } }
                #expect(same, "\(what), result \(i), \(type): one and two threads differ")
            }
        }
    }

    /// Operands of one run: the same values for each backend, rounded to the type under test.
    private struct Inputs {
        let device: Device, type: DataType, rounding: DataType
        var backend: any Backend { device.backend }

        /// Values around `center`, rounded to the type under test after all arithmetic.
        func values(_ shape: Shape, seed: Int = 1, range: Double = 2, center: Double = 0) throws -> Tensor {
            let plain = scattered(shape.count, seed: seed, range: range).map { Float($0 + center) }
            let kept = rounding == .float32 ? plain : plain.map { Float(bitPattern: UInt32(bfloat16Bits($0)) << 16) }
            return try Tensor(kept, shape: shape, type, on: device)
        }

        func floats(_ shape: Shape, seed: Int = 1) throws -> Tensor {
            try Tensor(scattered(shape.count, seed: seed).map { Float($0) }, shape: shape, on: device)
        }
    }

    @Test(
        "reductions, argmax, running sums",
        arguments: [(1, 0, 3), (3, 1, 1), (5, 17, 1), (1, 9001, 1), (2, 33, 65), (1, 4500, 7), (70, 300, 2)])
    func reductions(_ outer: Int, _ count: Int, _ inner: Int) throws {
        try check("reduce [\(outer), \(count), \(inner)]") { inputs in
            let x = try inputs.values([outer, count, inner])
            var results = try ReductionFunction.allCases.map {
                try inputs.backend.reduce($0, x, outer: outer, count: count, inner: inner, shape: [outer, inner])
            }
            if count > 0 {
                results.append(
                    try inputs.backend.argmax(x, outer: outer, count: count, inner: inner, shape: [outer, inner]))
            }
            for reversed in [false, true] {
                results.append(
                    try inputs.backend.cumulativeSum(x, outer: outer, count: count, inner: inner, reversed: reversed))
            }
            return results
        }
    }

    @Test("the k largest, equals by lower index", arguments: [(1, 1), (17, 17), (33, 5), (200, 64), (9, 0)])
    func topK(_ columns: Int, _ k: Int) throws {
        try check("top \(k) of \(columns)") { inputs in
            // Few distinct values, so that there are equals.
            let x = try Tensor(
                scattered(4 * columns).map { Float(($0 * 2).rounded()) }, shape: [4, columns], inputs.type,
                on: inputs.device)
            let found = try inputs.backend.topK(x, k: k)
            return [found.values, found.indices]
        }
    }

    @Test("strided copies move every element to its place, for every element size")
    func copies() throws {
        let boxes: [(extents: [Int], x: [Int], y: [Int])] = [
            ([33, 17], [17, 1], [1, 33]), ([2, 3, 5, 7], [105, 35, 7, 1], [105, 1, 21, 3]), ([5, 4], [0, 1], [4, 1]),
            ([5, 4], [1, 0], [4, 1]), ([9000], [2], [1]), ([8192], [1], [1]),
            ([3, 1, 129], [200, 7, 1], [129, 1, 1]),
            ([], [], []), ([4, 0], [1, 1], [1, 1]), ([64, 257, 3], [3, 192, 1], [771, 3, 1]),
        ]
        for box in boxes {
            let span = { (strides: [Int]) in zip(box.extents, strides).reduce(1) { $0 + max(0, $1.0 - 1) * $1.1 } }
            for type in [DataType.float32, .bfloat16, .int32, .uint8] {
                for threads in [1, 2] {
                    let device = cpuDevice(threads: threads), xCount = span(box.x) + 2, yCount = span(box.y) + 3
                    let x = try Tensor((0..<xCount).map { Float($0 % 251) }, shape: [xCount], type, on: device)
                    let y = try device.backend.full([yCount], 7, type, on: device)
                    try device.backend.copyBox(
                        from: x, offset: 2, strides: box.x, to: y, offset: 3, strides: box.y, extents: box.extents)
                    var expected = [Float](repeating: 7, count: yCount)
                    for i in 0..<box.extents.reduce(1, *) {
                        var rest = i, from = 2, to = 3
                        for axis in box.extents.indices.reversed() {
                            from += rest % box.extents[axis] * box.x[axis]
                            to += rest % box.extents[axis] * box.y[axis]
                            rest /= box.extents[axis]
                        }
                        expected[to] = Float(from % 251)
                    }
                    // bfloat16 holds whole numbers up to 256.
                    #expect(y.floats == expected, "\(box.extents) \(type) \(threads)")
                }
            }
        }
    }

    @Test(
        "group, layer and batch normalization with gradients",
        arguments: [(1, 3, 4, 2), (2, 7, 6, 3), (3, 130, 16, 4), (1, 257, 33, 11), (2, 300, 64, 32)])
    func normalization(_ images: Int, _ rows: Int, _ channels: Int, _ groups: Int) throws {
        try check("normalization [\(images), \(rows), \(channels)] in \(groups)") { inputs in
            let shape: Shape = [images, rows, channels], backend = inputs.backend
            // Far from zero mean, where Σx² − (Σx)² would cancel in float32.
            let x = try inputs.values(shape, center: 4)
            let dy = try inputs.values(shape, seed: 2)
            let gain = try inputs.floats([channels], seed: 3), shift = try inputs.floats([channels], seed: 4)
            var results: [Tensor] = []
            for silu in [false, true] {
                let (y, statistics) = try backend.groupNorm(
                    x, groups: groups, gain: gain, shift: shift, epsilon: 1e-3, silu: silu)
                let d = try backend.groupNormGradient(
                    x, dy, groups: groups, gain: gain, shift: shift, statistics: statistics, silu: silu)
                results += [y, statistics.mean, statistics.inverseDeviation, d.x, d.gain, d.shift]
            }
            let (y, statistics) = try backend.layerNorm(x, gain: gain, shift: shift, epsilon: 1e-3)
            let d = try backend.layerNormGradient(x, dy, gain: gain, statistics: statistics)
            results += [y, d.x, d.gain, d.shift]
            let (mean, variance) = try backend.channelMoments(x)
            let deviation = try backend.unary(
                .reciprocalSquareRoot, try backend.affine(variance, scale: 1, shift: 1e-3))
            let moments = NormalizationStatistics(mean: mean, inverseDeviation: deviation)
            let b = try backend.batchNormGradient(x, dy, gain: gain, statistics: moments)
            results += [mean, variance, b.x, b.gain, b.shift]
            results.append(try backend.channelNormalize(x, statistics: moments, gain: gain, shift: shift))
            return results
        }
    }

    @Test("softmax and its logarithm with gradients", arguments: [(1, 1), (5, 17), (70, 257), (3, 1000)])
    func softmax(_ rows: Int, _ columns: Int) throws {
        try check("softmax [\(rows), \(columns)]") { inputs in
            let x = try inputs.values([rows, columns], range: 40)
            let dy = try inputs.values([rows, columns], seed: 2)
            return try [false, true].flatMap { logarithm in
                let y = try inputs.backend.softmax(x, logarithm: logarithm)
                // The gradient of a y that both backends have to the bit.
                let given = try inputs.values(
                    [rows, columns], seed: 3, range: 0.5, center: logarithm ? -1 : 0.5)
                return [y, try inputs.backend.softmaxGradient(given, dy, logarithm: logarithm)]
            }
        }
    }

    @Test("cross-entropy with ignored rows and smoothing", arguments: [0, 0.1])
    func crossEntropy(_ smoothing: Double) throws {
        try check("cross-entropy", types: [.float32]) { inputs in
            let logits = try inputs.values([301, 37])
            let labels = try Tensor(
                indices: (0..<301).map { $0 % 9 == 0 ? -1 : Int32($0 % 37) }, shape: [301], on: inputs.device)
            let found = try inputs.backend.crossEntropy(logits, labels: labels, smoothing: smoothing)
            return [found.loss, found.gradient]
        }
    }

    @Test(
        "attention with gradients, one block of queries and several",
        arguments: [(1, 1, 2, 1, 3), (2, 17, 33, 3, 5), (1, 300, 41, 1, 16), (2, 290, 290, 2, 8)])
    func attention(_ batch: Int, _ queries: Int, _ keys: Int, _ heads: Int, _ depth: Int) throws {
        try check("attention") { inputs in
            let width = heads * depth
            let q = try inputs.values([batch, queries, width]), k = try inputs.values([batch, keys, width], seed: 2)
            let v = try inputs.values([batch, keys, width], seed: 3)
            let dy = try inputs.values([batch, queries, width], seed: 4)
            let (y, sums) = try inputs.backend.attention(q, k, v, heads: heads, scale: 0.4)
            let d = try inputs.backend.attentionGradient(
                q, k, v, y: y, logSumExp: sums, dy, heads: heads, scale: 0.4)
            return [y, sums, d.q, d.k, d.v]
        }
    }

    @Test(
        "resizing and pooling with gradients", arguments: [(4, 6, 3, 9), (5, 7, 17, 3), (1, 1, 2, 2), (33, 12, 11, 30)])
    func resampling(_ height: Int, _ width: Int, _ newHeight: Int, _ newWidth: Int) throws {
        try check("resampling \(height)x\(width)") { inputs in
            let input: Shape = [2, height, width, 67], backend = inputs.backend
            let x = try inputs.values(input), dy = try inputs.values([2, newHeight, newWidth, 67], seed: 2)
            var results = try [ResizeMode.nearest, .bilinear].flatMap { mode in
                [
                    try backend.resize(x, height: newHeight, width: newWidth, mode: mode),
                    try backend.resizeGradient(dy, inputShape: input, mode: mode),
                ]
            }
            for geometry in [
                PoolingGeometry(.average, kernel: 3, stride: 2, padding: 1),
                PoolingGeometry(.average, kernel: 3, stride: 2, padding: 1, countsPadding: false),
                PoolingGeometry(.maximum, kernel: 3, stride: 1, padding: 1), .uneven(.average), .uneven(.maximum),
            ] {
                let size = geometry.outputSize(height: height, width: width)
                guard size.height > 0, size.width > 0 else { continue }
                let output: Shape = [2, size.height, size.width, 67]
                results.append(try backend.pool(x, geometry: geometry, outputShape: output))
                results.append(try backend.poolGradient(x, try inputs.values(output, seed: 5), geometry: geometry))
            }
            return results
        }
    }

    @Test("mixing along an axis", arguments: [(1, 1, 1), (3, 5, 67), (40, 9, 1), (1, 300, 130)])
    func mixing(_ outer: Int, _ count: Int, _ inner: Int) throws {
        var weights = MixingWeights(inputs: count)
        for row in 0..<7 {
            // Every third row is empty.
            for entry in 0..<(row % 3) * 2 {
                try weights.add((row * 7919 + entry * 31) % count, weight: Double(entry) - 1.25)
            }
            try weights.finishRow()
        }
        let rows = weights
        try check("mix [\(outer), \(count), \(inner)]") { inputs in
            let x = try inputs.values([outer, count, inner]), dy = try inputs.values([outer, 7, inner], seed: 2)
            return [
                try inputs.backend.mix(x, rows, outer: outer, inner: inner, shape: [outer, 7, inner]),
                try inputs.backend.mix(
                    dy, rows.transposed, outer: outer, inner: inner, shape: [outer, count, inner]),
            ]
        }
    }

    @Test("gather, scatter, one-hot and the range of indices")
    func indices() throws {
        try check("indices") { inputs in
            let count = 1000, indices = (0..<count).map { Int32($0 * 7919 % 34) - 1 }
            let table = try inputs.values([33, 19]), x = try inputs.values([count, 19], seed: 2)
            let all = try Tensor(indices: indices, shape: [count], on: inputs.device)
            let valid = try Tensor(indices: indices.map { max(0, $0) }, shape: [count], on: inputs.device)
            #expect(try inputs.backend.indexRange(all) == (-1, 32))
            return [
                try inputs.backend.gather(table, indices: valid, shape: [count, 19]),
                try inputs.backend.scatterAdd(x, indices: all, rows: 33),
                try inputs.backend.oneHot(all, classes: 33, inputs.type),
            ]
        }
    }

    @Test("Adam, interpolation and the sum of squares", arguments: [0, 1, 17, 40_000])
    func optimizer(_ count: Int) throws {
        try check("optimizer", types: [.float32]) { inputs in
            let p = try inputs.values([count]), g = try inputs.values([count], seed: 2)
            let m = try inputs.values([count], seed: 3)
            let v = try inputs.backend.unary(.square, try inputs.values([count], seed: 4))
            try inputs.backend.adam(
                AdamUpdate(
                    learningRate: 1e-2, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, step: 3,
                    gradientScale: 0.5), parameter: p, gradient: g, firstMoment: m, secondMoment: v)
            let average = try inputs.values([count], seed: 6)
            try inputs.backend.interpolate(average, toward: p, rate: 0.25)
            let squares = try inputs.backend.full(
                [], try inputs.backend.sumOfSquares(g), .float32, on: inputs.device)
            return [p, m, v, average, squares]
        }
    }
}
