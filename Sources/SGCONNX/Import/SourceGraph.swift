/// A graph as it stands in the file: calls of local functions are still calls.
struct SourceGraph {
    var name = ""
    var nodes: [SourceNode] = []
    /// In the file's order.
    var initializers: [(name: String, tensor: ONNXTensor)] = []
    var inputs: [ONNXValueInfo] = []
    var outputs: [ONNXValueInfo] = []
}

/// A node as it stands in the file.
struct SourceNode {
    /// Where it stands, for messages: `node 7`, `function "f" of "d", node 0`.
    var place: String
    /// As in ``ONNXNode``.
    var name: String
    var op: String
    var domain: String
    var overload: String
    var inputs: [String]
    var outputs: [String]
    var attributes: [(name: String, value: SourceAttribute)] = []
    /// Why no graph can contain this node, when it is so.
    var problem: String?
}

/// The value of an attribute as it stands in the file.
enum SourceAttribute {
    case value(ONNXAttribute)
    case graph(SourceGraph)
    /// The attribute of that name of the function that contains the node.
    case reference(String)
}

/// What nodes call a function by.
struct FunctionKey: Hashable {
    let domain: String
    let name: String
    let overload: String
}

/// A function of the file.
struct SourceFunction {
    let key: FunctionKey
    let inputs: [String]
    let outputs: [String]
    /// Attributes that a call may give, and their values when it does not.
    let attributes: [String: ONNXAttribute?]
    let nodes: [SourceNode]
    let opsets: [String: Int]
}
