import COnnx
import SGCBase

extension GraphReader {
    /// Reads the functions of a model.
    /// - Throws: `.format` when two have one name or a function's own names clash, and what its nodes throw.
    mutating func functions(of model: ParsedModel, count: Int) throws(SGCError) -> [SourceFunction] {
        var functions: [SourceFunction] = []
        var keys: Set<FunctionKey> = []
        for index in 0..<count {
            let function = try self.function(index, of: model)
            guard keys.insert(function.key).inserted else {
                throw SGCError(.format, "function \(quoted(function.key.name)) is defined twice")
            }
            functions.append(function)
        }
        return functions
    }

    private mutating func function(_ number: Int, of model: ParsedModel) throws(SGCError) -> SourceFunction {
        var info = unsafe connx_function_info()
        unsafe connx_function_read(model.handle, number, &info)
        var place = "function \(number)"
        let key = FunctionKey(
            domain: OperatorSets.normalized(try unsafe info.domain.string(place)),
            name: try unsafe info.name.string(place), overload: try unsafe info.overload.string(place))
        try checkName(key.name, place)
        place += " \(quoted(key.name))"
        // The model lends it, and every index below is under a count that the shim gave.
        guard !key.name.isEmpty, let function = unsafe connx_model_function(model.handle, number) else {
            throw SGCError(.format, "\(place): expected a name")
        }
        var inputs: [String] = []
        for index in unsafe 0..<info.inputs {
            inputs.append(try unsafe connx_function_input(function, index).string(place))
        }
        var outputs: [String] = []
        for index in unsafe 0..<info.outputs {
            outputs.append(try unsafe connx_function_output(function, index).string(place))
        }
        for names in [inputs, outputs] {
            for name in names { try checkName(name, place) }
            guard Set(names).count == names.count, !names.contains("") else {
                throw SGCError(.format, "\(place): expected different names of inputs and of outputs")
            }
        }
        var attributes: [String: ONNXAttribute?] = [:]
        for index in unsafe 0..<info.attributes {
            let name = try unsafe connx_function_attribute(function, index).string(place)
            attributes.updateValue(nil, forKey: name)
        }
        for index in unsafe 0..<info.defaults {
            guard let handle = unsafe connx_function_default(model.handle, number, index) else { continue }
            let (name, value) = try unsafe attribute(handle, op: "", in: .function, place: place)
            guard case .readable(.value(let value)) = value else {
                throw SGCError(.unsupported, "\(place): the default of attribute \(quoted(name)) is not supported")
            }
            attributes[name] = value
        }
        var opsets: [connx_opset] = unsafe []
        for index in unsafe 0..<info.opsets { unsafe opsets.append(connx_function_opset(function, index)) }
        var nodes: [SourceNode] = []
        for index in unsafe 0..<info.nodes {
            guard let node = unsafe connx_function_node(function, index) else { continue }
            nodes.append(try unsafe self.node(node, index: index, in: .function, place: "\(place), node \(index)"))
        }
        return SourceFunction(
            key: key, inputs: inputs, outputs: outputs, attributes: attributes, nodes: nodes,
            opsets: try unsafe OperatorSets.read(opsets))
    }
}
