import SGCBase
import SGCONNX
import Testing

/// Bytes that are no ONNX file, or too much of one: ONX-1...4 and 31.
@Suite struct ImportWireTests {
    @Test("an empty file is no model")
    func empty() {
        #expect(refusal([])?.code == .format)
    }

    @Test(
        "broken numbers, tags and wire types",
        arguments: [
            [0x08, 0x80], [0x08] + [UInt8](repeating: 0x80, count: 10) + [0x01], [0x80], [0x00, 0x01], [0x02, 0x00],
            [0x0B], [0x0C], [0x0E, 0x00], [0x0F, 0x00], [0xF8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x01],
        ] as [[UInt8]])
    func malformed(bytes: [UInt8]) {
        #expect(refusal(bytes)?.code == .format)
        // The same inside the graph, and inside a node of it.
        #expect(refusal(Proto { $0.data(7, bytes) }.bytes)?.code == .format)
        #expect(refusal(Proto { $0.message(7, Proto { $0.data(1, bytes) }) }.bytes)?.code == .format)
    }

    @Test("lengths beyond the end")
    func truncated() {
        let long = Proto {
            $0.tag(7, wire: 2)
            $0.varint(1 << 63)
        }
        for bytes in [[0x3A, 0x05, 0x01], long.bytes, [0x3D, 0x01], [0x39, 0x01, 0x02, 0x03]] as [[UInt8]] {
            #expect(refusal(bytes)?.code == .truncated, "\(bytes)")
            #expect(refusal(Proto { $0.data(7, bytes) }.bytes)?.code == .truncated, "\(bytes)")
        }
    }

    @Test("every model that was cut is refused")
    func cut() {
        let whole = model(graph([node("Relu", ["x"], ["y"])], initializers: [weights("w", [1, 2])]))
        #expect(refusal(whole) == nil)
        for count in whole.indices {
            let error = refusal(Array(whole.prefix(count)))
            // Cut between two fields, the rest is a message without an operator set.
            #expect(
                [.format, .truncated, .unsupported].contains(error?.code), "\(count): \(String(describing: error))")
        }
    }

    @Test("one changed byte never does worse than an error")
    func mutated() throws {
        let whole = model(
            graph(
                [node("Relu", ["x"], ["y"], [attribute("a", type: 7) { $0.integer(8, 3) }])],
                initializers: [weights("w", [1])]))
        for index in whole.indices {
            for byte in [0, 1, 0x7F, 0x80, 0xFF, whole[index] ^ 1, whole[index] ^ 8] as [UInt8] {
                var bytes = whole
                bytes[index] = byte
                if let error = refusal(bytes) { #expect(error.code != .internalError) }
            }
        }
    }

    @Test("messages inside each other, 10 000 deep", arguments: [64, 10_000])
    func nesting(depth: Int) {
        // A type that is a sequence of a sequence of ...; and a graph in an attribute of a node of a graph ...
        var type: [UInt8] = []
        var nested: [UInt8] = []
        for level in (0..<depth).reversed() {
            type = Proto { $0.data(level % 2 == 0 ? 4 : 1, type) }.bytes
            nested = Proto { $0.data([1, 5, 6][level % 3], nested) }.bytes
        }
        #expect(refusal(model(graph([]) { $0.message(13, Proto { $0.data(2, type) }) }))?.code == .limit)
        #expect(refusal(Proto { $0.data(7, nested) }.bytes)?.code == .limit)
    }

    @Test("too many nodes, tensors and parts are refused before they are parsed")
    func bombs() {
        func many(_ count: Int, _ field: UInt64) -> [UInt8] {
            let one = Proto { $0.data(field, []) }.bytes
            return model(Proto { for _ in 0..<count { $0.raw(one) } })
        }
        #expect(refusal(many(65_537, 1))?.code == .limit)
        #expect(refusal(many(65_537, 5))?.code == .limit)
        #expect(refusal(many((1 << 22) + 1, 13))?.code == .limit)
        #expect(refusal(model(relu), limits: limits { $0.fileBytes = 10 })?.code == .limit)
        // 100 bytes of numbers are 800 once parsed.
        let numbers = model(
            graph([], initializers: [tensor(type: 7, [100]) { $0.data(7, [UInt8](repeating: 1, count: 100)) }]))
        #expect(refusal(numbers, limits: limits { $0.modelBytes = 799 })?.code == .limit)
    }

    @Test("chains of nodes: 100 000 are too many, 60 000 load and are released on a stack of 256 KiB")
    func chains() throws {
        func chain(_ count: Int) -> [UInt8] {
            model(
                graph(
                    (0..<count).map { node("Relu", [$0 == 0 ? "x" : "v\($0)"], [$0 == count - 1 ? "y" : "v\($0 + 1)"]) }
                ))
        }
        #expect(refusal(chain(100_000))?.code == .limit)
        let bytes = chain(60_000)
        let count = try onSmallStack { () throws(SGCError) in try ModelImport.load(bytes).graph.nodes.count }
        #expect(count == 60_000)
    }

    @Test("the deepest files allowed need no more than 256 KiB of stack")
    func deepestOnSmallStack() throws {
        // If in If: a model, a graph, three messages for each level, and five of a value in the innermost graph.
        var inner = graph([node("Relu", ["x"], ["b0"])], inputs: [], outputs: [value("b0")])
        for level in 1...18 {
            inner = graph(
                [
                    node(
                        "If", ["c"], ["b\(level)"],
                        [
                            attribute("then_branch", type: 5) { $0.message(6, inner) },
                            attribute("else_branch", type: 5) {
                                $0.message(
                                    6,
                                    graph(
                                        [node("Relu", ["x"], ["e\(level)"])], inputs: [], outputs: [value("e\(level)")])
                                )
                            },
                        ])
                ],
                inputs: level == 18 ? [value("x"), value("c", type: 9, [])] : [], outputs: [value("b\(level)")])
        }
        // Functions that call each other.
        let calls = (0..<63).map { level in
            function(
                "f\(level)", inputs: ["x"], outputs: ["y"],
                [
                    level == 62 ? node("Relu", ["x"], ["y"]) : node("f\(level + 1)", ["x"], ["y"], domain: "f")
                ])
        }
        let functions = model(
            graph([node("f0", ["x"], ["y"], domain: "f")]), opsets: [opset("", 17), opset("f", 1)], functions: calls)
        let branches = model(inner)
        try onSmallStack { () throws(SGCError) in
            _ = try ModelImport.load(branches)
            let model = try ModelImport.load(functions)
            guard model.graph.nodes.map(\.op) == ["Relu"] else {
                throw SGCError(.internalError, "\(model.graph.nodes)")
            }
        }
    }

    private func limits(_ change: (inout ImportLimits) -> Void) -> ImportLimits {
        var limits = ImportLimits()
        change(&limits)
        return limits
    }
}
