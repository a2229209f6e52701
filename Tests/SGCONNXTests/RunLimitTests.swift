import SGCBase
import SGCTensor
import Testing

@testable import SGCONNX

/// What a run may take: ONX-16, 20, 26, 27 and 31, for whole graphs.
@Suite struct RunLimitTests: ProgramTesting {
    let device = Device(backend: CPUBackend(), threads: 2, memoryBudget: 512 << 20)

    private func tensor(_ shape: Shape) throws -> Value { .device(GraphTensor(try .zeros(shape, on: device))) }

    private func error(_ body: () throws -> Void) -> SGCError? {
        do { try body() } catch { return error as? SGCError }
        return nil
    }

    private func limits(_ change: (inout RunLimits) -> Void) -> RunLimits {
        var limits = RunLimits()
        change(&limits)
        return limits
    }

    @Test("ONX-27: a run that costs too much ends before the node that would, which is named with cost and limit")
    func products() throws {
        // 2 · 8 · 8 · 8 operations each, and 32 for each of 192 elements.
        let nodes = (0..<10).map { node("MatMul", ["v\($0)", "w"], ["v\($0 + 1)"]) }
        let whole = try graph(nodes, inputs: [info("v0"), info("w")], outputs: ["v10"])
        let inputs = ["v0": try tensor([8, 8]), "w": try tensor([8, 8])]
        let cost = 10 * (1024 + 192 * 32.0)
        #expect(try program(whole, limits { $0.operations = cost }).run(inputs).count == 1)
        var finished: [String] = []
        let failure = error {
            _ = try program(whole, limits { $0.operations = cost / 2 }).run(inputs) { node, operations, _ in
                #expect(operations == 1024)
                finished.append(node.name)
            }
        }
        #expect(failure?.code == .limit && finished.count == 5)
        #expect(failure?.message.contains("node \"v6\" (MatMul, opset 17)") == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("3.6e4 for one run (operation_limit)") == true)
    }

    @Test(
        "ONX-27: 10¹⁵ operations are too many for one node, whatever the operator",
        arguments: [
            (
                "AveragePool", [[1, 1, 2048, 2048]],
                ["kernel_shape": .integers([2048, 2048]), "pads": .integers([2047, 2047, 2047, 2047])]
            ),
            ("Conv", [[2, 4, 2048, 2048], [4, 4, 1024, 1024]], ["pads": .integers([1023, 1023, 1023, 1023])]),
            ("ConvTranspose", [[2, 4, 2048, 2048], [4, 8, 1024, 1024]], [:]),
            ("MatMul", [[1 << 12, 1, 1, 1 << 13], [1, 1 << 12, 1 << 13, 1]], [:]),
        ] as [(String, [[Int]], [String: ONNXAttribute])])
    func single(_ op: String, _ shapes: [[Int]], _ attributes: [String: ONNXAttribute]) throws {
        let names = shapes.indices.map { "x\($0)" }
        let whole = try graph([node(op, names, ["y"], attributes)], inputs: names.map { info($0) }, outputs: ["y"])
        var inputs: [String: Value] = [:]
        for (name, shape) in zip(names, shapes) { inputs[name] = try tensor(Shape(shape)) }
        let program = try program(whole)
        let failure = error { _ = try program.run(inputs) }
        #expect(failure?.code == .limit, "\(failure?.message ?? "")")
    }

    @Test("a graph that doubles a value again and again ends with an error, in plain memory and on the device")
    func doubling() throws {
        let nodes = (0..<60).map { node("Concat", ["v\($0)", "v\($0)"], ["v\($0 + 1)"], ["axis": .integer(0)]) }
        let whole = try graph(nodes, inputs: [info("v0", .int64)], outputs: ["v60"])
        let small = try program(whole, limits { $0.hostBytes = 1 << 20 })
        #expect(error { _ = try small.run(["v0": .host(HostArray(list: [1, 2]))]) }?.code == .limit)
        let onDevice = try graph(nodes, inputs: [info("v0")], outputs: ["v60"])
        #expect(error { _ = try program(onDevice).run(["v0": try tensor([2])]) }?.code == .outOfMemory)
        // The same, known before any run.
        let constant = try graph(nodes, inputs: [], outputs: ["v60"], ["v0": HostArray(list: [1, 2])])
        let prepared = try program(constant, limits { $0.hostBytes = 1 << 20 })
        #expect(error { _ = try prepared.run([:]) }?.code == .limit)
    }

    @Test("values that are small each are too large together")
    func together() throws {
        let count = 64
        let nodes =
            (0..<count).map { node("Range", ["zero", "n", "one"], ["r\($0)"]) }
            + [node("Sum", (0..<count).map { "r\($0)" }, ["y"])]
        let constants = ["zero": 0, "one": 1].mapValues { HostArray(list: [$0]) }
        let whole = try graph(nodes, inputs: [info("n", .int64)], outputs: ["y"], constants)
        let n = Value.host(HostArray(list: [1 << 10]))
        #expect(try program(whole, limits { $0.hostBytes = 66 << 13 }).run(["n": n])[0].shape.count == 1 << 10)
        let failure = error { _ = try program(whole, limits { $0.hostBytes = 32 << 13 }).run(["n": n]) }
        #expect(failure?.code == .limit && failure?.message.contains("Range") == true)
    }

