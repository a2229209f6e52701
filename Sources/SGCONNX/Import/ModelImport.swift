import COnnx
package import SGCBase

/// From an ONNX file to an ``ONNXModel``.
///
/// The bytes are looked through (``WireScan``), parsed by libonnx, read and judged by this code whatever their version, and
/// then by libonnx's checker where it knows the version.
package enum ModelImport {
    /// The versions of the file format (IR) that are read.
    package static let irVersions: ClosedRange<Int64> = 3...11

    /// Whether the operator `op` of `domain` can run at version `opset` of the domain's operator set.
    package typealias Knowledge = (_ op: String, _ domain: String, _ opset: Int) -> Bool

    /// Reads the model at `path`, and the files below its directory that it refers to.
    ///
    /// - Parameter known: Asked about every node; all operators that cannot run are named in one error.
    /// - Throws: `.io`, `.path`, `.truncated`, `.format`, `.limit`, `.unsupported`, `.outOfMemory`.
    package static func load(
        path: String, limits: ImportLimits = ImportLimits(), known: @escaping Knowledge = { _, _, _ in true }
    ) throws(SGCError) -> ONNXModel {
        // The bytes are gone before the tensors come.
        let parsed = try parse(path: path, limits)
        do {
            return try read(parsed, path: path, limits: limits, known: known)
        } catch {
            throw error.within(shown(path))
        }
    }

    /// Reads a model from memory, which may not refer to files.
    ///
    /// - Parameter known: As above.
    /// - Throws: `.path` for a reference to a file, `.truncated`, `.format`, `.limit`, `.unsupported`, `.outOfMemory`.
    package static func load(
        _ bytes: consuming [UInt8], limits: ImportLimits = ImportLimits(),
        known: @escaping Knowledge = { _, _, _ in true }
    ) throws(SGCError) -> ONNXModel {
        do {
            return try read(parse(bytes, limits), path: nil, limits: limits, known: known)
        } catch {
            throw error.within("ONNX model")
        }
    }

    private static func parse(path: String, _ limits: ImportLimits) throws(SGCError) -> ParsedModel {
        let bytes = try File.read(path, limit: min(limits.fileBytes, Int(Int32.max)))
        do {
            return try parse(bytes, limits)
        } catch {
            throw error.within(shown(path))
        }
    }

    private static func parse(_ bytes: [UInt8], _ limits: ImportLimits) throws(SGCError) -> ParsedModel {
        try WireScan.check(bytes, limits: limits)
        return try ParsedModel(parsing: bytes)
    }

    private static func read(
        _ parsed: ParsedModel, path: String?, limits: ImportLimits, known: @escaping Knowledge
    ) throws(SGCError) -> ONNXModel {
        var info = unsafe connx_model_info()
        unsafe connx_model_read(parsed.handle, &info)
        let irVersion = unsafe info.ir_version
        guard irVersions.contains(irVersion) else {
            throw SGCError(
                .unsupported,
                "expected version \(irVersions.lowerBound) to \(irVersions.upperBound) of the file format (ir_version), got \(irVersion)"
            )
        }
        guard unsafe info.training == 0 else {
            throw SGCError(.unsupported, "models with training information are not supported")
        }
        let opsets = try unsafe OperatorSets.read((0..<info.opsets).map { unsafe connx_model_opset(parsed.handle, $0) })
        try OperatorSets.requireDefault(opsets)
        // The handle lives as long as `parsed`.
        guard let handle = unsafe info.graph else { throw SGCError(.format, "expected a graph") }
        var reader = GraphReader(
            limits: limits, tensors: TensorReader(limits: limits, external: ExternalData(model: path)))
        let functions = try reader.functions(of: parsed, count: unsafe info.functions)
        let source = try unsafe reader.graph(handle, in: .model, place: "graph")
        var inlining = try FunctionInlining(functions, opsets: opsets, limits: limits, known: known)
        let graph = try inlining.run(source)
        try GraphValidation.check(graph)
        try inlining.unsupported.check()
        try OperatorSets.checkDomains(opsets, functions: functions)
        let metadata = try parsed.metadata(count: unsafe info.metadata)
        let producer = [
            try unsafe info.producer_name.string("producer_name"),
            try unsafe info.producer_version.string("producer_version"),
        ]
        if irVersion <= CONNX_CHECKED_IR, opsets["", default: .max] <= CONNX_CHECKED_OPSET { try parsed.check() }
        return ONNXModel(
            irVersion: Int(irVersion), opsets: opsets, producer: producer.filter { !$0.isEmpty }.joined(separator: " "),
            metadata: metadata, graph: graph, notes: reader.tensors.external.notes)
    }
}
