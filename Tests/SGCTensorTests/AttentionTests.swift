import SGCBase
import SGCTensor
import Testing

@Suite struct AttentionTests {
    /// B, T, S, heads, D
    static let sizes = [
        [1, 1, 1, 1, 1], [2, 13, 13, 1, 8], [2, 7, 7, 3, 4], [1, 5, 11, 2, 5], [2, 3, 1, 2, 4], [0, 3, 3, 1, 4],
        [1, 0, 3, 1, 4],
    ]

    @Test("attention, with its gradients", arguments: sizes)
    func attention(_ size: [Int]) throws {
        let (batch, queries, keys, heads, width) = (size[0], size[1], size[2], size[3], size[4])
        let inputs = [
            TestInput([batch, queries, heads * width], stream: 1), TestInput([batch, keys, heads * width], stream: 2),
            TestInput([batch, keys, heads * width], stream: 3),
        ]
        try check("attention \(size)", at: inputs) {
            try Tensor.attention($0[0], $0[1], $0[2], heads: heads, scale: 0.4)
        }
    }

    @Test("attention is the softmax of the scores times the values")
    func composition() throws {
        for device in testDevices() {
            let (q, k, v) = (
                try TestInput([2, 5, 7], stream: 1).tensor(.float32, on: device),
                try TestInput([2, 11, 7], stream: 2).tensor(.float32, on: device),
                try TestInput([2, 11, 7], stream: 3).tensor(.float32, on: device)
            )
            let scores = try Tensor.matrixProduct(q, k, transposeB: true).scaled(by: 0.3)
            let expected = try Tensor.matrixProduct(scores.softmax(), v)
            expectClose(try Tensor.attention(q, k, v, scale: 0.3), expected, tolerance: 1e-5, "attention")
        }
    }

    @Test("large scores pick the best key")
    func largeScores() throws {
        for device in testDevices() {
            let q = try Tensor([100], shape: [1, 1, 1], on: device)
            let k = try Tensor([1, 100, -100], shape: [1, 3, 1], on: device)
            let v = try Tensor([5, 7, 9], shape: [1, 3, 1], on: device)
            let found = try gradients(
                of: { try Tensor.attention($0[0], $0[1], $0[2], scale: 1) }, at: [q, k, v], seed: [2])
            #expect(found.y.doubles == [7])
            #expect(found.gradients[2].doubles == [0, 2, 0])
        }
    }

    @Test("what does not fit is refused")
    func refusals() throws {
        let device = referenceDevice()
        let x = try Tensor.ones([1, 2, 6], on: device)
        let empty = try Tensor([], shape: [1, 0, 6], on: device)
        #expect(throws: SGCError.self) { try Tensor.attention(x, x, x, heads: 4, scale: 1) }
        #expect(throws: SGCError.self) { try Tensor.attention(x, empty, empty, scale: 1) }
    }
}
