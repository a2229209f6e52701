import SGCBase
import SGCTensor

/// A graph while it is being made ready: constants are folded, patterns are replaced, what nobody uses is dropped.
struct ProgramDraft {
    var nodes: [ONNXNode]
    /// Values that are known before any run, by name.
    var constants: [String: Value]
    /// Names that must remain: what a run is given, and what it returns.
    let inputNames: Set<String>
    let outputNames: Set<String>
    /// Inputs that hold real numbers.
    let realInputNames: [String]
    let options: ProgramOptions
    let device: Device
    private var initializers: [String: ONNXTensor]

    /// Elements above which a folded result must not exceed what it was computed from.
    private static let foldedElements = 1 << 20

    init(_ graph: ONNXGraph, options: ProgramOptions, device: Device) {
        nodes = graph.nodes
        constants = [:]
        inputNames = Set(graph.inputs.map(\.name))
        outputNames = Set(graph.outputs.map(\.name))
        realInputNames = graph.inputs.filter { $0.type == .float32 }.map(\.name)
        initializers = graph.initializers
        self.options = options
        self.device = device
    }

    /// Runs every node whose inputs are all constant, and keeps the results instead.
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
        var remaining: [ONNXNode] = []
        for node in nodes {
            guard let inputs = constantInputs(of: node) else {
                remaining.append(node)
                continue
            }
            let kernel = try Program.kernel(for: node)
            let results: [Value]
            do {
                results = try kernel(
                    OperatorInputs(values: inputs, device: device, precision: .float32, limits: options.limits))
            } catch {
                throw error.within(node.label)
            }
            let largest = inputs.reduce(Self.foldedElements) { max($0, $1?.shape.count ?? 0) }
            guard results.allSatisfy({ $0.shape.count <= largest }) else {
                remaining.append(node)
                continue
            }
            for (name, value) in zip(node.outputs, results) where !name.isEmpty { constants[name] = value }
        }
        nodes = remaining
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
    }
}

/// A pattern of nodes that one faster node replaces.
protocol Fusion: Sendable {
    func apply(to draft: inout ProgramDraft) throws(SGCError)
}

/// Every fusion, in the order in which they are tried. A new one is a file and a line here.
enum Fusions {
    static let all: [any Fusion] = [
        IdentityRemoval(), LayerNormFusion(), ActivationFusion(), AttentionFusion(), BatchNormFolding(),
        LinearFusion(), ConvolutionFusion(),
    ]
}
