import Glibc
import SGCBase
import SGCTensor
import Testing

@Suite struct SoftmaxTests {
    @Test("softmax and its logarithm", arguments: [[1], [7], [5, 13], [3, 1], [2, 3, 131], [0, 4]])
    func softmax(_ dimensions: [Int]) throws {
        let x = TestInput(try Shape(dimensions), -4, 4)
        try check("softmax", at: [x]) { try $0[0].softmax() }
        try check("log-softmax", at: [x]) { try $0[0].logSoftmax() }
    }

    @Test("large logits neither overflow nor vanish")
    func largeLogits() throws {
        for device in testDevices() {
            let x = try Tensor([1000, 1000, -1000, 1e30, 0, -1e30], shape: [2, 3], on: device)
            expectClose(try x.softmax().doubles, [0.5, 0.5, 0, 1, 0, 0], tolerance: 1e-6)
            let half = Glibc.log(0.5)
            expectClose(try x.logSoftmax().doubles.prefix(3).map { $0 }, [half, half, half - 2000], tolerance: 1e-6)
        }
    }

    @Test("cross-entropy", arguments: [0, 0.1])
    func crossEntropy(_ smoothing: Double) throws {
        for (rows, classes) in [(1, 3), (13, 7), (17, 131), (5, 1)] {
            let labels = (0..<rows).map { Int32($0 * 5 % (classes + 1) - 1) }
            try check(
                "cross-entropy [\(rows), \(classes)]", at: [TestInput([rows, classes], -4, 4)], bfloat16: false
            ) {
                try $0[0].crossEntropy(
                    labels: try Tensor(indices: labels, shape: [rows], on: $0[0].device), smoothing: smoothing)
            }
        }
    }

    @Test("a certain prediction costs nothing, a uniform one the logarithm of the classes")
    func crossEntropyValues() throws {
        for device in testDevices() {
            let logits = try Tensor([0, 0, 0, 0, 100, 0, 0, 0], shape: [2, 4], on: device)
            let first = try Tensor(indices: [2, -1], shape: [2], on: device)
            expectClose([try logits.crossEntropy(labels: first).item], [Glibc.log(4)], tolerance: 1e-6)
            let both = try Tensor(indices: [2, 0], shape: [2], on: device)
            expectClose([try logits.crossEntropy(labels: both).item], [Glibc.log(4) / 2], tolerance: 1e-6)
        }
    }

    @Test("without any label the loss and its gradient are 0")
    func noLabels() throws {
        for device in testDevices() {
            let logits = try TestInput([3, 4]).tensor(.float32, on: device)
            let labels = try Tensor(indices: [-1, -1, -7], shape: [3], on: device)
            let found = try gradients(of: { try $0[0].crossEntropy(labels: labels) }, at: [logits], seed: [1])
            #expect(found.y.item == 0)
            #expect(found.gradients[0].doubles == [Double](repeating: 0, count: 12))
            let none = try Tensor([], shape: [0, 4], on: device)
            #expect(try none.crossEntropy(labels: try Tensor(indices: [], shape: [0], on: device)).item == 0)
        }
    }

    @Test("labels beyond the classes are refused")
    func refusals() throws {
        let device = referenceDevice()
        let logits = try Tensor.ones([2, 3], on: device)
        #expect(throws: SGCError.self) {
            try logits.crossEntropy(labels: try Tensor(indices: [0, 3], shape: [2], on: device))
        }
        #expect(throws: SGCError.self) {
            try logits.crossEntropy(labels: try Tensor(indices: [0], shape: [1], on: device))
        }
    }
}