    @Test("folding leaves to the run what is too large or too much work")
    func folding() throws {
        // 4 MB each; 256 MiB are kept.
        let count = 100
        let nodes =
            (0..<count).map { node("ConstantOfShape", ["s"], ["c\($0)"]) }
            + (0..<count).map { node("Add", ["x", "c\($0)"], ["y\($0)"]) }
        let whole = try graph(
            nodes, inputs: [info("x")], outputs: (0..<count).map { "y\($0)" }, ["s": HostArray(list: [1 << 20])])
        let prepared = try program(whole)
        #expect(prepared.steps.contains { $0.node.op == "ConstantOfShape" })
        #expect(device.memory.liveBytes <= 256 << 20 && prepared.constants.count > 32)
        // 8 GB that nobody may ask for before the run, which refuses them.
        let huge = try graph(
            [node("ConstantOfShape", ["s"], ["c"])], inputs: [], outputs: ["c"], ["s": HostArray(list: [1 << 31])])
        device.memory.resetPeak()
        let lazy = try program(huge)
        #expect(device.memory.peakBytes <= 257 << 20)
        #expect(error { _ = try lazy.run([:]) }?.code == .outOfMemory)
    }

    @Test("ONX-20: a constant index outside of its axis is found while the graph is made ready")
    func constantIndex() throws {
        let whole = try graph(
            [node("Gather", ["w", "i"], ["g"]), node("Add", ["x", "g"], ["y"])], inputs: [info("x")], outputs: ["y"],
            ["w": HostArray(reals: [1, 2, 3], shape: [3]), "i": HostArray(list: [3])])
        #expect(error { _ = try program(whole) }?.code == .range)
    }

    @Test("ONX-26: extents that only a run knows")
    func dynamic() throws {
        let whole = try graph(
            [
                node("Shape", ["x"], ["s"]), node("Mul", ["s", "k"], ["t"]), node("Expand", ["one", "t"], ["e"]),
                node("Add", ["x", "e"], ["y"]),
            ], inputs: [info("x")], outputs: ["y"],
            ["k": HostArray(list: [1, 1 << 20]), "one": HostArray(reals: [1], shape: [1, 1])])
        let program = try program(whole)
        #expect(error { _ = try program.run(["x": try tensor([1, 1])]) } == nil)
        let failure = error { _ = try program.run(["x": try tensor([1 << 7, 1 << 7])]) }
        #expect(failure?.code == .limit && failure?.message.contains("Expand") == true)
    }

    @Test("nodes with fewer inputs than patterns of fusion look at")
    func missingInputs() throws {
        // GELU, as an exporter writes it out, with a division by nothing.
        let nodes = [
            node("Div", ["x"], ["a"]), node("Erf", ["a"], ["b"]), node("Add", ["b", "one"], ["c"]),
            node("Mul", ["x", "c"], ["d"]), node("Mul", ["d", "half"], ["y"]),
        ]
        let constants = try ["one": 1, "half": 0.5].mapValues { try HostArray(reals: [$0], shape: []) }
        let failure = error { _ = try program(graph(nodes, inputs: [info("x")], outputs: ["y"], constants)) }
        #expect(failure?.code == .format && failure?.message.contains("Div") == true)
    }

    @Test("ONX-31: 60 000 nodes are made ready, run and released on a stack of 256 KiB")
    func chain() throws {
        let device = device
        let nodes = (0..<60_000).map {
            node($0 % 2 == 0 ? "Relu" : "Cast", ["v\($0)"], ["v\($0 + 1)"], ["to": .integer(1)])
        }
        let whole = try graph(nodes, inputs: [info("v0")], outputs: ["v60000"])
        let found = try onSmallStack { () throws(SGCError) in
            let program = try Program(
                ONNXModel(irVersion: 8, opsets: ["": 17], producer: "", metadata: [:], graph: whole),
                options: ProgramOptions(), device: device)
            let x = Value.device(GraphTensor(try Tensor([-1, 2], shape: [2], on: device)))
            return try program.run(["v0": x])[0].array().reals
        }
        #expect(found == [0, 2])
    }

    @Test("passes over a graph take time in proportion to its size")
    func passes() throws {
        // Each of the names in a chain of casts has another user.
        let count = 20_000
        let casts = (0..<count).map { node("Cast", [$0 == 0 ? "x" : "c\($0)"], ["c\($0 + 1)"], ["to": .integer(1)]) }
        let users = (0..<count).map { node("Relu", ["c\($0 + 1)"], ["r\($0)"]) }
        let whole = try graph(
            casts + users + [node("Sum", (0..<count).map { "r\($0)" }, ["y"])], inputs: [info("x")], outputs: ["y"])
        let prepared = try program(whole)
        #expect(prepared.steps.count == count + 1)
        #expect(try reals(prepared.run(["x": .device(GraphTensor(Tensor([1], shape: [1], on: device)))])) == [[20_000]])
        // Branches that all call their values alike, and one that looks at many.
        let branch = ONNXAttribute.graph(
            try graph([node("Identity", ["x"], ["same"])], inputs: [], outputs: ["same"]))
        let wide = ONNXAttribute.graph(
            try graph([node("Sum", (0..<count).map { "c\($0 + 1)" }, ["all"])], inputs: [], outputs: ["all"]))
        let choices = (0..<count).map {
            node("If", ["b"], ["i\($0)"], ["then_branch": branch, "else_branch": branch])
        }
        let last = node("If", ["b"], ["y"], ["then_branch": wide, "else_branch": branch])
        let branching = try graph(
            casts + choices + [last], inputs: [info("x"), info("b", .bool)], outputs: ["y", "i0"])
        #expect(try program(branching).steps.count <= count + 2)
    }
}
