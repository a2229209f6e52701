import COnnx
import SGCBase

/// Reads graphs, nodes and functions out of a parsed model.
///
/// Graphs inside graphs recurse; ``WireScan`` has bounded how deep.
struct GraphReader {
    let limits: ImportLimits
    var tensors: TensorReader

    /// The operators whose branches are kept; others that contain graphs cannot run.
    static let branching: Set<String> = ["If"]

    /// Which graph a node stands in.
    enum Surroundings: Equatable {
        case model
        case branch
        case function
    }

    /// - Parameter graph: A handle that the model lends.
    mutating func graph(
        _ graph: OpaquePointer, in surroundings: Surroundings, place: String
    ) throws(SGCError) -> SourceGraph {
        var info = unsafe connx_graph_info()
        unsafe connx_graph_read(graph, &info)
        guard unsafe info.sparse_initializers == 0 else {
            throw SGCError(.unsupported, "\(place): sparse initializers are not supported")
        }
        var result = SourceGraph(name: try unsafe info.name.string(place))
        let branch = surroundings != .model
        for index in unsafe 0..<info.initializers {
            let tensorPlace = "\(place), initializer \(index)"
            // Every index is below the count that the shim gave, here and below; it lends what it returns.
            guard let tensor = unsafe connx_graph_initializer(graph, index) else { continue }
            let (name, value) = try unsafe tensors.read(tensor, as: branch ? .branch : .initializer, place: tensorPlace)
            try checkName(name, tensorPlace)
            guard !name.isEmpty else { throw SGCError(.format, "\(tensorPlace): expected a name") }
            result.initializers.append((name, value))
        }
        for index in unsafe 0..<info.inputs {
            guard let value = unsafe connx_graph_input(graph, index) else { continue }
            result.inputs.append(try unsafe valueInfo(value, isBranch: branch, place: "\(place), input \(index)"))
        }
        for index in unsafe 0..<info.outputs {
            guard let value = unsafe connx_graph_output(graph, index) else { continue }
            result.outputs.append(try unsafe valueInfo(value, isBranch: branch, place: "\(place), output \(index)"))
        }
        result.nodes.reserveCapacity(unsafe info.nodes)
        for index in unsafe 0..<info.nodes {
            guard let node = unsafe connx_graph_node(graph, index) else { continue }
            result.nodes.append(
                try unsafe self.node(node, index: index, in: surroundings, place: "\(place), node \(index)"))
        }
        return result
    }

    /// - Parameter node: A handle that the model lends.
    mutating func node(
        _ node: OpaquePointer, index: Int, in surroundings: Surroundings, place: String
    ) throws(SGCError) -> SourceNode {
        var info = unsafe connx_node_info()
        unsafe connx_node_read(node, &info)
        let op = try unsafe info.op.string(place)
        guard !op.isEmpty else { throw SGCError(.format, "\(place): expected an operator") }
        try checkName(op, place)
        let name = try unsafe info.name.string(place)
        try checkName(name, place)
        let place = "\(place) (\(quoted(op))\(name.isEmpty ? "" : " \(quoted(name))"))"
        var inputs: [String] = []
        for index in unsafe 0..<info.inputs { inputs.append(try unsafe connx_node_input(node, index).string(place)) }
        var outputs: [String] = []
        for index in unsafe 0..<info.outputs { outputs.append(try unsafe connx_node_output(node, index).string(place)) }
        guard !outputs.isEmpty else { throw SGCError(.format, "\(place): expected outputs") }
        for name in inputs { try checkName(name, place) }
        for name in outputs { try checkName(name, place) }
        var result = SourceNode(
            place: place, name: name.isEmpty ? "\(op)#\(index)" : name, op: op,
            domain: OperatorSets.normalized(try unsafe info.domain.string(place)),
            overload: try unsafe info.overload.string(place), inputs: inputs, outputs: outputs)
        if let reason = Self.problem(op: op, domain: result.domain) {
            result.problem = reason
            return result
        }
        var names: Set<String> = []
        for index in unsafe 0..<info.attributes {
            guard let handle = unsafe connx_node_attribute(node, index) else { continue }
            let outcome = try unsafe attribute(handle, op: op, in: surroundings, place: place)
            guard names.insert(outcome.name).inserted else {
                throw SGCError(.format, "\(place): expected different attributes, got \(quoted(outcome.name)) twice")
            }
            switch outcome.value {
            case .readable(let value): result.attributes.append((outcome.name, value))
            case .unreadable(let reason): result.problem = "attribute \(quoted(outcome.name)) is \(reason)"
            }
        }
        return result
    }

    /// Why no graph can contain an operator of ONNX itself, whatever its attributes say.
    private static func problem(op: String, domain: String) -> String? {
        guard domain.isEmpty else { return nil }
        return switch op {
        case "Loop", "Scan": "loops are not supported"
        case _ where op.hasPrefix("Sequence") || op == "SplitToSequence" || op == "ConcatFromSequence":
            "sequences are not supported"
        case _ where op.hasPrefix("Optional"): "optional values are not supported"
        default: nil
        }
    }

    func checkName(_ name: String, _ place: String) throws(SGCError) {
        guard name.utf8.count <= limits.nameBytes else {
            throw SGCError(
                .limit, "\(place): expected names of at most \(limits.nameBytes) bytes, got \(name.utf8.count) bytes")
        }
    }

    /// - Parameter value: A handle that the model lends.
    private func valueInfo(
        _ value: OpaquePointer, isBranch: Bool, place: String
    ) throws(SGCError) -> ONNXValueInfo {
        var info = unsafe connx_value_info()
        unsafe connx_value_read(value, &info)
        let name = try unsafe info.name.string(place)
        guard !name.isEmpty else { throw SGCError(.format, "\(place): expected a name") }
        try checkName(name, place)
        let place = "\(place) \(quoted(name))"
        switch unsafe Int(info.kind) {
        case CONNX_TENSOR_TYPE: break
        case CONNX_NO_TYPE:
            guard isBranch else { throw SGCError(.format, "\(place): expected a type") }
            return ONNXValueInfo(name: name, type: .float32, shape: nil)
        default:
            throw SGCError(.unsupported, "\(place): only tensors are supported, no sequences, maps or optional values")
        }
        let type = try TensorReader.elementType(unsafe info.element_type, place: place)
        guard unsafe info.has_shape else { return ONNXValueInfo(name: name, type: type, shape: nil) }
        let rank = unsafe info.rank
        guard rank <= limits.rank else {
            throw SGCError(.limit, "\(place): expected at most \(limits.rank) axes, got \(rank)")
        }
        var shape: [ONNXValueInfo.Extent] = []
        for axis in 0..<rank {
            let stored = unsafe connx_value_extent(value, axis)
            let extent = unsafe stored.is_fixed ? Int(stored.extent) : nil
            // -1 is what some exporters write for an extent that is open.
            guard let extent, extent != -1 else {
                shape.append(.dynamic(try unsafe stored.parameter.string(place)))
                continue
            }
            guard extent >= 0 else {
                throw SGCError(.format, "\(place): expected extents of at least 0, got \(extent)")
            }
            shape.append(.fixed(extent))
        }
        return ONNXValueInfo(name: name, type: type, shape: shape)
    }
}
