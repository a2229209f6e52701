import SGCBase
import SGCTensor

/// A graph while it is being made ready: constants are folded, patterns are replaced, what nobody uses is dropped.
struct ProgramDraft {
    var nodes: [ONNXNode]
    /// Values that are known before any run, by name.
    var constants: [String: Value]
    /// More of them, as products read them.
    private(set) var matrices: [String: PackedMatrix]
    /// Names that must remain: what a run is given, and what it returns.
    let inputNames: Set<String>
    let outputNames: Set<String>
    /// Inputs that hold real numbers.
    let realInputNames: [String]
    let options: ProgramOptions
    let device: Device
    /// Names that stand for other values: what `Identity` gave a second name.
    private(set) var aliases: [String: String] = [:]
    private var initializers: [String: ONNXTensor]
    /// Every name of the graph, once a fusion has asked for a new one.
    private var takenNames: Set<String> = []
    /// What the file says about the shapes of inputs.
    private let inputShapes: [String: [ONNXValueInfo.Extent]]

    /// What folding takes. Nodes that would take more are left to the run.
    private let meter: RunMeter
    /// Bytes of folded results that may still be kept.
    private var foldedBytes = 256 << 20

    /// Elements above which a folded result must not exceed what it was computed from.
    private static let foldedElements = 1 << 20
    /// Floating-point operations of all folding, beside passes over what the file stores: a few seconds.
    private static let foldedOperations = 1e11
    /// How often folding may go over what the file stores, and leave its results: weights that are dequantized step by
    /// step leave each step behind.
    private static let foldedPasses = 8

    /// - Parameter constants: values by name, beside those that the graph holds itself.
    /// - Throws: `.limit` for branches too deep inside each other.
    init(
        _ graph: ONNXGraph, constants: [String: Value] = [:], matrices: [String: PackedMatrix] = [:],
        options: ProgramOptions, device: Device
    ) throws(SGCError) {
        var lifting = BranchLifting(graph, constants: Array(constants.keys) + matrices.keys)
        nodes = try lifting.lift(graph.nodes)
        self.constants = constants
        self.matrices = matrices
        inputNames = Set(graph.inputs.map(\.name))
        outputNames = Set(graph.outputs.map(\.name))
        realInputNames = graph.inputs.filter { $0.type == .float32 }.map(\.name)
        initializers = graph.initializers.merging(lifting.initializers) { own, _ in own }
        var inputShapes: [String: [ONNXValueInfo.Extent]] = [:]
        for input in graph.inputs { inputShapes[input.name] = input.shape }
        self.inputShapes = inputShapes
        self.options = options
        self.device = device
        var limits = options.limits
        limits.operations = min(limits.operations, Self.foldedOperations)
        limits.elements = min(limits.elements, Self.foldedElements)
        meter = RunMeter(limits)
    }

    /// Runs every node whose inputs are all constant, and keeps the results instead; puts branches in place whose
    /// condition is constant; drops nodes that only give a value another name.
    ///
    /// In a trainable program weights are not constant: only what is computed from numbers in plain memory is folded.
    mutating func fold() throws(SGCError) {
        for name in initializers.keys.sorted() {
            guard let tensor = initializers[name] else { continue }
            do {
                constants[name] = try tensor.value(on: device)
            } catch {
                throw error.within("initializer \"\(name)\"")
            }
        }
        initializers = [:]
        for name in constants.keys.sorted() {
            if let value = constants[name] { allowPasses(over: value) }
        }
        var remaining: [ONNXNode] = []
        // The next node is the last of the list, so that a branch can be put in place.
        var pending: [ONNXNode] = nodes.reversed()
        while var node = pending.popLast() {
            if node.inputs.contains(where: { aliases[$0] != nil }) { node.rename(aliases) }
            if let inputs = constantInputs(of: node) {
                if try !fold(node, inputs) { remaining.append(node) }
            } else if let array = try fixedShape(node) {
                constants[node.outputs[0]] = .host(array)
            } else if let branch = try chosenBranch(of: node) {
                try Program.checkOperators(of: branch)
                pending += branch.reversed()
            } else if isAlias(node) {
                aliases[node.outputs[0]] = node.inputs[0]
            } else {
                remaining.append(node)
            }
        }
        nodes = remaining
    }

