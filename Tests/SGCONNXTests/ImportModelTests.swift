import SGCBase
import SGCONNX
import SGCTensor
import Testing

/// What a well-formed protobuf message may say and a model may not: ONX-5...11 and 32.
@Suite struct ImportModelTests {
    @Test("versions of the file format")
    func irVersions() throws {
        #expect(refusal(model(relu, ir: nil))?.code == .unsupported)
        for ir in [0, 2, 12, 999, -1, .max] as [Int64] {
            #expect(refusal(model(relu, ir: ir))?.code == .unsupported, "\(ir)")
        }
        for ir in 4...11 as ClosedRange<Int64> {
            #expect(try ModelImport.load(model(relu, ir: ir)).irVersion == Int(ir))
        }
    }

    @Test("versions and domains of operator sets")
    func opsets() throws {
        #expect(refusal(model(relu, opsets: []))?.code == .unsupported)
        for version in [0, 10, 23, 999, -1] as [Int64] {
            #expect(refusal(model(relu, opsets: [opset("", version)]))?.code == .unsupported, "\(version)")
        }
        let refused = [
            [opset("", 17), opset("", 17)], [opset("", 17), opset("ai.onnx", 18)],
            [opset("", 17), opset("org.example", 1)], [opset("org.example", 1)],
            [opset("", 17), opset("ai.onnx.ml", 0)],
            [opset("", 17), opset("com.microsoft", 1), opset("com.microsoft", 1)],
        ]
        for opsets in refused { #expect(refusal(model(relu, opsets: opsets))?.code == .unsupported) }
        for version in 11...22 as ClosedRange<Int64> {
            let loaded = try ModelImport.load(model(relu, opsets: [opset("", version)]))
            #expect(loaded.opsets == ["": Int(version)] && loaded.graph.nodes[0].opset == Int(version))
        }
        // Two names of one domain, and domains that nodes do not use.
        let loaded = try ModelImport.load(
            model(
                graph([node("Relu", ["x"], ["y"], domain: "ai.onnx")]),
                opsets: [opset("ai.onnx", 17), opset("ai.onnx.ml", 3), opset("com.microsoft.nchwc", 1)]))
        #expect(loaded.opsets == ["": 17, "ai.onnx.ml": 3, "com.microsoft.nchwc": 1])
        #expect(loaded.graph.nodes[0].domain == "" && loaded.graph.nodes[0].opset == 17)
    }

    @Test(
        "cycles, wrong order, and names that nothing defines",
        arguments: [
            graph([node("Relu", ["b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["a"], ["y"])]),
            graph([node("Relu", ["y"], ["y"])]),
            graph([node("Relu", ["a"], ["y"]), node("Relu", ["x"], ["a"])]),
            graph([node("Relu", ["none"], ["y"])]),
            graph([node("Relu", ["x"], ["z"])]),
            graph([node("Relu", [""], ["y"]), node("Add", ["x", "w"], ["z"])]),
        ])
    func undefined(graph: Proto) {
        for (ir, version) in [(8, 17), (10, 20)] as [(Int64, Int64)] {
            #expect(refusal(model(graph, ir: ir, opsets: [opset("", version)]))?.code == .format)
        }
    }

    @Test(
        "names that are defined twice",
        arguments: [
            graph([node("Relu", ["x"], ["y"]), node("Relu", ["x"], ["y"])]),
            graph([node("Split", ["x"], ["y", "y"])]),
            graph([node("Relu", ["x"], ["x"])]),
            graph([node("Relu", ["x"], ["y"])], initializers: [weights("w", [1]), weights("w", [1])]),
            graph([node("Relu", ["x"], ["w"]), node("Relu", ["x"], ["y"])], initializers: [weights("w", [1])]),
            graph([node("Relu", ["x"], ["y"])], inputs: [value("x"), value("x")]),
            graph([node("Relu", ["x"], ["y"])], outputs: [value("y"), value("y")]),
            graph([
                node(
                    "Relu", ["x"], ["y"],
                    [attribute("a", type: 2) { $0.integer(3, 1) }, attribute("a", type: 2) { $0.integer(3, 1) }])
            ]),
        ])
    func duplicates(graph: Proto) {
        for (ir, version) in [(8, 17), (10, 20)] as [(Int64, Int64)] {
            #expect(refusal(model(graph, ir: ir, opsets: [opset("", version)]))?.code == .format)
        }
    }

    @Test("all operators that cannot run are named in one error, with the first node of each")
    func unsupportedOperators() throws {
        let nodes = [
            node("Relu", ["x"], ["a"]), node("Foo", ["a"], ["b"], name: "foo_1"), node("Foo", ["b"], ["c"]),
            node("Gelu", ["c"], ["d"], domain: "com.microsoft"), node("Bar", ["d"], ["e"], domain: "org.example"),
            node("Loop", ["", "", "e"], ["g"], name: "loop_1", [attribute("body", type: 5) { $0.message(6, relu) }]),
            node("SequenceEmpty", [], ["s"]), node("Relu", ["g"], ["y"]),
        ]
        let bytes = model(
            graph(nodes), ir: 10, opsets: [opset("", 18), opset("com.microsoft", 1), opset("org.example", 3)])
        let error = try #require(refusal(bytes) { op, _, _ in op == "Relu" })
        #expect(error.code == .unsupported)
        for part in [
            "5 operators",
            "\"Foo\" of domain \"\" at version 18 (2 nodes, the first at graph, node 1 (\"Foo\" \"foo_1\"))",
            "\"Gelu\" of domain \"com.microsoft\" at version 1 (1 node at graph, node 3",
            "\"Bar\" of domain \"org.example\" at version 3",
            "\"Loop\" of domain \"\" at version 18 (1 node at graph, node 5 (\"Loop\" \"loop_1\"): loops are not supported)",
            "\"SequenceEmpty\"",
        ] { #expect(error.message.contains(part), "\(part) in \(error.message)") }

        let loaded = try ModelImport.load(model(graph(Array(nodes.prefix(2)) + [node("Foo", ["b"], ["y"])]), ir: 10))
        let unsupported = ModelImport.unsupported(in: loaded) { op, _, _ in op == "Relu" }
        #expect(unsupported.map(\.op) == ["Foo"] && unsupported[0].count == 2)
        #expect(unsupported[0].first == "graph, node 1 (\"Foo\" \"foo_1\")")
    }

    @Test("loops, and attributes that no graph can hold")
    func unsupportedAttributes() {
        let body = attribute("body", type: 5) { $0.message(6, relu) }
        let sparse = attribute("sparse_value", type: 11) { $0.message(22, Proto { $0.message(1, weights("v", [1])) }) }
        let types = attribute("type", type: 13) { $0.data(14, []) }
        let cases = [
            node("Loop", ["", "", "x"], ["y"], [body]), node("Scan", ["x"], ["y"], [body]),
            node("SequenceMap", ["x"], ["y"], [body]), node("Constant", [], ["y"], [sparse]),
            node("Optional", ["x"], ["y"], [types]),
            node("Cast", ["x"], ["y"], [body]), node("Cast", ["x"], ["y"], [types]),
            node("Foo", ["x"], ["y"], domain: "ai.onnx.ml"),
        ]
        for node in cases {
            #expect(
                refusal(model(graph([node]), opsets: [opset("", 17), opset("ai.onnx.ml", 3)]))?.code == .unsupported)
        }
        #expect(refusal(model(relu) { $0.data(20, []) })?.code == .unsupported)
    }

    @Test("attributes whose value does not fit their type")
    func attributes() throws {
        let broken = [
            attribute("a", type: 0) { $0.integer(3, 1) }, attribute("a", type: 1) { $0.integer(3, 1) },
            attribute("a", type: 4) { _ in },
            attribute("", type: 2) { $0.integer(3, 1) },
            attribute("a", type: 2) {
                $0.integer(3, 1)
                $0.real(2, 1)
            },
            attribute("a", type: 3) { $0.data(4, [0xFF]) }, attribute("a", type: 2) { $0.text(21, "b") },
            Proto {
                $0.text(1, "a")
                $0.integer(3, 1)
            },
        ]
        for attribute in broken {
            #expect(refusal(model(graph([node("Relu", ["x"], ["y"], [attribute])]), ir: 10))?.code == .format)
        }
        let loaded = try ModelImport.load(
            model(
                graph([
                    node(
                        "Foo", ["x"], ["y"], name: "node",
                        [
                            attribute("f", type: 1) { $0.real(2, 0.5) }, attribute("i", type: 2) { $0.integer(3, -7) },
                            attribute("s", type: 3) { $0.text(4, "é") },
                            attribute("floats", type: 6) { proto in
                                for value in [1, 2] as [Float] { proto.real(7, value) }
                            },
                            attribute("ints", type: 7) { $0.data(8, packed([3, -1])) },
                            attribute("strings", type: 8) { proto in
                                for text in ["a", ""] { proto.text(9, text) }
                            },
                            attribute("t", type: 4) { $0.message(5, weights("", [4])) },
                            attribute("zero", type: 2) { _ in }, attribute("none", type: 7) { _ in },
                        ])
                ]), ir: 10))
        let attributes = loaded.graph.nodes[0].attributes
        #expect(attributes.count == 9 && loaded.graph.nodes[0].name == "node")
        guard case .real(0.5) = attributes["f"], case .integer(-7) = attributes["i"],
            case .string("é") = attributes["s"],
            case .reals([1, 2]) = attributes["floats"], case .integers([3, -1]) = attributes["ints"],
            case .strings(["a", ""]) = attributes["strings"], case .tensor(let tensor) = attributes["t"],
            case .integer(0) = attributes["zero"], case .integers([]) = attributes["none"]
        else {
            Issue.record("\(attributes)")
            return
        }
        #expect(tensor.floats == [4] && tensor.shape == [1])
    }

    @Test("what libonnx's checker refuses is refused where it knows the version")
    func checker() throws {
        // Relu has one input, and no attribute "alpha".
        let wrong = graph([node("Relu", ["x"], ["y"], [attribute("alpha", type: 1) { $0.real(2, 1) }])])
        let error = try #require(refusal(model(wrong)))
        #expect(error.code == .format && error.message.contains("checker") && error.message.contains("alpha"))
        #expect(refusal(model(graph([node("Relu", ["x", "x"], ["y"])])))?.code == .format)
        #expect(refusal(model(graph([node("NoSuchOperator", ["x"], ["y"])])))?.code == .format)
        // Gelu came with 20.
        #expect(refusal(model(graph([node("Gelu", ["x"], ["y"])])))?.code == .format)
        // It does not know these versions.
        #expect(refusal(model(wrong, ir: 9)) == nil)
        #expect(refusal(model(wrong, opsets: [opset("", 18)])) == nil)
    }

    @Test("what the checker would refuse, print or look for in vain, and is legal")
    func checkerIsPrepared() throws {
        let outside = tensor("w", [1], external: [("location", "w.bin")])
        let open = model(
            graph([node("Scale", ["x"], ["y"], domain: "f")], inputs: [value("x", nil)], outputs: [value("y", nil)]),
            opsets: [opset("", 17), opset("f", 1)],
            functions: [function("Scale", inputs: ["a"], outputs: ["b"], [node("Relu", ["a"], ["b"])])])
        let loaded = try ModelImport.load(open)
        #expect(loaded.graph.inputs == [ONNXValueInfo(name: "x", type: .float32, shape: nil)])
        try withTemporaryDirectory { directory in
            try AtomicFile.write(directory + "/w.bin", [0, 0, 128, 63])
            try AtomicFile.write(
                directory + "/m.onnx", model(graph([node("Relu", ["x"], ["y"])], initializers: [outside])))
            #expect(try ModelImport.load(path: directory + "/m.onnx").graph.initializers["w"]?.floats == [1])
        }
    }

    @Test("equal keys of properties and unknown fields are ignored")
    func ignored() throws {
        let property = { (key: String, value: String) in
            Proto {
                $0.text(1, key)
                $0.text(2, value)
            }
        }
        let loaded = try ModelImport.load(
            model(relu) {
                $0.text(2, "writer")
                $0.text(3, "1.2")
                for (key, value) in [("a", "1"), ("a", "2"), ("b", "3")] { $0.message(14, property(key, value)) }
                $0.integer(99, 1)
                $0.text(1000, "more")
                $0.tag(77, wire: 5)
                $0.raw([1, 2, 3, 4])
            })
        #expect(loaded.metadata == ["a": "1", "b": "3"] && loaded.producer == "writer 1.2")
        #expect(loaded.graph.nodes.map(\.op) == ["Relu"] && loaded.graph.name == "graph")
    }

    @Test("inputs and outputs: types, shapes, and initializers that are inputs, too")
    func values() throws {
        let loaded = try ModelImport.load(
            model(
                graph(
                    [node("Foo", ["x", "w"], ["y"])], initializers: [weights("w", [1, 2])],
                    inputs: [value("x", type: 7, [nil, 3, -1, 0]), value("w")], outputs: [value("y", type: 10, nil)]),
                ir: 10))
        #expect(
            loaded.graph.inputs == [
                ONNXValueInfo(name: "x", type: .int64, shape: [.dynamic("n"), .fixed(3), .dynamic(""), .fixed(0)])
            ])
        #expect(loaded.graph.outputs == [ONNXValueInfo(name: "y", type: .float16, shape: nil)])
        #expect(loaded.graph.nodes[0].name == "Foo#0")

        let refused: [(Proto, SGCError.Code)] = [
            (value("x", [-2]), .format), (value("x", [Int64](repeating: 1, count: 9)), .limit),
            (value("x", type: 0), .format),
            (value("x", type: 8), .unsupported), (value("x", type: 15), .unsupported),
            (value("x", type: 17), .unsupported),
            (value(""), .format), (Proto { $0.text(1, "x") }, .format),
            (
                Proto {
                    $0.text(1, "x")
                    $0.message(2, Proto { $0.data(4, []) })
                }, .unsupported
            ),
            (value(String(repeating: "x", count: 513)), .limit),
        ]
        for (input, code) in refused {
            #expect(refusal(model(graph([node("Foo", [], ["y"])], inputs: [input]), ir: 10))?.code == code)
        }
        #expect(refusal(model(graph([node("Foo", [], ["y"])]) { $0.data(2, [0xC3]) }, ir: 10))?.code == .format)
    }
}
