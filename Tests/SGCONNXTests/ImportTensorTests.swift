import SGCBase
import SGCONNX
import SGCTensor
import Testing

/// Tensors inside the file: ONX-12, 13, 14 and 30.
@Suite struct ImportTensorTests {
    private func load(_ tensor: Proto) throws -> ONNXTensor {
        let loaded = try ModelImport.load(model(graph([node("Relu", ["x"], ["y"])], initializers: [tensor])))
        return try #require(loaded.graph.initializers["w"])
    }

    private func code(_ tensor: Proto, limits: ImportLimits = ImportLimits()) -> SGCError.Code? {
        let asAttribute = node("Constant", [], ["y"], [attribute("value", type: 4) { $0.message(5, tensor) }])
        let first = refusal(model(graph([node("Relu", ["x"], ["y"])], initializers: [tensor])), limits: limits)?.code
        #expect(refusal(model(graph([asAttribute])), limits: limits)?.code == first)
        return first
    }

    @Test("every field that may hold elements, bit for bit")
    func fields() throws {
        let float32 = [1.5, -0.0, .infinity, .leastNonzeroMagnitude] as [Float]
        let bits = float32.flatMap { littleEndian($0.bitPattern) }
        #expect(try load(tensor("w", [4]) { $0.data(4, bits) }).bytes == bits)
        #expect(try load(tensor("w", [2, 2]) { $0.data(9, bits) }).floats == float32)
        // Numbers of a list may also stand one by one.
        #expect(
            try load(
                tensor("w", [2]) {
                    $0.real(4, 1)
                    $0.real(4, 2)
                }
            ).floats == [1, 2])
        let cases: [(type: Int64, field: UInt64, numbers: [Int64], bytes: [UInt8])] = [
            (2, 5, [0, 255], [0, 255]), (3, 5, [-128, 127], [128, 127]), (4, 5, [65535, 1], [255, 255, 1, 0]),
            (5, 5, [-2, 3], [254, 255, 3, 0]), (6, 5, [-1, 1 << 30], [255, 255, 255, 255, 0, 0, 0, 64]),
            (7, 7, [-1, 258], [UInt8](repeating: 255, count: 8) + [2, 1, 0, 0, 0, 0, 0, 0]),
            (9, 5, [1, 0], [1, 0]), (10, 5, [0x3C00, 0xFC00], [0, 0x3C, 0, 0xFC]),
            (16, 5, [0x3F80, 0], [0x80, 0x3F, 0, 0]),
            (12, 11, [0xFFFF_FFFF, 1], [255, 255, 255, 255, 1, 0, 0, 0]),
            (13, 11, [-1, 1], [UInt8](repeating: 255, count: 8) + [1, 0, 0, 0, 0, 0, 0, 0]),
        ]
        for (type, field, numbers, bytes) in cases {
            let read = try load(tensor("w", type: type, [2]) { $0.data(field, packed(numbers)) })
            #expect(read.bytes == bytes && read.type.rawValue == Int32(type), "\(type)")
            #expect(try load(tensor("w", type: type, [2]) { $0.data(9, bytes) }).bytes == bytes)
        }
        let double = littleEndian((0.1).bitPattern)
        #expect(try load(tensor("w", type: 11, []) { $0.data(10, double) }).bytes == double)
        #expect(try load(tensor("w", [0, 3])).shape == [0, 3])
        #expect(try load(tensor("w", type: 6, []) { $0.data(5, packed([7])) }).shape == [])
    }

    @Test("extents")
    func extents() {
        #expect(code(tensor("w", [-1])) == .format)
        #expect(code(tensor("w", [2, -1]) { $0.data(9, []) }) == .format)
        #expect(code(tensor("w", [1 << 32, 1 << 32])) == .format)
        #expect(code(tensor("w", type: 7, [1 << 62])) == .format)
        // Nothing is there, but what walks along the other axes would never come to an end.
        #expect(code(tensor("w", [0, 1 << 39])) == .limit)
        #expect(code(tensor("w", [0, 1 << 35, 1 << 35])) == .limit)
        #expect(code(tensor("w", [Int64](repeating: 1, count: 9)) { $0.data(9, [0, 0, 0, 0]) }) == .limit)
        // 2 GB that are not there.
        #expect(code(tensor("w", [1 << 29])) == .format)
        #expect(code(tensor("w", [1 << 29]) { $0.data(9, [0, 0, 0, 0]) }) == .format)
    }

    @Test("elements that do not fit extents and type")
    func elements() {
        let four = { (proto: inout Proto) in proto.data(9, [0, 0, 0, 0]) }
        #expect(code(tensor("w", [2], four)) == .format)
        #expect(code(tensor("w", [1])) == .format)
        #expect(code(tensor("w", [0], four)) == .format)
        #expect(
            code(
                tensor("w", [1]) {
                    four(&$0)
                    $0.real(4, 1)
                }) == .format)
        #expect(code(tensor("w", [1]) { $0.data(5, packed([1])) }) == .format)
        #expect(code(tensor("w", type: 1, [2]) { $0.real(4, 1) }) == .format)
        for (type, numbers) in [(2, [256]), (2, [-1]), (3, [128]), (9, [2]), (10, [65536]), (16, [-1])]
            as [(Int64, [Int64])]
        {
            #expect(code(tensor("w", type: type, [1]) { $0.data(5, packed(numbers)) }) == .format, "\(type)")
        }
        #expect(code(tensor("w", type: 12, [1]) { $0.data(11, packed([1 << 32])) }) == .format)
        #expect(code(tensor("w", type: 9, [1]) { $0.data(9, [2]) }) == .format)
        #expect(code(tensor("w", type: 0, [1], four)) == .format)
    }

    @Test("types that are no tensors of numbers")
    func types() {
        #expect(code(tensor("w", type: 8, [1]) { $0.text(6, "text") }) == .unsupported)
        for type in [14, 15, 17, 22, 99] as [Int64] {
            #expect(code(tensor("w", type: type, [1]) { $0.data(9, [UInt8](repeating: 0, count: 16)) }) == .unsupported)
        }
        #expect(code(tensor("w", [1]) { $0.data(3, []) }) == .unsupported)
        let sparse = Proto { $0.message(1, weights("w", [1])) }
        #expect(refusal(model(graph([node("Relu", ["x"], ["y"])]) { $0.message(15, sparse) }))?.code == .unsupported)
    }

    @Test("limits of one tensor and of all")
    func limits() {
        var limits = ImportLimits()
        limits.tensorBytes = 8
        #expect(code(weights("w", [1, 2]), limits: limits) == nil)
        #expect(code(weights("w", [1, 2, 3]), limits: limits) == .limit)
        limits.modelBytes = 12
        let two = { (second: [Float]) in
            graph([node("Relu", ["x"], ["y"])], initializers: [weights("w", [1, 2]), weights("v", second)])
        }
        #expect(refusal(model(two([1])), limits: limits) == nil)
        #expect(refusal(model(two([1, 2])), limits: limits)?.code == .limit)
    }
}
