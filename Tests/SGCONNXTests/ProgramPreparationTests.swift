import SGCBase
import SGCTensor
import Testing

@testable import SGCONNX

/// What happens to a graph before it runs: constants, shapes, second names, branches.
@Suite struct ProgramPreparationTests: ProgramTesting {
    let device = Device(backend: CPUBackend(), threads: 2)

    /// If with a branch that adds and one that multiplies; both use `x` of the graph around them and a constant of
    /// their own, of the same name.
    private func branching(condition: [ONNXNode], _ initializers: [String: HostArray], inputs: [ONNXValueInfo]) throws
        -> ONNXGraph
    {
        func branch(_ op: String, _ number: Double) throws -> ONNXAttribute {
            .graph(
                try graph(
                    [node(op, ["x", "k"], ["inner"]), node("Identity", ["inner"], ["result"])], inputs: [],
                    outputs: ["result"], ["k": HostArray(reals: [number], shape: [1])]))
        }
        let choice = node(
            "If", ["c"], ["y"], ["then_branch": try branch("Add", 10), "else_branch": try branch("Mul", 3)])
        return try graph(condition + [choice], inputs: [info("x")] + inputs, outputs: ["y"], initializers)
    }

    @Test("a branch whose condition is constant takes the place of its node", arguments: [true, false])
    func constantCondition(_ isTrue: Bool) throws {
        let condition = try HostArray(booleans: [isTrue], shape: [])
        let program = try program(branching(condition: [], ["c": condition], inputs: []))
        #expect(program.steps.map(\.node.op) == [isTrue ? "Add" : "Mul", "Identity"] || program.steps.count == 1)
        #expect(try reals(program.run(["x": value(1, 2)])) == (isTrue ? [[11, 12]] : [[3, 6]]))
    }

    @Test("a condition that is computed from a shape that the file fixes")
    func conditionOfShape() throws {
        let test = [
            node("Shape", ["x"], ["s"]), node("Gather", ["s", "zero"], ["n"]), node("Equal", ["n", "two"], ["c"]),
        ]
        let constants = [
            "zero": try HostArray(integers: [0], shape: []), "two": try HostArray(integers: [2], shape: []),
        ]
        var graph = try branching(condition: test, constants, inputs: [])
        #expect(try program(graph).steps.contains { $0.node.op == "If" })
        #expect(try reals(program(graph).run(["x": value(1, 2)])) == [[11, 12]])
        graph.inputs = [info("x", .float32, [.fixed(2)])]
        #expect(try !program(graph).steps.contains { ["If", "Shape", "Equal"].contains($0.node.op) })
        #expect(try reals(program(graph).run(["x": value(1, 2)])) == [[11, 12]])
        graph.inputs = [info("x", .float32, [.fixed(3)])]
        #expect(try reals(program(graph).run(["x": value(1, 2, 3)])) == [[3, 6, 9]])
    }

    @Test("a condition that only a run knows")
    func runtimeCondition() throws {
        let graph = try branching(condition: [], [:], inputs: [info("c", .bool)])
        let program = try program(graph)
        for (isTrue, expected) in [(true, [11.0, 12]), (false, [3, 6])] {
            let condition = try HostArray(booleans: [isTrue], shape: [1])
            #expect(try reals(program.run(["x": value(1, 2), "c": .host(condition)])) == [expected])
        }
        let number = try HostArray(integers: [1], shape: [1])
        #expect(throws: SGCError.self) { try program.run(["x": value(1, 2), "c": .host(number)]) }
    }

    @Test("branches inside branches see all names around them")
    func nested() throws {
        let inner = ONNXAttribute.graph(
            try graph([node("Add", ["x", "t"], ["u"])], inputs: [], outputs: ["u"]))
        let outer = ONNXAttribute.graph(
            try graph(
                [
                    node("Mul", ["x", "x"], ["t"]),
                    node("If", ["d"], ["v"], ["then_branch": inner, "else_branch": inner]),
                ], inputs: [], outputs: ["v"]))
        let choice = node("If", ["c"], ["y"], ["then_branch": outer, "else_branch": outer])
        let inputs = [info("x"), info("c", .bool), info("d", .bool)]
        let program = try program(graph([choice], inputs: inputs, outputs: ["y"]))
        let yes = Value.host(try HostArray(booleans: [true], shape: []))
        #expect(try reals(program.run(["x": value(2, 3), "c": yes, "d": yes])) == [[6, 12]])
    }

    @Test("an operator in a branch that is never taken does not matter, in another it does")
    func unsupportedBranches() throws {
        let good = ONNXAttribute.graph(try graph([node("Add", ["x", "x"], ["a"])], inputs: [], outputs: ["a"]))
        let bad = ONNXAttribute.graph(try graph([node("Loop", ["x"], ["b"])], inputs: [], outputs: ["b"]))
        let choice = node("If", ["c"], ["y"], ["then_branch": good, "else_branch": bad])
        let yes = try HostArray(booleans: [true], shape: []), no = try HostArray(booleans: [false], shape: [])
        let program = try program(graph([choice], inputs: [info("x")], outputs: ["y"], ["c": yes]))
        #expect(try reals(program.run(["x": value(4)])) == [[8]])
        for constants in [["c": no], [:]] {
            let inputs = [info("x")] + (constants.isEmpty ? [info("c", .bool)] : [])
            let broken = try graph([choice], inputs: inputs, outputs: ["y"], constants)
            #expect { try self.program(broken) } throws: { ($0 as? SGCError)?.code == .unsupported }
        }
    }

    @Test("second names cost nothing, and can be asked for")
    func identities() throws {
        let graph = try graph(
            [
                node("Identity", ["x"], ["a"]), node("Identity", ["a"], ["b"]), node("Add", ["a", "b"], ["c"]),
                node("Identity", ["c"], ["d"]), node("Mul", ["d", "d"], ["e"]), node("Identity", ["e"], ["y"]),
            ], inputs: [info("x")], outputs: ["y"])
        let program = try program(graph)
        #expect(program.steps.map(\.node.op) == ["Add", "Mul", "Identity"])
        #expect(try reals(program.run(["x": value(3)])) == [[36]])
        #expect(try reals(program.run(["x": value(3)], wanting: ["d", "b"])) == [[6], [3]])
    }
}
