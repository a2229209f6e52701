import COnnx
import SGCBase

/// Versions of operator sets, by domain.
enum OperatorSets {
    /// The two names of ONNX's own domain as one.
    static func normalized(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }

    /// Reads declarations.
    /// - Throws: `.unsupported` for versions below 1 and domains that are declared twice.
    static func read(_ declared: [connx_opset]) throws(SGCError) -> [String: Int] {
        var versions: [String: Int] = [:]
        for index in unsafe declared.indices {
            let opset = unsafe declared[index]
            // The model whose declarations these are is alive.
            let name = try unsafe opset.domain.string("operator set")
            let domain = normalized(name)
            let version = unsafe opset.version
            guard version >= 1 else {
                throw SGCError(.unsupported, "domain \(quoted(name)): expected a version of at least 1, got \(version)")
            }
            // "" and "ai.onnx" may both be there when they agree.
            if let known = versions[domain], name == domain || known != Int(version) {
                throw SGCError(.unsupported, "domain \(quoted(name)): expected one version, got several")
            }
            versions[domain] = Int(version)
        }
        return versions
    }

    /// - Throws: `.unsupported` when the version of ONNX's own operators is one that the library does not read.
    static func requireDefault(_ versions: [String: Int]) throws(SGCError) {
        let range = OperatorRegistry.opsets
        guard let version = versions[""], range.contains(version) else {
            throw SGCError(
                .unsupported,
                "expected version \(range.lowerBound) to \(range.upperBound) of ONNX's operators (opset_import), got \(versions[""].map(String.init) ?? "none")"
            )
        }
    }

    /// Refuses declarations of domains that nobody can know. Exporters declare some that no node uses.
    /// - Throws: `.unsupported`.
    static func checkDomains(_ versions: [String: Int], functions: [SourceFunction]) throws(SGCError) {
        let own = Set(functions.map(\.key.domain))
        for domain in versions.keys.sorted() where !domain.isEmpty && !own.contains(domain) {
            let isKnown = knownDomains.contains { domain == $0 || domain.hasPrefix($0 + ".") }
            guard isKnown else { throw SGCError(.unsupported, "the domain \(quoted(domain)) is not supported") }
        }
    }

    /// ONNX's other domains, those of ONNX Runtime, and those that PyTorch leaves behind when it has inlined functions.
    private static let knownDomains = [
        "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview", "com.microsoft", "com.ms", "org.pytorch", "pkg",
    ]
}
