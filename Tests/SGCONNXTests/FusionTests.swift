import SGCBase
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCONNX

/// What takes the place of patterns computes what they computed. Exports of real networks are in Tests/python.
@Suite struct FusionTests {
    private let device = Device(backend: CPUBackend(), threads: 2)

    private func node(
        _ op: String, _ inputs: [String], _ output: String, _ attributes: [String: ONNXAttribute] = [:]
    ) -> ONNXNode {
        ONNXNode(
            name: output, op: op, domain: "", opset: 17, inputs: inputs, outputs: [output], attributes: attributes)
    }

    private func numbers(_ shape: Shape, seed: UInt64) throws -> ONNXTensor {
        var random = RandomSource(seed: seed)
        return try reals((0..<shape.count).map { _ in Double(random.normal()) }, shape)
    }

    private func reals(_ values: [Double], _ shape: Shape) throws -> ONNXTensor {
        try Value.host(HostArray(reals: values, shape: shape)).stored(as: .float32)
    }

    private func list(_ values: [Int]) throws -> ONNXTensor { try Value.host(HostArray(list: values)).stored() }

    private func model(
        _ nodes: [ONNXNode], _ initializers: [String: ONNXTensor], inputs: [String], outputs: [String]
    ) -> ONNXModel {
        func info(_ name: String) -> ONNXValueInfo { ONNXValueInfo(name: name, type: .float32, shape: nil) }
        return ONNXModel(
            irVersion: 8, opsets: ["": 17], producer: "", metadata: [:],
            graph: ONNXGraph(
                name: "g", nodes: nodes, initializers: initializers, inputs: inputs.map(info),
                outputs: outputs.map(info)))
    }

    /// A head as SegFormer's: images of several sizes are resized, put side by side, and mixed by a 1x1 convolution.
    private func head(isEveryPartResized: Bool, hasBias: Bool) throws -> ONNXModel {
        let half = ["coordinate_transformation_mode": ONNXAttribute.string("half_pixel")]
        let nodes = [
            node("Resize", ["a", "", "", "size_a"], "ra", half.merging(["mode": .string("linear")]) { $1 }),
            node("Resize", ["b", "", "scale_b"], "rb", ["mode": .string("nearest")]),
            // Becomes smaller: resized first.
            node("Resize", ["c", "", "", "size_c"], "rc", half.merging(["mode": .string("cubic")]) { $1 }),
            node("Concat", ["ra", isEveryPartResized ? "rb" : "d", "rc"], "all", ["axis": .integer(1)]),
            node("Conv", ["all", "w"] + (hasBias ? ["bias"] : []), "mixed"),
            node("Relu", ["mixed"], "y"),
        ]
        var initializers = [
            "size_a": try list([2, 3, 8, 12]), "size_c": try list([2, 5, 8, 12]),
            "w": try numbers([7, 12, 1, 1], seed: 1),
            "scale_b": try reals([1, 1, 2, 3], [4]),
        ]
        if hasBias { initializers["bias"] = try numbers([7], seed: 2) }
        return model(nodes, initializers, inputs: ["a", "b", "c", "d"], outputs: ["y"])
    }

    @Test("a convolution of resized images is a sum of convolutions", arguments: [true, false], [true, false])
    func splitConvolution(isEveryPartResized: Bool, hasBias: Bool) throws {
        let shapes: [(String, Shape)] = [
            ("a", [2, 3, 4, 5]), ("b", [2, 4, 4, 4]), ("c", [2, 5, 16, 13]), ("d", [2, 4, 8, 12]),
        ]
        var inputs: [String: Value] = [:]
        for (index, (name, shape)) in shapes.enumerated() {
            inputs[name] = try numbers(shape, seed: UInt64(10 + index)).value(on: device)
        }
        let model = try head(isEveryPartResized: isEveryPartResized, hasBias: hasBias)
        var options = ProgramOptions()
        let fused = try Program(model, options: options, device: device)
        #expect(fused.steps.map(\.node.op) == ["SplitConv"])
        options.fuses = false
        let plain = try Program(model, options: options, device: device)
        #expect(plain.steps.contains { $0.node.op == "Concat" })
        let expected = try plain.run(inputs)[0].array()
        let result = try fused.run(inputs)[0].array()
        #expect(result.shape == expected.shape)
        #expect(difference(result.reals, expected.reals, tolerance: 1e-5) == nil)
    }

