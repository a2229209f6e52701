import SGCBase
import SGCTensor
import Testing

@Suite struct StridedMovementTests {
    private static let boxes = [
        StridedBox(starts: [0, 0, 0], steps: [1, 1, 1], counts: [3, 5, 7]),
        StridedBox(starts: [1, 0, 6], steps: [1, 2, -3], counts: [2, 3, 3]),
        StridedBox(starts: [2, 4, 6], steps: [-1, -1, -1], counts: [3, 5, 7]),
        StridedBox(starts: [2, 1, 0], steps: [.min, .max, 1], counts: [1, 1, 7]),
        StridedBox(starts: [0, 9, 0], steps: [1, 1, 1], counts: [3, 0, 7]),
    ]

    @Test("boxes of evenly spaced elements, out and back", arguments: boxes)
    func strided(_ box: StridedBox) throws {
        let shape: Shape = [3, 5, 7]
        try check("strided", at: [TestInput(shape)]) { try $0[0].strided(box) }
        let part = TestInput(try Shape(box.counts), stream: 3)
        try check("placed", at: [part]) { try $0[0].placed(at: box, in: shape, value: -0.5) }
    }

    @Test("elements stand where they belong")
    func values() throws {
        for device in testDevices() {
            let x = try Tensor(indices: [1, 2, 3, 4, 5, 6], shape: [2, 3], on: device)
            let box = StridedBox(starts: [1, 2], steps: [-1, -2], counts: [2, 2])
            let corners = try x.strided(box)
            #expect(corners.indices == [6, 4, 3, 1])
            #expect(try corners.placed(at: box, in: [2, 3], value: 9).indices == [1, 9, 3, 4, 9, 6])
        }
    }

    @Test("a box that exceeds the tensor is refused")
    func refusals() throws {
        for device in testDevices() {
            let x = try Tensor.zeros([3, 4], on: device)
            for box in [
                StridedBox(starts: [1, 0], counts: [3, 4]), StridedBox(starts: [-1, 0], counts: [3, 4]),
                StridedBox(starts: [0], counts: [3]), StridedBox(starts: [2, 0], steps: [.min, 1], counts: [2, 1]),
                StridedBox(starts: [0, 0], steps: [1, .max], counts: [1, 3]),
                StridedBox(starts: [0, 0], counts: [-1, 4]),
            ] {
                #expect(throws: SGCError.self) { try x.strided(box) }
                #expect(throws: SGCError.self) { try x.placed(at: box, in: [3, 4]) }
            }
        }
    }

    @Test("tiles", arguments: [[1, 1, 1], [2, 1, 1], [1, 3, 2], [1, 1, 4], [2, 2, 2], [1, 0, 2]])
    func tiled(_ repeats: [Int]) throws {
        try check("tiled", at: [TestInput([3, 5, 2])]) { try $0[0].tiled(repeats) }
        for device in testDevices() {
            let x = try Tensor(indices: [1, 2, 3, 4], shape: [2, 2], on: device)
            #expect(try x.tiled([2, 1]).indices == [1, 2, 3, 4, 1, 2, 3, 4])
            #expect(try x.tiled([1, 2]).indices == [1, 2, 1, 2, 3, 4, 3, 4])
            #expect(throws: SGCError.self) { try x.tiled([1]) }
            #expect(throws: SGCError.self) { try x.tiled([.max, .max]) }
        }
    }

    @Test("elements along an axis by index", arguments: [0, 1, 2, -1])
    func gathered(_ axis: Int) throws {
        try check("gathered", at: [TestInput([3, 5, 4])]) { inputs in
            let x = inputs[0]
            let indices = try Tensor(indices: [2, 0, 0, 1, 2, 1], shape: [2, 3], on: x.device)
            return try x.gathered(indices, axis: axis)
        }
        for device in testDevices() {
            let x = try Tensor.zeros([3, 3, 3], on: device)
            for index in [-1, 3] as [Int32] {
                let indices = try Tensor(indices: [0, index], shape: [2], on: device)
                #expect(throws: SGCError.self) { try x.gathered(indices, axis: axis) }
            }
        }
    }

    @Test(
        "selection with broadcasting",
        arguments: [
            ([3, 5], [3, 5], [3, 5]), ([5], [3, 1], [3, 5]), ([3, 1], [], [5]), ([2, 1, 5], [3, 5], []),
        ])
    func selected(_ mask: [Int], _ a: [Int], _ b: [Int]) throws {
        let shape = try Shape(mask)
        let values = (0..<shape.count).map { $0 % 3 == 0 ? 0.0 : 1 }
        try check("selected", at: [TestInput(try Shape(a)), TestInput(try Shape(b), stream: 5)]) { operands in
            let chosen = try TestInput(values, shape).tensor(operands[0].dataType, on: operands[0].device)
            return try Tensor.selected(chosen, operands[0], operands[1])
        }
    }

    @Test("what is not selected does not matter")
    func selectionOfInfinity() throws {
        for device in testDevices() {
            let mask = try Tensor([1, 0, 0], shape: [3], on: device)
            let gradients = try Tape.run { tape throws(SGCError) in
                let a = tape.watch(try Tensor([1, .nan, .infinity], shape: [3], on: device))
                let b = tape.watch(try Tensor([.nan], shape: [1], on: device))
                let y = try Tensor.selected(mask, a, .zeros([3], on: device))
                #expect(y.floats == [1, 0, 0])
                let z = try Tensor.selected(mask, .zeros([], on: device), b)
                return try tape.gradient(of: try (y + z).sum(), with: [a, b]).map { $0?.floats }
            }
            #expect(gradients == [[1, 0, 0], [2]])
        }
    }
}
