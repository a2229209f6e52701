/// How an operator is made from a node.
package struct OperatorDefinition: Sendable {
    package let name: String
    package let domain: String
    /// The versions of the domain's operator set by which `make` reads a node.
    package let opsets: ClosedRange<Int>
    /// Inputs that a node must have before fusion looks at it; kernels check the rest.
    package let leastInputs: Int
    /// Checks the attributes and returns what runs.
    package let make: KernelMaker

    /// - Parameter opsets: all that the library reads unless the operator came later.
    package init(
        _ name: String, domain: String = "", opsets: ClosedRange<Int> = OperatorRegistry.opsets,
        leastInputs: Int = 1, make: @escaping KernelMaker
    ) {
        self.name = name
        self.domain = domain
        self.opsets = opsets
        self.leastInputs = leastInputs
        self.make = make
    }
}

/// Every operator that a graph may contain. A new family is one file with a list, and one line here.
package enum OperatorRegistry {
    /// The versions of the default operator set that the library reads.
    package static let opsets = 11...22
    /// The domain of operators that fusion makes; no file can name it.
    package static let fusedDomain = "sgc"

    private static let families: [[OperatorDefinition]] = [
        activations,
        arithmetic,
        blocks,
        branching,
        choice,
        comparison,
        convTranspose,
        conversion,
        convolution,
        dropout,
        einsum,
        gathering,
        generation,
        gridSampling,
        logic,
        matrixProduct,
        normalization,
        padding,
        pooling,
        powersAndExtremes,
        quantization,
        reductions,
        regions,
        repetition,
        reshaping,
        resize,
        responseNormalization,
        runningSum,
        scattering,
        selection,
        slicing,
        splitConvolution,
        softmax,
        unaryFunctions,
        uniqueness,
        fused,
    ]

    private struct Key: Hashable {
        let domain: String, name: String
    }

    private static let table: [Key: [OperatorDefinition]] = {
        var table: [Key: [OperatorDefinition]] = [:]
        for definition in families.joined() {
            table[Key(domain: definition.domain, name: definition.name), default: []].append(definition)
        }
        return table
    }()

    /// The definition that reads `name` of `domain` at version `opset`; `nil` when there is none.
    package static func definition(_ name: String, domain: String, opset: Int) -> OperatorDefinition? {
        let domain = domain == "ai.onnx" ? "" : domain
        return table[Key(domain: domain, name: name)]?.first { $0.opsets.contains(opset) }
    }

    /// All names of the default domain, sorted.
    package static var names: [String] { table.keys.filter { $0.domain.isEmpty }.map(\.name).sorted() }
}