    @Test("instances of groups of channels are a group normalization", arguments: [1.0, 2.0])
    func groupNormalization(scale: Double) throws {
        let nodes = [
            node("Reshape", ["x", "groups"], "grouped"),
            node("InstanceNormalization", ["grouped", "ones", "zeros"], "normal", ["epsilon": .real(1e-6)]),
            node("Shape", ["x"], "extents"), node("Reshape", ["normal", "extents"], "back"),
            node("Mul", ["back", "gain"], "scaled"), node("Add", ["scaled", "shift"], "y"),
        ]
        let weights = [
            "groups": try list([0, 4, -1]), "ones": try reals([1, 1, 1, scale], [4]),
            "zeros": try reals([0, 0, 0, 0], [4]),
            "gain": try numbers([12, 1, 1], seed: 1), "shift": try numbers([12, 1, 1], seed: 2),
        ]
        let model = model(nodes, weights, inputs: ["x"], outputs: ["y"])
        var options = ProgramOptions()
        let fused = try Program(model, options: options, device: device)
        // What is scaled by group besides is another thing.
        #expect(fused.steps.contains { $0.node.op == "GroupNormalization" } == (scale == 1))
        options.fuses = false
        let plain = try Program(model, options: options, device: device)
        let x = try numbers([2, 12, 5, 7], seed: 3).value(on: device)
        let expected = try plain.run(["x": x])[0].array()
        let result = try fused.run(["x": x])[0].array()
        #expect(result.shape == expected.shape)
        #expect(difference(result.reals, expected.reals, tolerance: 1e-5) == nil)
    }

    @Test("matrices are kept for products alone, and unpacked for whatever else wants them")
    func packedMatrices() throws {
        let nodes = [
            node("MatMul", ["x", "only"], "p"),
            node("Gemm", ["p", "transposed"], "q", ["transB": .integer(1)]),
            node("MatMul", ["q", "shared"], "r"),
            node("ReduceSum", ["shared"], "s", ["keepdims": .integer(0)]),
            node("Add", ["r", "s"], "y"),
        ]
        let weights: [String: ONNXTensor] = [
            "only": try numbers([5, 7], seed: 1), "transposed": try numbers([6, 7], seed: 2),
            "shared": try numbers([6, 3], seed: 3),
        ]
        let model = model(nodes, weights, inputs: ["x"], outputs: ["y"])
        let x = try numbers([4, 5], seed: 4).value(on: device)
        let expected = try Program(model, options: ProgramOptions(), device: device).run(["x": x])[0].array()
        let loaded = try LoadedModel(model, precision: .float32, device: device)
        let program = try loaded.program(computing: ["y"], options: ProgramOptions())
        #expect(program.steps.filter { $0.matrix != nil }.count == 2)
        #expect(try program.run(["x": x])[0].array().reals == expected.reals)

        // Without fusion the products read plain matrices, and a weight is a value like any other.
        var options = ProgramOptions()
        options.fuses = false
        let plain = try loaded.program(computing: ["y"], options: options)
        #expect(plain.steps.allSatisfy { $0.matrix == nil })
        let others = try plain.run(["x": x])[0].array()
        #expect(difference(others.reals, expected.reals, tolerance: 1e-5) == nil)
        let tapped = try loaded.program(computing: ["transposed"], options: ProgramOptions()).run([:])
        #expect(try tapped[0].array().reals == weights["transposed"]?.array().reals)
    }
}
