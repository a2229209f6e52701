import SGCBase
import SGCONNX
import Testing

/// Functions that a file defines itself, and branches.
@Suite struct ImportFunctionTests {
    private let opsets = [opset("", 17), opset("f", 1)]

    private func load(_ graph: Proto, _ functions: [Proto]) throws -> ONNXGraph {
        let opsets = functions.isEmpty ? [opset("", 17)] : self.opsets
        return try ModelImport.load(model(graph, opsets: opsets, functions: functions)).graph
    }

    private func lines(_ graph: ONNXGraph) -> [String] {
        graph.nodes.map {
            "\($0.name): \($0.outputs.joined(separator: ",")) = \($0.op)(\($0.inputs.joined(separator: ",")))"
        }
    }

    @Test("calls become the function's nodes, with names of their own")
    func inlining() throws {
        let inner = function(
            "inner", inputs: ["a"], outputs: ["b"], [node("Relu", ["a"], ["t"]), node("Exp", ["t"], ["b"])])
        let outer = function(
            "outer", inputs: ["a", "b"], outputs: ["c"],
            [
                node("inner", ["a"], ["p"], name: "first", domain: "f"),
                node("inner", ["b"], ["q"], name: "first", domain: "f"),
                node("Add", ["p", "q"], ["c"]),
            ])
        let graph = try load(graph([node("outer", ["x", "x"], ["y"], name: "call", domain: "f")]), [inner, outer])
        #expect(
            lines(graph) == [
                "call::first::Relu#0: call::first::t = Relu(x)", "call::first::Exp#1: call::p = Exp(call::first::t)",
                "call::first::5::Relu#0: call::first::5::t = Relu(x)",
                "call::first::5::Exp#1: call::q = Exp(call::first::5::t)", "call::Add#2: y = Add(call::p,call::q)",
            ])
    }

    @Test("attributes: given, by default, left out, and those that the function does not have")
    func attributes() throws {
        let leaky = function(
            "leaky", inputs: ["a"], outputs: ["b"], attributes: ["free"],
            defaults: [attribute("alpha", type: 1) { $0.real(2, 0.25) }],
            [
                node(
                    "LeakyRelu", ["a"], ["t"],
                    [
                        Proto {
                            $0.text(1, "alpha")
                            $0.integer(20, 1)
                            $0.text(21, "alpha")
                        }
                    ]),
                node(
                    "Elu", ["t"], ["b"],
                    [
                        Proto {
                            $0.text(1, "alpha")
                            $0.integer(20, 1)
                            $0.text(21, "free")
                        }
                    ]),
            ])
        func call(_ attributes: [Proto]) -> Proto { graph([node("leaky", ["x"], ["y"], domain: "f", attributes)]) }
        func alphas(_ attributes: [Proto]) throws -> [Float?] {
            try load(call(attributes), [leaky]).nodes.map {
                if case .real(let value)? = $0.attributes["alpha"] { value } else { nil }
            }
        }
        #expect(try alphas([]) == [0.25, nil])
        #expect(try alphas([attribute("alpha", type: 1) { $0.real(2, 2) }]) == [2, nil])
        #expect(try alphas([attribute("free", type: 1) { $0.real(2, 3) }]) == [0.25, 3])
        let other = model(call([attribute("beta", type: 1) { $0.real(2, 2) }]), opsets: opsets, functions: [leaky])
        #expect(refusal(other)?.code == .format)
    }

    @Test("inputs and outputs that a call leaves out, and a function that returns its input")
    func optional() throws {
        let bound = weights("bound", [1])
        let first = try load(
            graph([node("clip", ["x", "", "bound"], ["y"], name: "c", domain: "f")], initializers: [bound]),
            [
                function(
                    "clip", inputs: ["a", "low", "high"], outputs: ["b"], [node("Clip", ["a", "low", "high"], ["b"])])
            ])
        #expect(lines(first) == ["c::Clip#0: y = Clip(x,,bound)"])
        let pass = function("pass", inputs: ["a"], outputs: ["b", "a"], [node("Relu", ["a"], ["b"])])
        let second = try load(graph([node("pass", ["x"], ["", "y"], name: "p", domain: "f")]), [pass])
        #expect(lines(second) == ["p::Relu#0: p::b = Relu(x)", "p::a: y = Identity(x)"])
        let third = try load(graph([node("pass", ["x"], ["y"], name: "p", domain: "f")]), [pass])
        #expect(lines(third) == ["p::Relu#0: y = Relu(x)"])
        let many = graph([node("pass", ["x", "x"], ["y"], domain: "f")])
        #expect(refusal(model(many, opsets: opsets, functions: [pass]))?.code == .format)
    }

    @Test("functions may have operator sets and overloads of their own")
    func versions() throws {
        let overloaded = { (overload: String, op: String) in
            Proto {
                $0.raw(
                    function("g", inputs: ["a"], outputs: ["b"], opsets: [opset("", 20)], [node(op, ["a"], ["b"])])
                        .bytes)
                $0.text(13, overload)
            }
        }
        let call = { (input: String, output: String, overload: String) in
            Proto {
                $0.raw(node("g", [input], [output], domain: "f").bytes)
                $0.text(8, overload)
            }
        }
        let loaded = try ModelImport.load(
            model(
                graph([call("x", "t", "one"), call("t", "y", "two")]), ir: 10, opsets: opsets,
                functions: [overloaded("one", "Relu"), overloaded("two", "Gelu")]))
        #expect(loaded.graph.nodes.map(\.op) == ["Relu", "Gelu"] && loaded.graph.nodes.map(\.opset) == [20, 20])
        // An operator set that the library does not read, and none.
        for opsets in [[opset("", 23)], [opset("f", 1)]] {
            let g = function("g", inputs: ["a"], outputs: ["b"], opsets: opsets, [node("Relu", ["a"], ["b"])])
            let bytes = model(
                graph([node("g", ["x"], ["y"], domain: "f")]), ir: 10, opsets: self.opsets, functions: [g])
            #expect(refusal(bytes)?.code == .unsupported)
        }
    }

    @Test("functions that call themselves, and too many")
    func recursion() {
        let call = { (name: String) in node(name, ["a"], ["b"], domain: "f") }
        let own = function("g", inputs: ["a"], outputs: ["b"], [call("g")])
        let first = function("g", inputs: ["a"], outputs: ["b"], [call("h")])
        let second = function(
            "h", inputs: ["a"], outputs: ["b"],
            [
                node(
                    "If", ["a"], ["b"],
                    [
                        attribute("then_branch", type: 5) {
                            $0.message(
                                6, graph([node("g", ["a"], ["c"], domain: "f")], inputs: [], outputs: [value("c")]))
                        }
                    ])
            ])
        let calling = graph([node("g", ["x"], ["y"], domain: "f")])
        #expect(refusal(model(calling, opsets: opsets, functions: [own]))?.code == .unsupported)
        #expect(refusal(model(calling, opsets: opsets, functions: [first, second]))?.code == .unsupported)
        #expect(refusal(model(relu, opsets: opsets, functions: [own]))?.code == .unsupported)
        #expect(refusal(model(calling, opsets: opsets, functions: [own, own]))?.code == .format)
        let simple = (0...10_000).map {
            function("g\($0)", inputs: ["a"], outputs: ["b"], [node("Relu", ["a"], ["b"])])
        }
        #expect(refusal(model(relu, opsets: opsets, functions: simple))?.code == .unsupported)
        #expect(refusal(model(relu, opsets: opsets, functions: Array(simple.prefix(10_000)))) == nil)
    }

    @Test("functions that multiply: 2 calls in each of 40")
    func explosion() {
        let functions = (0..<40).map { level in
            function(
                "g\(level)", inputs: ["a"], outputs: ["b"],
                [
                    node("g\(level + 1)", ["a"], ["t"], domain: "f"), node("g\(level + 1)", ["t"], ["b"], domain: "f"),
                ])
        }
        let last = function("g40", inputs: ["a"], outputs: ["a"], [])
        let calling = graph([node("g0", ["x"], ["y"], domain: "f")])
        #expect(refusal(model(calling, opsets: opsets, functions: functions + [last]))?.code == .limit)
        // Few nodes and calls, and many names.
        let names = (0..<1000).map { "a\($0)" }
        let wide = [
            function("wide", inputs: names, outputs: ["b"], [node("Relu", ["a0"], ["b"])]),
            function("body", inputs: ["a0"], outputs: ["b"], [node("Concat", names.map { _ in "a0" }, ["b"])]),
        ]
        for name in ["wide", "body"] {
            let calls = (0..<10_000).map { node(name, ["x"], ["v\($0)"], domain: "f") }
            #expect(
                refusal(model(graph(calls + [node("Relu", ["x"], ["y"])]), opsets: opsets, functions: wide))?.code
                    == .limit)
        }
        // Deeper than a file's messages may be.
        let chain = (0..<100).map { level in
            function("g\(level)", inputs: ["a"], outputs: ["b"], [node("g\(level + 1)", ["a"], ["b"], domain: "f")])
        }
        let end = function("g100", inputs: ["a"], outputs: ["b"], [node("Relu", ["a"], ["b"])])
        #expect(refusal(model(calling, opsets: opsets, functions: chain + [end]))?.code == .limit)
    }

    @Test("functions that nobody calls may hold what cannot run")
    func unused() throws {
        let sparse = attribute("sparse_value", type: 11) {
            // Fewer indices than it says.
            $0.message(
                22,
                Proto {
                    $0.message(1, tensor("", [1 << 40]) { $0.data(9, [0, 0, 0, 0]) })
                    $0.message(2, tensor("", type: 7, [1 << 40]) { $0.data(9, [0, 0, 0, 0, 0, 0, 0, 0]) })
                    $0.integer(3, 1 << 41)
                })
        }
        let tensors = attribute("tensors", type: 9) {
            $0.message(10, tensor("", [1], external: [("location", "/etc/passwd")]))
        }
        for (attribute, op) in [(sparse, "Constant"), (sparse, "Own"), (tensors, "Own")] {
            let g = function(
                "g", inputs: [], outputs: ["b"], [node(op, [], ["b"], domain: op == "Own" ? "f" : "", [attribute])])
            let error = refusal(model(relu, opsets: opsets, functions: [g]))
            // Constant has to have a value in the checker's eyes.
            #expect(error?.code == (op == "Own" ? nil : .format), "\(String(describing: error))")
        }
        let loop = function(
            "g", inputs: ["a"], outputs: ["b"],
            [node("Loop", ["", "", "a"], ["b"], [attribute("body", type: 5) { $0.message(6, relu) }])])
        #expect(try load(relu, [loop]).nodes.map(\.op) == ["Relu"])
    }

    @Test("branches keep their names; inside functions they get the call's")
    func branches() throws {
        func branch(_ name: String, _ input: String) -> Proto {
            attribute(name, type: 5) {
                $0.message(
                    6,
                    graph(
                        [node("Mul", [input, "\(name)_w"], ["\(name)_y"])], initializers: [weights("\(name)_w", [2])],
                        inputs: [], outputs: [value("\(name)_y")]))
            }
        }
        func choice(_ input: String, _ output: String) -> Proto {
            node("If", ["c"], [output], name: "if", [branch("then_branch", input), branch("else_branch", input)])
        }
        let inputs = [value("x"), value("c", type: 9, [])]
        let plain = try load(graph([choice("x", "y")], inputs: inputs), [])
        guard case .graph(let then)? = plain.nodes[0].attributes["then_branch"] else {
            Issue.record("no branch")
            return
        }
        #expect(
            lines(then) == ["Mul#0: then_branch_y = Mul(x,then_branch_w)"]
                && then.initializers["then_branch_w"]?.floats == [2])

        let pick = function("pick", inputs: ["a", "c"], outputs: ["b"], [node("Neg", ["a"], ["t"]), choice("t", "b")])
        let called = try load(graph([node("pick", ["x", "c"], ["y"], name: "p", domain: "f")], inputs: inputs), [pick])
        guard case .graph(let other)? = called.nodes[1].attributes["else_branch"] else {
            Issue.record("no branch")
            return
        }
        #expect(lines(other) == ["p::Mul#0: p::else_branch_y = Mul(p::t,p::else_branch_w)"])
        #expect(other.outputs.map(\.name) == ["p::else_branch_y"] && called.nodes[1].inputs == ["c"])

        // A name of the graph around, and one that nothing defines.
        #expect(refusal(model(graph([choice("none", "y")], inputs: inputs)))?.code == .format)
        let shadow = attribute("then_branch", type: 5) {
            $0.message(6, graph([node("Relu", ["x"], ["x"])], inputs: [], outputs: [value("x")]))
        }
        #expect(refusal(model(graph([node("If", ["c"], ["y"], [shadow])], inputs: inputs), ir: 10))?.code == .format)
    }
}
