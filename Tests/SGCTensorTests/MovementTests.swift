import SGCBase
import SGCTensor
import Testing

@Suite struct MovementTests {
    @Test("permutation of axes", arguments: [[0, 1, 2, 3], [3, 1, 0, 2], [0, 3, 1, 2], [1, 0, 3, 2]])
    func permute(_ order: [Int]) throws {
        try check("permute", at: [TestInput([2, 3, 5, 7])]) { try $0[0].permuted(order) }
        try check("permute, empty", at: [TestInput([2, 0, 5, 7])]) { try $0[0].permuted(order) }
    }

    @Test("a transposed matrix")
    func transpose() throws {
        for device in testDevices() {
            let x = try Tensor(indices: [1, 2, 3, 4, 5, 6], shape: [2, 3], on: device)
            #expect(try x.permuted([1, 0]).indices == [1, 4, 2, 5, 3, 6])
            #expect(throws: SGCError.self) { try x.permuted([0, 0]) }
        }
    }

    @Test("broadcasting repeats", arguments: [([], [3, 5]), ([7], [3, 5, 7]), ([3, 1, 7], [3, 5, 7]), ([1], [0])])
    func broadcast(_ from: [Int], _ to: [Int]) throws {
        let target = try Shape(to)
        try check("broadcast", at: [TestInput(try Shape(from))]) { try $0[0].broadcast(to: target) }
    }

    @Test("slices and padding along each axis", arguments: [0, 1, 2, -1])
    func slice(_ axis: Int) throws {
        let x = TestInput([3, 5, 7])
        try check("slice", at: [x]) { try $0[0].sliced(axis: axis, 1..<3) }
        try check("empty slice", at: [x]) { try $0[0].sliced(axis: axis, 1..<1) }
        try check("pad", at: [x]) { try $0[0].padded(axis: axis, before: 2, after: 1, value: -0.5) }
        for device in testDevices() {
            let tensor = try x.tensor(.float32, on: device)
            #expect(throws: SGCError.self) { try tensor.sliced(axis: axis, 0..<9) }
            #expect(throws: SGCError.self) { try tensor.padded(axis: axis, before: -1, after: 0) }
        }
    }

    @Test("slices and padding put elements where they belong")
    func sliceValues() throws {
        for device in testDevices() {
            let x = try Tensor(indices: [1, 2, 3, 4, 5, 6], shape: [2, 3], on: device)
            #expect(try x.sliced(axis: 1, 1..<3).indices == [2, 3, 5, 6])
            #expect(try x.padded(axis: 1, before: 1, after: 0, value: 9).indices == [9, 1, 2, 3, 9, 4, 5, 6])
            #expect(try x.padded(axis: 0, before: 0, after: 1).indices == [1, 2, 3, 4, 5, 6, 0, 0, 0])
        }
    }

    @Test("parts one after another", arguments: [0, 1, 2])
    func concatenate(_ axis: Int) throws {
        let base: Shape = [3, 5, 7]
        let shapes = [2, 1, 5, 0].map { base.replacing(axis, with: $0) }
        let parts = shapes.enumerated().map { TestInput($0.element, stream: UInt64($0.offset)) }
        try check("concat", at: parts) { try Tensor.concatenated($0, axis: axis) }
    }

    @Test("bytes move like numbers")
    func bytes() throws {
        for device in testDevices() {
            let x = try Tensor((0..<105).map { Float($0) }, shape: [3, 5, 7], .uint8, on: device)
            let y = try x.permuted([2, 0, 1])
            #expect(y.dataType == .uint8)
            // Element (c, n, h) of the result is element (n, h, c) of the input.
            var expected: [Double] = []
            for c in 0..<7 { for row in 0..<15 { expected.append(Double(row * 7 + c)) } }
            #expect(y.doubles == expected)
            let joined = try Tensor.concatenated([x, x], axis: 1)
            #expect(Array(joined.doubles[35..<70]) == Array(joined.doubles[0..<35]))
        }
    }

    @Test("another shape shares the elements")
    func reshape() throws {
        try check("reshape", at: [TestInput([3, 5, 7])]) { try $0[0].reshaped([7, 15]) * $0[0].reshaped([7, 15]) }
        let x = try Tensor.ones([3, 5], on: referenceDevice())
        #expect(throws: SGCError.self) { try x.reshaped([4, 4]) }
    }
}
