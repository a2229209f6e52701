package import SGCBase
package import SGCTensor

/// A graph made ready to run: kernels in order, constants in place, and the moment at which each value may go.
package final class Program: Sendable {
    struct Step: Sendable {
        let node: ONNXNode
        let kernel: Kernel
        /// The second input of a product, when it is one that only products read.
        let matrix: PackedMatrix?
        /// Slots of inputs (-1: left out) and outputs (-1: not wanted).
        let inputs: [Int]
        let outputs: [Int]
        /// Slots that nothing reads after this step.
        let released: [Int]
    }

    package let inputs: [ONNXValueInfo]
    package let outputs: [ONNXValueInfo]
    package let device: Device
    package let precision: DataType
    package let limits: RunLimits

    let steps: [Step]
    let slotCount: Int
    /// Slots by the name of the value; only values that exist at run time.
    let slots: [String: Int]
    let constants: [(slot: Int, value: Value)]

    /// - Parameters:
    ///   - model: as imported.
    ///   - options: how to prepare and run it.
    /// - Throws: `.unsupported` naming all operators that the library does not know; what operators find wrong with
    ///   their attributes; `.outOfMemory`.
    package convenience init(_ model: ONNXModel, options: ProgramOptions, device: Device) throws(SGCError) {
        try self.init(model.graph, weights: [:], matrices: [:], options: options, device: device)
    }

    /// - Parameters:
    ///   - weights: constants by name, beside those that the graph holds itself.
    ///   - matrices: more of them, packed for products of the precision that the options name.
    init(
        _ graph: ONNXGraph, weights: [String: Value], matrices: [String: PackedMatrix], options: ProgramOptions,
        device: Device
    ) throws(SGCError) {
        // Branches that are never taken may contain anything, so what is inside them is looked at after folding.
        try Self.checkOperators(of: graph.nodes)
        var draft = try ProgramDraft(graph, constants: weights, matrices: matrices, options: options, device: device)
        try draft.fold()
        let all = draft.nodes.flatMap(\.withInner)
        try Self.checkOperators(of: all)
        try Self.checkInputs(of: all)
        if options.fuses { try draft.fuse() }
        draft.removeUnused()
        try draft.unpackOthers()

        self.device = device
        precision = options.precision
        limits = options.limits
        inputs = graph.inputs
        outputs = graph.outputs

        var slots: [String: Int] = [:]
        func slot(_ name: String) -> Int {
            if name.isEmpty { return -1 }
            if let known = slots[name] { return known }
            slots[name] = slots.count
            return slots.count - 1
        }
        for input in inputs { _ = slot(input.name) }
        var constants: [(slot: Int, value: Value)] = []
        for name in draft.constants.keys.sorted() {
            if let value = draft.constants[name] { constants.append((slot(name), value)) }
        }
        var resolved: [(node: ONNXNode, kernel: Kernel, matrix: PackedMatrix?, inputs: [Int], outputs: [Int])] = []
        for node in draft.nodes {
            let kernel = try Self.kernel(for: node)
            let inputs = node.inputs.map { draft.matrices[$0] == nil ? slot($0) : -1 }
            resolved.append((node, kernel, draft.matrix(of: node), inputs, node.outputs.map { slot($0) }))
        }
        var lastUse: [Int: Int] = [:]
        for (index, step) in resolved.enumerated() {
            for slot in step.inputs + step.outputs where slot >= 0 { lastUse[slot] = index }
        }
        for output in outputs {
            guard let slot = slots[output.name] else {
                throw SGCError(.format, "graph: output \"\(output.name)\" is computed by no node")
            }
            lastUse[slot] = nil
        }
        for constant in constants { lastUse[constant.slot] = nil }
        var released = [[Int]](repeating: [], count: resolved.count)
        for slot in lastUse.keys.sorted() {
            if let index = lastUse[slot] { released[index].append(slot) }
        }
        steps = zip(resolved, released).map {
            Step(
                node: $0.node, kernel: $0.kernel, matrix: $0.matrix, inputs: $0.inputs, outputs: $0.outputs,
                released: $1)
        }
        slotCount = slots.count
        for (name, value) in draft.aliases { slots[name] = slots[value] }
        self.slots = slots
        self.constants = constants
    }

    /// The kernel of a node; errors name the node.
    static func kernel(for node: ONNXNode) throws(SGCError) -> Kernel {
        guard let definition = OperatorRegistry.definition(node.op, domain: node.domain, opset: node.opset) else {
            throw SGCError(.unsupported, "\(node.label): this operator is not supported")
        }
        do { return try definition.make(NodeReader(node)) } catch { throw error.within(node.label) }
    }

    /// - Throws: `.unsupported` with every operator that has no definition, each once.
    static func checkOperators(of nodes: [ONNXNode]) throws(SGCError) {
        var missing: [String: (count: Int, first: Int)] = [:]
        for (index, node) in nodes.enumerated()
        where OperatorRegistry.definition(node.op, domain: node.domain, opset: node.opset) == nil {
            let domain = node.domain.isEmpty ? "ai.onnx" : node.domain
            missing["\(domain).\(node.op) (opset \(node.opset))", default: (0, index)].count += 1
        }
        guard !missing.isEmpty else { return }
        let list = missing.sorted { $0.value.first < $1.value.first }
            .map { "\($0.key), \($0.value.count) times, first at node \($0.value.first)" }
        throw SGCError(.unsupported, "graph: operators that are not supported: \(list.joined(separator: "; "))")
    }

    /// - Throws: `.format` for a node with fewer inputs than its operator has.
    static func checkInputs(of nodes: [ONNXNode]) throws(SGCError) {
        for node in nodes {
            let least = OperatorRegistry.definition(node.op, domain: node.domain, opset: node.opset)?.leastInputs ?? 0
            guard node.inputs.count >= least else {
                throw SGCError(
                    .format, "\(node.label): expected at least \(least) inputs, got \(node.inputs.count)")
            }
        }
    }
}

extension ONNXNode {
    /// The node in messages: `node "NAME" (OP, opset N)`.
    package var label: String { "node \"\(name)\" (\(domain.isEmpty ? "" : "\(domain).")\(op), opset \(opset))" }
}

/// How a graph is prepared and run.
package struct ProgramOptions: Sendable {
    /// Type of large products: float32 or bfloat16.
    package var precision = DataType.float32
    /// Whether patterns of nodes may be replaced by faster ones that compute the same.
    package var fuses = true
    /// Whether gradients with respect to weights will be asked for; keeps each weight a value of its own.
    package var isTrainable = false
    package var limits = RunLimits()

    package init() {}
}
