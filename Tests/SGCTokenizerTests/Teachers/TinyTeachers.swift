import SGCBase
import SGCONNX
import SGCTensor

@testable import SGCTokenizer

/// Networks of a few weights, as an export would have them.
enum TinyTeachers {
    static func node(
        _ op: String, _ inputs: [String], _ output: String, _ attributes: [String: ONNXAttribute] = [:]
    ) -> ONNXNode {
        ONNXNode(
            name: output, op: op, domain: "", opset: 17, inputs: inputs, outputs: [output], attributes: attributes)
    }

    static func floats(_ values: [Float], _ dimensions: [Int]) throws -> ONNXTensor {
        let bytes = values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
        return try ONNXTensor(type: .float32, shape: Shape(dimensions), bytes: bytes)
    }

    static func integers(_ values: [Int64]) throws -> ONNXTensor {
        let bytes = values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * Int64($0))) } }
        return try ONNXTensor(type: .int64, shape: [values.count], bytes: bytes)
    }

    static func random(_ dimensions: [Int], seed: UInt64) throws -> ONNXTensor {
        var source = RandomSource(seed: seed)
        return try floats((0..<dimensions.reduce(1, *)).map { _ in source.uniform(-0.5, 0.5) }, dimensions)
    }

    static func image(_ name: String = "pixel_values", batch: Int? = nil, side: Int? = nil) -> ONNXValueInfo {
        func extent(_ count: Int?, _ name: String) -> ONNXValueInfo.Extent {
            count.map { .fixed($0) } ?? .dynamic(name)
        }
        return ONNXValueInfo(
            name: name, type: .float32,
            shape: [extent(batch, "N"), .fixed(3), extent(side, "H"), extent(side, "W")])
    }

    static func model(
        _ nodes: [ONNXNode], _ initializers: [String: ONNXTensor], inputs: [ONNXValueInfo] = [image()],
        outputs: [ONNXValueInfo]
    ) -> ONNXModel {
        ONNXModel(
            irVersion: 8, opsets: ["": 17], producer: "test", metadata: [:],
            graph: ONNXGraph(
                name: "tiny", nodes: nodes, initializers: initializers, inputs: inputs, outputs: outputs))
    }

    static func output(_ name: String, _ extents: [Int?], _ type: ElementType = .float32) -> ONNXValueInfo {
        ONNXValueInfo(name: name, type: type, shape: extents.map { $0.map { .fixed($0) } ?? .dynamic("d") })
    }

    /// Class c where color c is the strongest: `logits` `[N, 3, H/2, W/2]`.
    static func segmentation(batch: Int? = nil, side: Int? = nil) throws -> ONNXModel {
        let pool: [String: ONNXAttribute] = ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])]
        return model(
            [
                node("AveragePool", ["pixel_values"], "pooled", pool),
                node("Conv", ["pooled", "w"], "logits", ["kernel_shape": .integers([1, 1])]),
            ], ["w": try floats([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3, 1, 1])],
            inputs: [image(batch: batch, side: side)], outputs: [output("logits", [nil, 3, nil, nil])])
    }

    /// The same with the best class taken: `ids` `[N, H/2, W/2]`.
    static func classIDs() throws -> ONNXModel {
        let plain = try segmentation()
        let best = node("ArgMax", ["logits"], "ids", ["axis": .integer(1), "keepdims": .integer(0)])
        return model(
            plain.graph.nodes + [best], plain.graph.initializers, outputs: [output("ids", [nil, nil, nil], .int64)])
    }

    /// A token of 5 numbers for each patch of 4 × 4 pixels, their mean before them: `last_hidden_state` `[N, 1 + T, 5]`.
    static func tokens(seed: UInt64 = 1, clip: Bool = false) throws -> ONNXModel {
        let patch: [String: ONNXAttribute] = ["kernel_shape": .integers([4, 4]), "strides": .integers([4, 4])]
        var outputs = [output("last_hidden_state", [nil, nil, 5])]
        if clip { outputs.append(output("image_embeds", [nil, 1, 5])) }
        return model(
            [
                node("Conv", ["pixel_values", "w", "b"], "patches", patch),
                node("Reshape", ["patches", "shape"], "flat"),
                node("Transpose", ["flat"], "tokens", ["perm": .integers([0, 2, 1])]),
                node("ReduceMean", ["tokens"], "image_embeds", ["axes": .integers([1]), "keepdims": .integer(1)]),
                node("Concat", ["image_embeds", "tokens"], "last_hidden_state", ["axis": .integer(1)]),
            ],
            [
                "w": try random([5, 3, 4, 4], seed: seed), "b": try random([5], seed: seed + 100),
                "shape": try integers([0, 5, -1]),
            ], outputs: outputs)
    }

    /// Two maps with positive numbers: `near` `[N, 4, H, W]` and `far` `[N, 6, H/2, W/2]`.
    static func maps() throws -> ONNXModel {
        func conv(_ input: String, _ weight: String, _ result: String) -> ONNXNode {
            node(
                "Conv", [input, weight], result, ["kernel_shape": .integers([3, 3]), "pads": .integers([1, 1, 1, 1])])
        }
        let pool: [String: ONNXAttribute] = ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])]
        return model(
            [
                conv("pixel_values", "w1", "c1"), node("Sigmoid", ["c1"], "near"),
                node("AveragePool", ["near"], "pooled", pool), conv("pooled", "w2", "c2"),
                node("Sigmoid", ["c2"], "far"), node("Identity", ["far"], "y"),
            ], ["w1": try random([4, 3, 3, 3], seed: 5), "w2": try random([6, 4, 3, 3], seed: 6)],
            outputs: [output("y", [nil, 6, nil, nil])])
    }

    /// `features` `[N, 3, H, W]`: logarithms of the pixels, which black pixels do not have.
    static func logarithms() throws -> ONNXModel {
        model([node("Log", ["pixel_values"], "features")], [:], outputs: [output("features", [nil, 3, nil, nil])])
    }

    static func teacher(
        _ model: ONNXModel, _ json: JSONValue = [:], path: String = "/tmp/tiny.onnx"
    ) throws -> Teacher {
        try Teacher(
            model, description: TeacherDescription(json, graph: model.graph), path: path,
            options: EngineOptions(threads: 1))
    }
}

/// Pixels of 0...1 as they are.
let plainPixels: JSONValue = ["mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]]
