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
        PoolingGeometry(.maximum, kernel: 3, stride: 1),
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
        }
    }
}
