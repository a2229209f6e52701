package import SGCBase

/// Checks a node's attributes and returns what runs.
package typealias KernelMaker = @Sendable (NodeReader) throws(SGCError) -> Kernel

/// The attributes of a node, read with type checks.
package struct NodeReader: Sendable {
    package let node: ONNXNode

    package init(_ node: ONNXNode) { self.node = node }

    package var opset: Int { node.opset }
    /// How many outputs the graph wants, counted to the last one that has a name.
    package var outputCount: Int { (node.outputs.lastIndex { !$0.isEmpty } ?? -1) + 1 }
    package func wantsOutput(_ index: Int) -> Bool {
        node.outputs.indices.contains(index) && !node.outputs[index].isEmpty
    }

    /// - Throws: `.format` when the attribute has another type.
    package func integer(_ name: String) throws(SGCError) -> Int? {
        switch node.attributes[name] {
        case nil: return nil
        case .integer(let value): return Int(value)
        default: throw wrongType(name, "an integer")
        }
    }

    package func integer(_ name: String, default value: Int) throws(SGCError) -> Int { try integer(name) ?? value }

    package func flag(_ name: String, default value: Bool = false) throws(SGCError) -> Bool {
        try integer(name, default: value ? 1 : 0) != 0
    }

    package func integers(_ name: String) throws(SGCError) -> [Int]? {
        switch node.attributes[name] {
        case nil: return nil
        case .integers(let values): return values.map { Int($0) }
        default: throw wrongType(name, "integers")
        }
    }

    package func real(_ name: String) throws(SGCError) -> Double? {
        switch node.attributes[name] {
        case nil: return nil
        case .real(let value): return Double(value)
        default: throw wrongType(name, "a real number")
        }
    }

    package func real(_ name: String, default value: Double) throws(SGCError) -> Double { try real(name) ?? value }

    package func reals(_ name: String) throws(SGCError) -> [Double]? {
        switch node.attributes[name] {
        case nil: return nil
        case .reals(let values): return values.map { Double($0) }
        default: throw wrongType(name, "real numbers")
        }
    }

    package func string(_ name: String) throws(SGCError) -> String? {
        switch node.attributes[name] {
        case nil: return nil
        case .string(let value): return value
        default: throw wrongType(name, "a string")
        }
    }

    package func string(_ name: String, default value: String) throws(SGCError) -> String { try string(name) ?? value }

    /// One of the words of `allowed`.
    ///
    /// - Throws: `.unsupported` for another word.
    package func word(_ name: String, default value: String, of allowed: [String]) throws(SGCError) -> String {
        let word = try string(name) ?? value
        guard allowed.contains(word) else {
            throw SGCError(.unsupported, "attribute \(name): expected one of \(allowed), got \"\(word)\"")
        }
        return word
    }

    package func tensor(_ name: String) throws(SGCError) -> ONNXTensor? {
        switch node.attributes[name] {
        case nil: return nil
        case .tensor(let value): return value
        default: throw wrongType(name, "a tensor")
        }
    }

    package func elementType(_ name: String) throws(SGCError) -> ElementType? {
        guard let raw = try integer(name) else { return nil }
        guard let value = Int32(exactly: raw), let type = ElementType(rawValue: value), type.isReal || type.isInteger
        else {
            throw SGCError(.unsupported, "attribute \(name): element type \(raw) is not supported")
        }
        return type
    }

    private func wrongType(_ name: String, _ expected: String) -> SGCError {
        SGCError(.format, "attribute \(name): expected \(expected)")
    }
}
