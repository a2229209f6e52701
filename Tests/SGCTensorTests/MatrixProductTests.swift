import SGCBase
import SGCTensor
import Testing

@Suite struct MatrixProductTests {
    /// m, k, n
    static let sizes = [(1, 1, 1), (3, 5, 7), (17, 13, 1), (1, 31, 19), (0, 3, 2), (3, 2, 0), (33, 17, 65)]

    @Test("products of matrices stored either way", arguments: sizes.indices)
    func products(_ index: Int) throws {
        let (m, k, n) = Self.sizes[index]
        for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
            let a = TestInput(transposeA ? [k, m] : [m, k], stream: 1)
            let b = TestInput(transposeB ? [n, k] : [k, n], stream: 2)
            try check("[\(m), \(k)] · [\(k), \(n)]", at: [a, b]) {
                try Tensor.matrixProduct($0[0], $0[1], transposeA: transposeA, transposeB: transposeB)
            }
        }
    }

    @Test("batches, with a second operand of their own or shared")
    func batches() throws {
        for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
            let a = TestInput(transposeA ? [2, 3, 5, 7] : [2, 3, 7, 5], stream: 1)
            let own = TestInput(transposeB ? [2, 3, 11, 5] : [2, 3, 5, 11], stream: 2)
            let shared = TestInput(transposeB ? [11, 5] : [5, 11], stream: 3)
            for b in [own, shared] {
                try check("batch · \(b.shape)", at: [a, b]) {
                    try Tensor.matrixProduct($0[0], $0[1], transposeA: transposeA, transposeB: transposeB)
                }
            }
        }
    }

    @Test("a product over nothing is 0")
    func empty() throws {
        for device in testDevices() {
            let (a, b) = (try Tensor([], shape: [2, 0], on: device), try Tensor([], shape: [0, 3], on: device))
            #expect(try Tensor.matrixProduct(a, b).doubles == [Double](repeating: 0, count: 6))
        }
    }

    @Test("a written-out product")
    func values() throws {
        for device in testDevices() {
            let a = try Tensor([1, 2, 3, 4], shape: [2, 2], on: device)
            let b = try Tensor([5, 6, 7, 8], shape: [2, 2], on: device)
            #expect(try Tensor.matrixProduct(a, b).doubles == [19, 22, 43, 50])
            #expect(try Tensor.matrixProduct(a, b, transposeA: true).doubles == [26, 30, 38, 44])
            #expect(try Tensor.matrixProduct(a, b, transposeB: true).doubles == [17, 23, 39, 53])
            #expect(throws: SGCError.self) { try Tensor.matrixProduct(a, Tensor.ones([3, 2], on: device)) }
        }
    }

    @Test("linear layers", arguments: [[7], [5, 7], [2, 3, 17], [0, 7], [67, 33]])
    func linear(_ dimensions: [Int]) throws {
        let x = TestInput(try Shape(dimensions))
        let weight = TestInput([11, x.shape.last], -0.5, 0.5, isMaster: true, stream: 1)
        let bias = TestInput([11], isMaster: true, stream: 2)
        try check("linear", at: [x, weight, bias]) { try $0[0].linear(weight: $0[1], bias: $0[2]) }
        try check("linear without bias", at: [x, weight]) { try $0[0].linear(weight: $0[1], bias: nil) }
    }
}
