package import SGCBase
package import SGCTensor

/// A model with its weights on a device, from which programs are made: one for each choice of values that somebody wants.
///
/// Programs share the weights, save what was folded or packed for one of them.
package final class LoadedModel: Sendable {
    /// The model as imported, without the weights.
    package let model: ONNXModel
    package let device: Device
    /// Numbers in the weights.
    package let parameterCount: Int
    /// Tells networks apart: a digest of the nodes, and of names, shapes and the first bytes of the weights.
    package let fingerprint: String
    private let weights: [String: Value]
    /// Weights of which only the form that products read is left.
    private let matrices: [String: PackedMatrix]

    /// Bytes of each weight that count in the fingerprint: enough to tell one training from another.
    private static let digestedBytes = 1024

    /// - Parameters:
    ///   - model: is used up: its weights go to the device one by one, so that they are never all there twice.
    ///   - precision: of products; matrices that nothing else reads are kept in it alone, as products read them.
    /// - Throws: `.unsupported` for weights that are strings or complex numbers, `.outOfMemory`.
    package init(_ model: consuming ONNXModel, precision: DataType, device: Device) throws(SGCError) {
        var weights: [String: Value] = [:]
        var matrices: [String: PackedMatrix] = [:]
        var count = 0
        var digest = SHA256()
        for node in model.graph.nodes {
            digest.update(Array("\(node.domain).\(node.op) \(node.inputs) \(node.outputs)".utf8))
        }
        let factors = model.graph.factors
        for name in model.graph.initializers.keys.sorted() {
            guard let tensor = model.graph.initializers.removeValue(forKey: name) else { continue }
            if tensor.type.isReal { count += tensor.shape.count }
            digest.update(
                Array("\(name) \(tensor.type) \(tensor.shape)".utf8) + tensor.bytes.prefix(Self.digestedBytes))
            do throws(SGCError) {
                let value = try tensor.value(on: device)
                if let isTransposed = factors[name], case .device(let matrix) = value, matrix.rank == 2 {
                    matrices[name] = try matrix.natural().packed(isTransposed: isTransposed, for: precision)
                } else {
                    weights[name] = value
                }
            } catch {
                throw error.within("initializer \"\(name)\"")
            }
        }
        // What the plain matrices left behind.
        device.memory.releaseCache()
        self.model = model
        self.weights = weights
        self.matrices = matrices
        self.device = device
        parameterCount = count
        fingerprint = digest.hexDigest()
    }

    /// A program that computes `names`, which may be outputs or any value inside the graph, and needs no other input
    /// than those that they depend on.
    ///
    /// - Throws: `.argument` for a name that is no value of the graph; what ``Program`` throws.
    package func program(computing names: [String], options: ProgramOptions) throws(SGCError) -> Program {
        let graph = try model.graph.restricted(to: names, known: Set(weights.keys).union(matrices.keys))
        return try Program(graph, weights: weights, matrices: matrices, options: options, device: device)
    }
}

extension ONNXGraph {
    /// The part of the graph that `names` depend on, with them as its outputs.
    ///
    /// - Parameter known: values that are there without a node: weights.
    /// - Throws: `.argument` for a name that is no value of the graph.
    func restricted(to names: [String], known: Set<String>) throws(SGCError) -> ONNXGraph {
        var result = self
        let produced = Set(nodes.flatMap(\.outputs)).union(inputs.map(\.name)).union(known)
        var needed: Set<String> = []
        for name in names {
            guard !name.isEmpty, produced.contains(name) else {
                let advice = nearest(to: name, among: outputs.map(\.name)).map { "; did you mean \(quoted($0))?" } ?? ""
                throw SGCError(.argument, "the graph has no value \(quoted(name))\(advice)")
            }
            needed.insert(name)
        }
        result.outputs = names.map { name in
            (outputs + inputs).first { $0.name == name } ?? ONNXValueInfo(name: name, type: .float32, shape: nil)
        }
        var kept: [ONNXNode] = []
        for node in nodes.reversed() where node.outputs.contains(where: { needed.contains($0) }) {
            needed.formUnion(node.references)
            kept.append(node)
        }
        result.nodes = kept.reversed()
        result.inputs = inputs.filter { needed.contains($0.name) }
        return result
    }
}

extension ONNXGraph {
    /// The weights that matrix products read as their second factor and nothing else reads at all, and whether they are
    /// transposed.
    fileprivate var factors: [String: Bool] {
        var found: [String: Bool] = [:]
        var others = Set(outputs.map(\.name))
        for node in nodes {
            var names = node.references
            if let isTransposed = node.isLinearProduct, node.inputs.filter({ $0 == node.inputs[1] }).count == 1 {
                let name = node.inputs[1]
                names.remove(name)
                if found.updateValue(isTransposed, forKey: name) ?? isTransposed != isTransposed { others.insert(name) }
            }
            others.formUnion(names)
        }
        return found.filter { !others.contains($0.key) }
    }
}

extension ONNXNode {
    /// The values that the node depends on: its inputs, and what the branches of an `If` take from around them.
    var references: Set<String> {
        var names: Set<String> = []
        for node in withInner {
            names.formUnion(node.inputs)
            for (_, graph) in node.branches { names.formUnion(graph.outputs.map(\.name)) }
        }
        names.remove("")
        return names
    }
}
