import SGCBase
import SGCTensor
import Testing

@testable import SGCONNX

@Suite struct GraphTensorTests {
    private let device = Device(backend: CPUBackend())

    private func counting(_ dimensions: [Int]) throws -> Tensor {
        let shape = try Shape(dimensions)
        return try Tensor((0..<shape.count).map { Float($0) }, shape: shape, on: device)
    }

    /// What NumPy would give: the numbers in the graph's order.
    private func natural(_ tensor: GraphTensor) throws -> [Float] { try tensor.natural().floats }

    @Test func transpositionsThatCancelMoveNothing() throws {
        let image = GraphTensor(try counting([2, 3, 4, 5]))
        let back = image.transposed([0, 2, 3, 1]).transposed([0, 3, 1, 2])
        #expect(back.isNatural)
        #expect(back.stored.storage === image.stored.storage)
    }

    @Test func mergingTheSidesOfAnImageStoredChannelsLastMovesNothing() throws {
        // Conv → Reshape [N, C, H·W] → Transpose [N, H·W, C], as every vision transformer begins.
        let stored = try counting([2, 4, 5, 3])
        let tokens = try GraphTensor(channelsLast: stored).reshaped([2, 3, 20]).transposed([0, 2, 1])
        #expect(tokens.isNatural)
        #expect(tokens.shape == [2, 20, 3])
        #expect(tokens.stored.storage === stored.storage)
    }

    @Test(arguments: [
        [2, 3, 20], [6, 20], [2, 60], [120], [2, 1, 3, 4, 5, 1], [2, 3, 2, 2, 5], [1, 24, 5], [4, 30],
    ])
    func reshapeAgreesWithTheNaturalOrder(target: [Int]) throws {
        for order in [[0, 1, 2, 3], [0, 3, 1, 2], [1, 0, 2, 3], [3, 2, 1, 0], [0, 2, 1, 3]] {
            let tensor = GraphTensor(try counting([2, 4, 5, 3])).transposed(order)
            let shape = try Shape(target)
            let result = try tensor.reshaped(shape)
            #expect(result.shape == shape)
            #expect(try natural(result) == natural(tensor))
        }
    }

    @Test func operandsInDifferentOrdersBroadcastAsTheGraphThinks() throws {
        let a = GraphTensor(channelsLast: try counting([2, 2, 3, 5]))
        let b = GraphTensor(try counting([5, 1, 1]))
        let inputs = OperatorInputs(values: [], device: device, precision: .float32, meter: RunMeter())
        let sum = try GraphTensor.combined(a, b, inputs) { x, y throws(SGCError) in try x + y }
        let (x, result) = (try natural(a), try natural(sum))
        for n in 0..<2 {
            for c in 0..<5 {
                for i in 0..<6 {
                    let index = (n * 5 + c) * 6 + i
                    #expect(result[index] == x[index] + Float(c))
                }
            }
        }
    }
}
