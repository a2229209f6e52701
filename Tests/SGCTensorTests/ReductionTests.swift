import SGCBase
import SGCTensor
import Testing

@Suite struct ReductionTests {
    /// A shape with the axes that are reduced.
    static let cases: [(Shape, [Int]?)] = [
        ([], nil), ([1], nil), ([131], nil), ([3, 5, 7], nil), ([3, 5, 7], [0]), ([3, 5, 7], [1]), ([3, 5, 7], [-1]),
        ([3, 5, 7], [0, 2]), ([2, 3, 5, 17], [1, 2]), ([2, 3, 5, 17], [0, 1, 2]), ([1031], [0]), ([2, 517], [1]),
        ([517, 2], [0]), ([0, 3], [0]), ([3, 0], [0]), ([3, 1], [1]),
    ]

    @Test("sums and means over axes", arguments: cases.indices)
    func sums(_ index: Int) throws {
        let (shape, axes) = Self.cases[index]
        for keepsAxes in [false, true] {
            try check("sum", at: [TestInput(shape)]) { try $0[0].sum(axes, keepsAxes: keepsAxes) }
            try check("mean", at: [TestInput(shape)]) { try $0[0].mean(axes, keepsAxes: keepsAxes) }
        }
    }

    @Test(
        "extremes over an axis",
        arguments: [([131], 0), ([3, 5, 7], 0), ([3, 5, 7], 1), ([3, 5, 7], 2), ([7, 1], 1)])
    func extremes(_ dimensions: [Int], _ axis: Int) throws {
        let shape = try Shape(dimensions)
        // A permutation of distinct numbers: no ties.
        var random = RandomSource(seed: 3)
        let input = TestInput(random.permutation(shape.count).map { Double($0) / 16 }, shape)
        try check("maximum", at: [input]) { try $0[0].maximum(axis: axis) }
        try check("maximum over axes", at: [input]) { try $0[0].maximum(over: [axis]) }
        try check("minimum over axes", at: [input]) { try $0[0].minimum(over: Array(0..<$0[0].rank), keepsAxes: true) }
        try check("minimum", at: [input]) { try $0[0].minimum(axis: axis, keepsAxis: true) }
        try check("argmax", at: [input], hasGradient: false) { try $0[0].argmax(axis: axis) }
    }

    @Test("equal extremes share the gradient, and the first is the index")
    func ties() throws {
        for device in testDevices() {
            let x = try Tensor([1, 3, 3, 0, 3, 2, 2, 2], shape: [2, 4], on: device)
            #expect(try x.argmax(axis: 1).indices == [1, 0])
            let found = try gradients(of: { try $0[0].maximum(axis: 1) }, at: [x], seed: [6, 6]).gradients[0]
            #expect(found.doubles == [0, 3, 3, 0, 6, 0, 0, 0])
        }
    }

    @Test("reducing nothing gives 0 for sum and mean, and the infinities for extremes")
    func empty() throws {
        for device in testDevices() {
            let x = try Tensor([], shape: [2, 0], on: device)
            #expect(try x.sum([1]).doubles == [0, 0])
            #expect(try x.mean([1]).doubles == [0, 0])
            #expect(try x.maximum(axis: 1).doubles == [-.infinity, -.infinity])
            #expect(try x.minimum(axis: 1).doubles == [.infinity, .infinity])
            #expect(throws: SGCError.self) { try x.argmax(axis: 1) }
        }
    }

    @Test("a long float32 sum keeps its digits")
    func longSum() throws {
        for device in testDevices() {
            let x = try Tensor.full([1_000_003], 0.1, on: device)
            expectClose([try x.sum().item], [1_000_003 * Double(Float(0.1))], tolerance: 1e-6)
        }
    }

    @Test("sums do not depend on the number of threads")
    func threads() throws {
        let values = TestInput([37, 541, 3]).values.map { Float($0) * 1.001 }
        for axes in [nil, [0], [1], [2], [0, 1]] as [[Int]?] {
            let results = try [1, 2, 3].map { threads in
                try Tensor(values, shape: [37, 541, 3], on: cpuDevice(threads: threads)).sum(axes).floats
            }
            #expect(results[0] == results[1] && results[0] == results[2])
        }
    }

    @Test("running sums", arguments: [([17], 0), ([3, 5, 7], 0), ([3, 5, 7], 1), ([3, 5, 7], 2), ([2, 0], 1)])
    func cumulative(_ dimensions: [Int], _ axis: Int) throws {
        for reversed in [false, true] {
            try check("cumulative sum", at: [TestInput(try Shape(dimensions))]) {
                try $0[0].cumulativeSum(axis: axis, reversed: reversed)
            }
        }
    }

    @Test("the largest elements of each row", arguments: [0, 1, 3, 13])
    func topK(_ k: Int) throws {
        var random = RandomSource(seed: 4)
        let input = TestInput(random.permutation(65).map { Double($0) / 16 }, [5, 13])
        try check("topK values", at: [input]) { try $0[0].topK(k).values }
        try check("topK indices", at: [input], hasGradient: false) { try $0[0].topK(k).indices }
    }

    @Test("among equals the lower index comes first")
    func topKTies() throws {
        for device in testDevices() {
            let x = try Tensor([2, 5, 2, 5, 1], shape: [1, 5], on: device)
            let found = try x.topK(4)
            #expect(found.values.doubles == [5, 5, 2, 2])
            #expect(found.indices.indices == [1, 3, 0, 2])
            #expect(throws: SGCError.self) { try x.topK(6) }
        }
    }

    @Test("the sum of squares is exact beyond float32 and shows what is not finite")
    func sumOfSquares() throws {
        for device in testDevices() {
            let x = try Tensor([3e30, -4e30, 0], shape: [3], on: device)
            expectClose([try device.backend.sumOfSquares(x)], [2.5e61], tolerance: 1e-6)
            let broken = try Tensor([1, .infinity, 2], shape: [3], on: device)
            #expect(try !device.backend.sumOfSquares(broken).isFinite)
            #expect(try device.backend.sumOfSquares(try Tensor([], shape: [0], on: device)) == 0)
        }
    }
}
