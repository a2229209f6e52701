package import SGCBase
package import SGCONNX
package import SGCTensor

/// A pretrained network from an ONNX file, and what is known about it: what a tokenizer learns from. Immutable.
///
/// Results are computed on the device of what goes in, so that a trainer's budget and cancellation count for them.
package final class Teacher: @unchecked Sendable {
    // Proof for @unchecked: `programs` and `grids` are touched under `gate` only; all else never changes.
    /// The ONNX file.
    package let path: String
    package let description: TeacherDescription
    package let loaded: LoadedModel
    /// Computes what the teacher teaches; where it teaches nothing, all outputs.
    let program: Program
    /// Weights of channels for each tap of a perceptual teacher, `[C]` each; empty when it has none.
    let heads: [Tensor]
    let options: ProgramOptions
    private var programs: [(names: [String], program: Program)] = []
    /// What images of the sizes that were asked for give.
    private var grids: [(width: Int, height: Int, grid: TeacherGrid)] = []
    /// One lock for all teachers: a lock per teacher may be stuck in a forked child.
    private static let gate = ForkSafeLock(())
    /// Programs and grids that were asked for; the oldest are forgotten first.
    private static let kept = 8

    /// Loads the network `path` and the description beside it, which has the same name with `.json` for `.onnx`.
    ///
    /// - Throws: what the import throws; `.argument`, `.format` naming the description, `.unsupported`, `.mismatch`.
    package static func load(path: String, options: EngineOptions = EngineOptions()) throws(SGCError) -> Teacher {
        let model = try ModelImport.load(path: path)
        let beside = descriptionPath(path)
        let description: TeacherDescription
        if try File.exists(beside) {
            do {
                description = try TeacherDescription(File.readJSON(beside), graph: model.graph)
            } catch {
                throw error.code == .io || error.code == .path ? error : error.within(shown(beside))
            }
        } else {
            description = try TeacherDescription(.object(JSONObject()), graph: model.graph)
        }
        return try Teacher(model, description: description, path: path, options: options)
    }

    /// - Parameters:
    ///   - path: where the model came from: for messages, and for the files that the description names.
    /// - Throws: `.unsupported` naming the operators that are missing, `.mismatch` when graph and description do not fit.
    package init(
        _ model: consuming ONNXModel, description: TeacherDescription, path: String, options: EngineOptions
    ) throws(SGCError) {
        self.path = path
        self.description = description
        let settings = options.programOptions
        self.options = settings
        try Self.check(description, fits: model.graph)
        let outputs = model.graph.outputs.map(\.name)
        loaded = try LoadedModel(model, precision: settings.precision, device: options.makeDevice())
        heads = try Self.readHeads(description, beside: path, on: loaded.device)
        let names: [String]
        switch description.kind {
        case .text, .graph: names = outputs
        case .perceptual: names = description.taps
        case .segmentation, .features: names = [description.output]
        }
        program = try loaded.program(computing: names, options: settings)
        if description.takesImages, let other = program.inputs.first(where: { $0.name != description.input }) {
            throw SGCError(
                .mismatch,
                "teacher: expected values that depend on \(quoted(description.input)) alone, they need "
                    + "\(quoted(other.name)), too")
        }
    }

    /// Where the weights are.
    package var device: Device { loaded.device }

    /// Tells networks apart.
    package var fingerprint: String { loaded.fingerprint }

    /// `street.onnx` -> `street.json`.
    package static func descriptionPath(_ path: String) -> String {
        path.hasSuffix(".onnx") ? path.dropLast(5) + ".json" : path + ".json"
    }

    /// Computes `names`, outputs or any values inside the graph, from the inputs that they depend on.
    ///
    /// - Parameters:
    ///   - inputs: by name; those that `names` do not depend on are not looked at.
    ///   - device: where to compute.
    /// - Throws: `.argument` for a missing or unknown name, `.mismatch` for an input of another type or shape than the
    ///   graph has, what the operators throw.
    package func evaluate(
        _ inputs: [String: ONNXTensor], wanting names: [String], on device: Device? = nil
    ) throws(SGCError) -> [ONNXTensor] {
        for name in inputs.keys.sorted() where !loaded.model.graph.inputs.contains(where: { $0.name == name }) {
            let known = loaded.model.graph.inputs.map { quoted($0.name) }.joined(separator: ", ")
            throw SGCError(.argument, "the graph has no input \(quoted(name)); it has \(known)")
        }
        let program = try program(computing: names)
        var values: [String: Value] = [:]
        for info in program.inputs {
            guard let tensor = inputs[info.name] else { continue }
            do { values[info.name] = try tensor.value(on: device ?? loaded.device) } catch {
                throw error.within("input \(quoted(info.name))")
            }
        }
        let results = try program.run(values, wanting: names)
        var tensors: [ONNXTensor] = []
        for (name, value) in zip(names, results) {
            let declared = loaded.model.graph.outputs.first { $0.name == name }?.type
            do { tensors.append(try value.stored(as: declared)) } catch { throw error.within("value \(quoted(name))") }
        }
        return tensors
    }

    /// The program that computes exactly these values, made at the first use.
    private func program(computing names: [String]) throws(SGCError) -> Program {
        if names == program.outputs.map(\.name) { return program }
        if let known = Self.gate.withLock({ _ in programs.first { $0.names == names }?.program }) { return known }
        let made = try loaded.program(computing: names, options: options)
        Self.gate.withLock { _ in
            if programs.count >= Self.kept { programs.removeFirst() }
            programs.append((names, made))
        }
        return made
    }

    /// The grid that ``remember(_:width:height:)`` was told.
    func knownGrid(width: Int, height: Int) -> TeacherGrid? {
        Self.gate.withLock { _ in grids.first { $0.width == width && $0.height == height }?.grid }
    }

    func remember(_ grid: TeacherGrid, width: Int, height: Int) {
        Self.gate.withLock { _ in
            if grids.count >= Self.kept { grids.removeFirst() }
            grids.append((width, height, grid))
        }
    }

    private static func check(_ description: TeacherDescription, fits graph: ONNXGraph) throws(SGCError) {
        guard description.takesImages else { return }
        let names = graph.inputs.map { quoted($0.name) }.joined(separator: ", ")
        guard let input = graph.inputs.first(where: { $0.name == description.input }) else {
            throw SGCError(
                .mismatch, "teacher: expected an input \(quoted(description.input)), the graph has \(names)")
        }
        guard input.type.isReal, let shape = input.shape, shape.count == 4, shape[1].mayBe(3) else {
            throw SGCError(
                .mismatch,
                "teacher: expected an input [N, 3, H, W] of real numbers, got \(input.type) \(input.shapeText)")
        }
        guard description.kind != .perceptual else { return }
        guard let output = graph.outputs.first(where: { $0.name == description.output }), let shape = output.shape
        else {
            return
        }
        let ranks = description.kind == .segmentation ? 3...4 : 2...4
        guard ranks.contains(shape.count) else {
            throw SGCError(
                .mismatch,
                "teacher: expected an output of rank \(ranks.lowerBound) to \(ranks.upperBound) for "
                    + "\(description.kind.rawValue), got \(quoted(output.name)) \(output.shapeText)")
        }
    }
}

extension ONNXValueInfo.Extent {
    /// Whether a run may have this extent.
    func mayBe(_ extent: Int) -> Bool {
        if case .fixed(let count) = self { return count == extent }
        return true
    }
}
