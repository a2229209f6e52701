import SGCBase
import SGCTensor
import Testing

@Suite struct ResamplingTests {
    /// Input shape, then height and width of the output.
    static let sizes: [([Int], Int, Int)] = [
        ([2, 3, 5, 3], 6, 10), ([1, 1, 1, 2], 2, 2), ([1, 6, 8, 17], 3, 4), ([1, 5, 3, 2], 7, 11),
        ([1, 11, 7, 2], 5, 3),
        ([0, 3, 3, 2], 6, 6), ([1, 4, 4, 1], 4, 4),
    ]

    @Test("resizing", arguments: sizes)
    func resize(_ dimensions: [Int], _ height: Int, _ width: Int) throws {
        let x = TestInput(try Shape(dimensions))
        for mode in [ResizeMode.nearest, .bilinear] {
            try check("resize \(mode)", at: [x]) { try $0[0].resized(height: height, width: width, mode: mode) }
        }
    }

    @Test("nearest and bilinear values")
    func resizeValues() throws {
        for device in testDevices() {
            let x = try Tensor([1, 3], shape: [1, 1, 2, 1], on: device)
            #expect(try x.resized(height: 1, width: 4, mode: .nearest).doubles == [1, 1, 3, 3])
            #expect(try x.resized(height: 1, width: 4, mode: .bilinear).doubles == [1, 1.5, 2.5, 3])
            #expect(throws: SGCError.self) { try x.resized(height: 0, width: 4, mode: .nearest) }
        }
    }

    static let poolings = [
        PoolingGeometry(.average, kernel: 2, stride: 2), PoolingGeometry(.average, kernel: 3, stride: 2, padding: 1),
        PoolingGeometry(.average, kernel: 3, stride: 1, padding: 1, countsPadding: false),
        PoolingGeometry(.maximum, kernel: 2, stride: 2), PoolingGeometry(.maximum, kernel: 3, stride: 2, padding: 1),
        PoolingGeometry(.maximum, kernel: 3, stride: 1), .uneven(.average), .uneven(.average, countsPadding: false),
        .uneven(.maximum),
    ]

    @Test("pooling", arguments: poolings.indices)
    func pool(_ index: Int) throws {
        let geometry = Self.poolings[index]
        for shape in [[2, 7, 6, 3], [1, 3, 3, 17], [0, 4, 4, 2], [1, 5, 3, 1]] as [Shape] {
            // Distinct numbers: every maximum has one winner, in bfloat16 too.
            var random = RandomSource(seed: 5)
            let input = TestInput(random.permutation(shape.count).map { Double($0) / 16 }, shape)
            try check("pool \(geometry) of \(shape)", at: [input]) { try $0[0].pooled(geometry) }
        }
    }

    @Test("padding never wins a maximum, and the first of equals takes the gradient")
    func maximumTies() throws {
        for device in testDevices() {
            let x = try Tensor([-3, -3, -3, -5], shape: [1, 2, 2, 1], on: device)
            let geometry = PoolingGeometry(.maximum, kernel: 2, stride: 2)
            let found = try gradients(of: { try $0[0].pooled(geometry) }, at: [x], seed: [4])
            #expect(found.y.doubles == [-3])
            #expect(found.gradients[0].doubles == [4, 0, 0, 0])
            let padded = PoolingGeometry(.maximum, kernel: 2, stride: 2, padding: 1)
            #expect(try x.pooled(padded).doubles == [-3, -3, -3, -5])
            #expect(throws: SGCError.self) { try x.pooled(PoolingGeometry(.maximum, kernel: 3, stride: 1)) }
            #expect(throws: SGCError.self) { try x.pooled(PoolingGeometry(.average, kernel: 2, stride: 0)) }
            #expect(throws: SGCError.self) { try x.pooled(PoolingGeometry(.average, kernel: 2, stride: 1, padding: 2)) }
        }
    }

    @Test("windows that reach beyond the padding, when the number of outputs is rounded up")
    func roundingUp() throws {
        for device in testDevices() {
            let x = try Tensor([1, 2, 3, 4, 5], shape: [1, 1, 5, 1], on: device)
            var geometry = PoolingGeometry(.average, kernel: 1, stride: 1)
            (geometry.kernelWidth, geometry.strideWidth) = (2, 2)
            #expect(try x.pooled(geometry).doubles == [1.5, 3.5])
            geometry.roundsUp = true
            #expect(try x.pooled(geometry).doubles == [1.5, 3.5, 5])
            (geometry.left, geometry.right) = (1, 1)
            // The padding counts; the fourth window would start on the padding behind the image.
            #expect(try x.pooled(geometry).doubles == [0.5, 2.5, 4.5])
            geometry.countsPadding = false
            #expect(try x.pooled(geometry).doubles == [1, 2.5, 4.5])
        }
    }

    @Test("mixing along an axis")
    func mixing() throws {
        var weights = MixingWeights(inputs: 4)
        for row in [[(0, 0.5), (3, 2.0)], [], [(1, -1.0), (1, 0.25), (2, 1.0)]] {
            for (position, weight) in row { try weights.add(position, weight: weight) }
            try weights.finishRow()
        }
        for (shape, axis) in [([4], 0), ([2, 4, 3], 1), ([3, 5, 4], 2), ([4, 70], 0), ([0, 4], 1)] as [(Shape, Int)] {
            try check("mix axis \(axis) of \(shape)", at: [TestInput(shape)]) { [weights] in
                try $0[0].mixed(axis: axis, weights)
            }
        }
        for device in testDevices() {
            let x = try Tensor([1, 2, 3, 4], shape: [4], on: device)
            #expect(try x.mixed(axis: 0, weights).doubles == [8.5, 0, 1.5])
            #expect(throws: SGCError.self) { try Tensor.ones([3], on: device).mixed(axis: 0, weights) }
        }
        #expect(throws: SGCError.self) { try weights.add(4, weight: 1) }
    }
}

extension PoolingGeometry {
    /// Everything different in height and width, with dilation, and rounded up.
    static func uneven(_ function: Function, countsPadding: Bool = true) -> PoolingGeometry {
        var geometry = PoolingGeometry(function, kernel: 2, stride: 2, countsPadding: countsPadding)
        geometry.kernelWidth = 3
        geometry.strideWidth = 1
        geometry.dilationHeight = 2
        (geometry.top, geometry.left, geometry.bottom, geometry.right) = (1, 0, 0, 2)
        geometry.roundsUp = true
        return geometry
    }
}