    /// Computes a node from constants; `false` when that takes too much, or the results are too large to be kept.
    private mutating func fold(_ node: ONNXNode, _ inputs: [Value?]) throws(SGCError) -> Bool {
        let kernel = try Program.kernel(for: node)
        let given = OperatorInputs(values: inputs, device: device, precision: .float32, meter: meter)
        let results: [Value]
        do {
            results = try given.results(of: kernel)
        } catch {
            if error.code == .limit { return false }
            throw error.within(node.label)
        }
        // Numbers that the file itself stores are never too large.
        let isStored = inputs.isEmpty
        let largest = inputs.reduce(Self.foldedElements) { max($0, $1?.shape.count ?? 0) }
        let bytes = isStored ? 0 : results.reduce(0) { $0 + $1.byteCount }
        guard isStored || results.allSatisfy({ $0.shape.count <= largest }), bytes <= foldedBytes else { return false }
        foldedBytes -= bytes
        for (name, value) in zip(node.outputs, results) where !name.isEmpty {
            constants[name] = value
            if isStored { allowPasses(over: value) }
        }
        return true
    }

    /// Lets folding make values as large as one that the file stores, and go over its elements several times.
    private mutating func allowPasses(over stored: Value) {
        foldedBytes += Self.foldedPasses * stored.byteCount
        meter.limits.elements = max(meter.limits.elements, min(stored.shape.count, options.limits.elements))
        // Each pass reads and writes them.
        let operations = 2 * Double(Self.foldedPasses) * RunMeter.operations(moving: [stored])
        meter.limits.operations = min(options.limits.operations, meter.limits.operations + operations)
    }

    /// The result of `Shape` when the file fixes those extents of an input.
    private func fixedShape(_ node: ONNXNode) throws(SGCError) -> HostArray? {
        guard node.isONNX("Shape"), node.outputs.count == 1, let name = node.inputs.first,
            let extents = inputShapes[name]
        else { return nil }
        let reader = NodeReader(node)
        let range: ShapeRange
        do {
            range = ShapeRange(start: try reader.integer("start", default: 0), end: try reader.integer("end"))
        } catch {
            throw error.within(node.label)
        }
        var fixed: [Int] = []
        for extent in range.of(extents) {
            guard case .fixed(let count) = extent else { return nil }
            fixed.append(count)
        }
        return HostArray(list: fixed)
    }

    /// The nodes of the branch that `If` takes when its condition is constant; they compute the node's own outputs.
    private func chosenBranch(of node: ONNXNode) throws(SGCError) -> [ONNXNode]? {
        guard node.isBranching, let name = node.inputs.first, let condition = constants[name] else { return nil }
        var graph: ONNXGraph
        do throws(SGCError) {
            let array = try condition.constantArray()
            guard array.type == .bool, array.count == 1 else {
                throw SGCError(.format, "expected one boolean as condition, got \(array.type) \(array.shape)")
            }
            graph = try NodeReader(node).graph(array.integers[0] != 0 ? "then_branch" : "else_branch")
            guard graph.outputs.count == node.outputs.count else {
                throw SGCError(
                    .format, "a branch has \(graph.outputs.count) outputs, the node has \(node.outputs.count)")
            }
        } catch {
            throw error.within(node.label)
        }
        let own = Set(graph.nodes.flatMap(\.outputs))
        var changes = Dictionary(zip(node.captures, node.inputs)) { first, _ in first }
        var copies: [ONNXNode] = []
        for (inner, outer) in zip(graph.outputs.map(\.name), node.outputs) where !outer.isEmpty {
            if own.contains(inner), changes[inner] == nil {
                changes[inner] = outer
            } else {
                copies.append(
                    ONNXNode(
                        name: node.name, op: "Identity", domain: "", opset: node.opset,
                        inputs: [changes[inner] ?? inner], outputs: [outer], attributes: [:]))
            }
        }
        graph.rename(changes)
        return graph.nodes + copies
    }

