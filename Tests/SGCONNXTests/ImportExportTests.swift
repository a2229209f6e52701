import SGCBase
import SGCONNX
import SGCTensor
import Testing

/// Files as exporters write them: Tests/Golden/onnx.
@Suite struct ImportExportTests {
    private let folder = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Golden/onnx"

    @Test(
        "what exporters wrote, against what the onnx package reads",
        arguments: ["old-13", "new-18", "functions-18", "if-17"])
    func exports(name: String) throws {
        let model = try ModelImport.load(path: "\(folder)/\(name).onnx")
        let limits = JSONLimits(bytes: 1 << 20, depth: 16, keys: 4096)
        var expected = try JSONReader(try File.readJSON("\(folder)/\(name).json", limits: limits))
        #expect(model.irVersion == (try expected.integer("ir")))
        #expect(model.opsets[""] == (try expected.integer("opset")))
        #expect(model.producer == (try expected.string("producer")))
        #expect(model.graph.nodes.map(\.op) == (try expected.strings("operators")))
        #expect(model.graph.inputs.map(described) == (try expected.strings("inputs")))
        #expect(model.graph.outputs.map(described) == (try expected.strings("outputs")))
        let weights = model.graph.initializers.map { name, tensor in
            "\(name): \(tensor.type.rawValue) \(tensor.shape) \(SHA256.hexDigest(tensor.bytes))"
        }
        #expect(weights.sorted() == (try expected.strings("initializers")))
        #expect(model.notes.isEmpty)
    }

    private func described(_ value: ONNXValueInfo) -> String {
        let extents = value.shape?.map {
            switch $0 {
            case .fixed(let extent): "\(extent)"
            case .dynamic(let name): name
            }
        }
        return "\(value.name): \(value.type.rawValue) [\(extents?.joined(separator: ", ") ?? "?")]"
    }
}
