package import SGCBase
import SGCONNX

extension Teacher {
    /// What the teacher is as JSON: its description with all defaults, and the graph's inputs, outputs, operators and
    /// sizes.
    package func information() throws(SGCError) -> String {
        let (model, graph) = (loaded.model, loaded.model.graph)
        var object = JSONObject()
        object["file"] = .string(path)
        object["producer"] = .string(model.producer)
        object["ir_version"] = JSONValue(model.irVersion)
        var opsets = JSONObject()
        for domain in model.opsets.keys.sorted() {
            opsets[domain.isEmpty ? "ai.onnx" : domain] = model.opsets[domain].map { JSONValue($0) }
        }
        object["opsets"] = .object(opsets)
        object["inputs"] = .array(graph.inputs.map(\.json))
        object["outputs"] = .array(graph.outputs.map(\.json))
        object["parameters"] = JSONValue(loaded.parameterCount)
        object["nodes"] = JSONValue(graph.nodes.count)
        object["operators"] = .object(graph.operatorCounts)
        object["values"] = .array(graph.nodes.flatMap(\.outputs).filter { !$0.isEmpty }.map { .string($0) })
        return try description.json().merged(with: .object(object)).serialized(.pretty)
    }
}

extension ONNXGraph {
    /// How many nodes of each operator there are, by name.
    package var operatorCounts: JSONObject {
        var counts: [String: Int] = [:]
        for node in nodes { counts[node.domain.isEmpty ? node.op : "\(node.domain).\(node.op)", default: 0] += 1 }
        var object = JSONObject()
        for name in counts.keys.sorted() { object[name] = counts[name].map { JSONValue($0) } }
        return object
    }
}

extension ONNXValueInfo {
    /// Name, type and shape; an extent that may change is its name.
    package var json: JSONValue {
        ["name": .string(name), "type": .string("\(type)"), "shape": shape.map { .array($0.map(\.json)) } ?? .null]
    }

    /// `[batch, 3, 224, 224]`; `of any shape` when even the rank is open.
    package var shapeText: String {
        guard let shape else { return "of any shape" }
        let words = shape.map { extent in
            switch extent {
            case .fixed(let count): "\(count)"
            case .dynamic(let name): name.isEmpty ? "?" : name
            }
        }
        return "[\(words.joined(separator: ", "))]"
    }
}

extension ONNXValueInfo.Extent {
    fileprivate var json: JSONValue {
        switch self {
        case .fixed(let count): JSONValue(count)
        case .dynamic(let name): .string(name)
        }
    }
}
