import COnnx
import SGCBase

extension GraphReader {
    /// What reading an attribute gave: a value, or why there cannot be one.
    enum AttributeOutcome {
        case readable(SourceAttribute)
        case unreadable(String)
    }

    /// - Parameters:
    ///   - attribute: A handle that the model lends.
    ///   - op: The operator whose attribute it is.
    mutating func attribute(
        _ attribute: OpaquePointer, op: String, in surroundings: Surroundings, place: String
    ) throws(SGCError) -> (name: String, value: AttributeOutcome) {
        var info = unsafe connx_attribute_info()
        unsafe connx_attribute_read(attribute, &info)
        let name = try unsafe info.name.string(place)
        guard !name.isEmpty else { throw SGCError(.format, "\(place): expected names of attributes") }
        try checkName(name, place)
        let place = "\(place), attribute \(quoted(name))"
        let reference = try unsafe info.reference.string(place)
        let values = unsafe info.values
        guard reference.isEmpty else {
            guard surroundings == .function, values == 0 else {
                throw SGCError(
                    .format, "\(place): expected a value, got a reference outside a function or beside a value")
            }
            return (name, .readable(.reference(reference)))
        }
        guard values <= 1 else { throw SGCError(.format, "\(place): expected one value, got \(values)") }
        let type = unsafe Int(info.type)
        // A value that is zero or empty may be left out; one of another kind than the type says may not stand there.
        let found = unsafe Int(info.found)
        let fits = found == CONNX_UNDEFINED || found == type || found == CONNX_OTHER && !(1...8).contains(type)
        guard type != CONNX_UNDEFINED, fits else {
            throw SGCError(.format, "\(place): expected a value of attribute type \(type), got one of type \(found)")
        }
        let value: ONNXAttribute
        switch type {
        case CONNX_FLOAT: value = unsafe .real(info.real)
        case CONNX_INT: value = unsafe .integer(info.integer)
        case CONNX_STRING: value = .string(try unsafe info.text.string(place))
        case CONNX_FLOATS:
            // The shim lends `real_count` numbers, and `integer_count` below.
            value = unsafe .reals(Array(UnsafeBufferPointer(start: info.reals, count: info.real_count)))
        case CONNX_INTS:
            value = unsafe .integers(Array(UnsafeBufferPointer(start: info.integers, count: info.integer_count)))
        case CONNX_STRINGS:
            var texts: [String] = []
            for index in unsafe 0..<info.text_count {
                texts.append(try unsafe connx_attribute_text(attribute, index).string(place))
            }
            value = .strings(texts)
        case CONNX_TENSOR:
            guard let tensor = unsafe info.tensor else { throw SGCError(.format, "\(place): expected a tensor") }
            value = .tensor(
                try unsafe tensors.read(tensor, as: surroundings == .branch ? .branch : .attribute, place: place).tensor
            )
        case CONNX_GRAPH:
            guard Self.branching.contains(op) else { return (name, .unreadable("a graph")) }
            guard let graph = unsafe info.graph else { throw SGCError(.format, "\(place): expected a graph") }
            // A branch inside a function may refer to the function's attributes.
            let inside: Surroundings = surroundings == .function ? .function : .branch
            return (name, .readable(.graph(try unsafe self.graph(graph, in: inside, place: place))))
        default: return (name, .unreadable("neither number, text nor tensor (attribute type \(type))"))
        }
        return (name, .readable(.value(value)))
    }
}
