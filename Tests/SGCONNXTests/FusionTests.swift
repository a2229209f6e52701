import SGCBase
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCONNX

/// What takes the place of patterns computes what they computed. Exports of real networks are in Tests/python.
@Suite struct FusionTests: ProgramTesting {
    let device = Device(backend: CPUBackend(), threads: 2)

    private func numbers(_ shape: Shape, seed: UInt64) throws -> HostArray {
        var random = RandomSource(seed: seed)
        return try HostArray(reals: (0..<shape.count).map { _ in Double(random.normal()) }, shape: shape)
    }

    private func image(_ shape: Shape, seed: UInt64) throws -> Value {
        .device(try Value.host(numbers(shape, seed: seed)).tensor(on: device))
    }

    private func model(
        _ nodes: [ONNXNode], _ initializers: [String: HostArray], inputs: [String], outputs: [String]
    ) throws -> ONNXModel {
        ONNXModel(
            irVersion: 8, opsets: ["": 17], producer: "", metadata: [:],
            graph: try graph(nodes, inputs: inputs.map { info($0) }, outputs: outputs, initializers))
    }

    /// A head as SegFormer's: images of several sizes are resized, put side by side, and mixed by a 1x1 convolution.
    private func head(isEveryPartResized: Bool, hasBias: Bool) throws -> ONNXModel {
        let half = ["coordinate_transformation_mode": ONNXAttribute.string("half_pixel")]
        let nodes = [
            node("Resize", ["a", "", "", "size_a"], ["ra"], half.merging(["mode": .string("linear")]) { $1 }),
            node("Resize", ["b", "", "scale_b"], ["rb"], ["mode": .string("nearest")]),
            // Becomes smaller: resized first.
            node("Resize", ["c", "", "", "size_c"], ["rc"], half.merging(["mode": .string("cubic")]) { $1 }),
            node("Concat", ["ra", isEveryPartResized ? "rb" : "d", "rc"], ["all"], ["axis": .integer(1)]),
            node("Conv", ["all", "w"] + (hasBias ? ["bias"] : []), ["mixed"]),
            node("Relu", ["mixed"], ["y"]),
        ]
        var initializers = [
            "size_a": HostArray(list: [2, 3, 8, 12]), "size_c": HostArray(list: [2, 5, 8, 12]),
            "w": try numbers([7, 12, 1, 1], seed: 1),
            "scale_b": try HostArray(reals: [1, 1, 2, 3], shape: [4]),
        ]
        if hasBias { initializers["bias"] = try numbers([7], seed: 2) }
        return try model(nodes, initializers, inputs: ["a", "b", "c", "d"], outputs: ["y"])
    }

    @Test("a convolution of resized images is a sum of convolutions", arguments: [true, false], [true, false])
    func splitConvolution(isEveryPartResized: Bool, hasBias: Bool) throws {
        let shapes: [(String, Shape)] = [
            ("a", [2, 3, 4, 5]), ("b", [2, 4, 4, 4]), ("c", [2, 5, 16, 13]), ("d", [2, 4, 8, 12]),
        ]
        var inputs: [String: Value] = [:]
        for (index, (name, shape)) in shapes.enumerated() {
            inputs[name] = try image(shape, seed: UInt64(10 + index))
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

    @Test("parts that are no images are errors", arguments: [[4], [2, 4], [2, 4, 8], [2, 4, 8, 12, 1]])
    func splitConvolutionOfOtherShapes(_ extents: [Int]) throws {
        let program = try Program(
            head(isEveryPartResized: false, hasBias: true), options: ProgramOptions(), device: device)
        let inputs = [
            "a": try image([2, 3, 4, 5], seed: 1), "b": try image([2, 4, 4, 4], seed: 2),
            "c": try image([2, 5, 16, 13], seed: 3), "d": try image(try Shape(extents), seed: 4),
        ]
        #expect(throws: SGCError.self) { try program.run(inputs) }
    }

    @Test("instances of groups of channels are a group normalization", arguments: [1.0, 2.0])
    func groupNormalization(scale: Double) throws {
        let nodes = [
            node("Reshape", ["x", "groups"], ["grouped"]),
            node("InstanceNormalization", ["grouped", "ones", "zeros"], ["normal"], ["epsilon": .real(1e-6)]),
            node("Shape", ["x"], ["extents"]), node("Reshape", ["normal", "extents"], ["back"]),
            node("Mul", ["back", "gain"], ["scaled"]), node("Add", ["scaled", "shift"], ["shifted"]),
            node("Add", ["shifted", "gain/fused"], ["y"]),
        ]
        let weights = [
            "groups": HostArray(list: [0, 4, -1]), "ones": try HostArray(reals: [1, 1, 1, scale], shape: [4]),
            "zeros": try HostArray(reals: [0, 0, 0, 0], shape: [4]),
            "gain": try numbers([12, 1, 1], seed: 1), "shift": try numbers([12, 1, 1], seed: 2),
            // The name that fusion would like to give to the gain by channels.
            "gain/fused": try numbers([12, 1, 1], seed: 4),
        ]
        let model = try model(nodes, weights, inputs: ["x"], outputs: ["y"])
        var options = ProgramOptions()
        let fused = try Program(model, options: options, device: device)
        // What is scaled by group besides is another thing.
        #expect(fused.steps.contains { $0.node.op == "GroupNormalization" } == (scale == 1))
        options.fuses = false
        let plain = try Program(model, options: options, device: device)
        let x = try image([2, 12, 5, 7], seed: 3)
        let expected = try plain.run(["x": x])[0].array()
        let result = try fused.run(["x": x])[0].array()
        #expect(result.shape == expected.shape)
        #expect(difference(result.reals, expected.reals, tolerance: 1e-5) == nil)
    }

    @Test("matrices are kept for products alone, and unpacked for whatever else wants them")
    func packedMatrices() throws {
        let nodes = [
            node("MatMul", ["x", "only"], ["p"]),
            node("Gemm", ["p", "transposed"], ["q"], ["transB": .integer(1)]),
            node("MatMul", ["q", "shared"], ["r"]),
            node("ReduceSum", ["shared"], ["s"], ["keepdims": .integer(0)]),
            node("Add", ["r", "s"], ["y"]),
        ]
        let weights: [String: HostArray] = [
            "only": try numbers([5, 7], seed: 1), "transposed": try numbers([6, 7], seed: 2),
            "shared": try numbers([6, 3], seed: 3),
        ]
        let model = try model(nodes, weights, inputs: ["x"], outputs: ["y"])
        let x = try image([4, 5], seed: 4)
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
        #expect(try tapped[0].array().reals == weights["transposed"]?.reals)
    }
}
