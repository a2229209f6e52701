package import SGCBase
package import SGCTensor

/// What an ONNX file says, read and validated, before anything is made of it.
///
/// Local functions are already inlined, values of `Constant` nodes are still nodes, and external data has been read.
package struct ONNXModel: Sendable {
    /// The version of the file format (IR), 3...11.
    package let irVersion: Int
    /// Versions of the operator sets by domain; the default domain is "".
    package let opsets: [String: Int]
    /// What wrote the file, such as `pytorch 2.13.0`; empty when it does not say.
    package let producer: String
    /// Free properties that the exporter stored, by key.
    package let metadata: [String: String]
    package internal(set) var graph: ONNXGraph
    /// What the file says and the import ignored, one sentence each.
    package let notes: [String]

    package init(
        irVersion: Int, opsets: [String: Int], producer: String, metadata: [String: String], graph: ONNXGraph,
        notes: [String] = []
    ) {
        self.irVersion = irVersion
        self.opsets = opsets
        self.producer = producer
        self.metadata = metadata
        self.graph = graph
        self.notes = notes
    }
}

/// Nodes in an order in which each follows those whose results it uses.
package struct ONNXGraph: Sendable {
    package var name: String
    package var nodes: [ONNXNode]
    /// Weights and other constants by the name of the value.
    package var initializers: [String: ONNXTensor]
    /// What a run must be given: declared inputs without those that are initializers.
    package var inputs: [ONNXValueInfo]
    /// In a branch only the names count: its types may be left out, and read as float32 then.
    package var outputs: [ONNXValueInfo]

    package init(
        name: String, nodes: [ONNXNode], initializers: [String: ONNXTensor], inputs: [ONNXValueInfo],
        outputs: [ONNXValueInfo]
    ) {
        self.name = name
        self.nodes = nodes
        self.initializers = initializers
        self.inputs = inputs
        self.outputs = outputs
    }
}

/// One operation.
package struct ONNXNode: Sendable {
    /// The node's own name, or `OP#INDEX` when it has none; for messages.
    package var name: String
    package var op: String
    /// "" is the domain of ONNX itself.
    package var domain: String
    /// The version of the operator set that the node is read by.
    package var opset: Int
    /// Names of values; "" stands for an optional input that is left out.
    package var inputs: [String]
    package var outputs: [String]
    package var attributes: [String: ONNXAttribute]

    package init(
        name: String, op: String, domain: String, opset: Int, inputs: [String], outputs: [String],
        attributes: [String: ONNXAttribute]
    ) {
        self.name = name
        self.op = op
        self.domain = domain
        self.opset = opset
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
    }
}

/// The value of an attribute.
package enum ONNXAttribute: Sendable {
    case integer(Int64)
    case real(Float)
    case string(String)
    case integers([Int64])
    case reals([Float])
    case strings([String])
    case tensor(ONNXTensor)
    /// The branches of `If`; nothing else has them here.
    case graph(ONNXGraph)
}

/// Numbers that the file stores.
package struct ONNXTensor: Sendable {
    package let type: ElementType
    package let shape: Shape
    /// `shape.count * type.size` bytes, little endian, row-major.
    package let bytes: [UInt8]

    /// - Throws: `.format` when the byte count does not fit type and shape, `.limit` for an empty tensor whose other
    ///   extents are too large: operators walk along them.
    package init(type: ElementType, shape: Shape, bytes: [UInt8]) throws(SGCError) {
        guard shape.count > 0 || shape.span <= HostArray.largestCount else {
            throw SGCError(
                .limit, "tensor: expected an empty \(shape) to have at most \(HostArray.largestCount) places")
        }
        guard bytes.count == shape.count * type.size else {
            throw SGCError(
                .format,
                "tensor: expected \(shape.count * type.size) bytes for \(shape) of \(type), got \(bytes.count)")
        }
        self.type = type
        self.shape = shape
        self.bytes = bytes
    }
}

/// What the file says about an input or output.
package struct ONNXValueInfo: Sendable, Equatable {
    /// An extent that is fixed, or one that may change from run to run, under the name that the file gives it.
    package enum Extent: Sendable, Equatable {
        case fixed(Int)
        case dynamic(String)
    }

    package let name: String
    package let type: ElementType
    /// `nil` when the file leaves even the rank open.
    package let shape: [Extent]?

    package init(name: String, type: ElementType, shape: [Extent]?) {
        self.name = name
        self.type = type
        self.shape = shape
    }
}