    /// Whether a node only gives a value another name, which no output has.
    private func isAlias(_ node: ONNXNode) -> Bool {
        node.isONNX("Identity") && node.inputs.count == 1 && node.outputs.count == 1 && node.inputs[0] != ""
            && node.outputs[0] != "" && !outputNames.contains(node.outputs[0])
    }

    /// The values of a node's inputs when all are constant; `nil` otherwise.
    private func constantInputs(of node: ONNXNode) -> [Value?]? {
        var values: [Value?] = []
        for name in node.inputs {
            if name.isEmpty {
                values.append(nil)
                continue
            }
            guard let value = constants[name], value.isHost || !options.isTrainable else { return nil }
            values.append(value)
        }
        return values
    }

    /// Adds a constant that a fusion computed; returns its name, which nothing else in the graph has.
    mutating func add(_ tensor: Tensor, like name: String) -> String {
        // Collected once: fusion invents no other names.
        if takenNames.isEmpty {
            takenNames = inputNames.union(constants.keys).union(matrices.keys).union(nodes.flatMap(\.outputs))
        }
        var free = "\(name)/fused"
        while !takenNames.insert(free).inserted { free += "'" }
        constants[free] = .device(GraphTensor(tensor))
        return free
    }

    /// Applies every fusion, in order.
    mutating func fuse() throws(SGCError) {
        for fusion in Fusions.all { try fusion.apply(to: &self) }
    }

    /// Drops nodes and constants that no output depends on.
    mutating func removeUnused() {
        var used = outputNames
        var kept: [ONNXNode] = []
        for node in nodes.reversed() where node.outputs.contains(where: { used.contains($0) }) {
            used.formUnion(node.inputs)
            kept.append(node)
        }
        nodes = kept.reversed()
        for name in constants.keys.sorted() where !used.contains(name) { constants[name] = nil }
        for name in matrices.keys.sorted() where !used.contains(name) { matrices[name] = nil }
    }

    /// The matrix that a product reads as it is packed.
    func matrix(of node: ONNXNode) -> PackedMatrix? {
        guard node.op == "Linear", node.domain == OperatorRegistry.fusedDomain, node.inputs.count > 1,
            let matrix = matrices[node.inputs[1]], case .integer(let flag)? = node.attributes["transposed"],
            (flag == 1) == matrix.isTransposed
        else { return nil }
        return matrix
    }

    /// Makes plain constants of the matrices that something else than a product reads, too.
    mutating func unpackOthers() throws(SGCError) {
        var others = outputNames
        for node in nodes {
            others.formUnion(matrix(of: node) == nil ? node.inputs : [node.inputs[0]] + node.inputs.dropFirst(2))
        }
        for name in matrices.keys.sorted() where others.contains(name) {
            guard let matrix = matrices.removeValue(forKey: name) else { continue }
            constants[name] = .device(GraphTensor(try matrix.unpacked()))
        }
    }
}

/// A pattern of nodes that one faster node replaces.
protocol Fusion: Sendable {
    func apply(to draft: inout ProgramDraft) throws(SGCError)
}

/// Every fusion, in the order in which they are tried. A new one is a file and a line here.
enum Fusions {
    static let all: [any Fusion] = [
        IdentityRemoval(), LayerNormFusion(), GroupNormFusion(), ActivationFusion(), AttentionFusion(),
        BatchNormFolding(),
        LinearFusion(), ConvolutionFusion(), ConvolutionSplitting(),
    ]
}
