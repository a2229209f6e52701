import SGCBase
import SGCONNX
import SGCTensor
import SGCTokenizer

/// What can be known of a network before anybody trains with it.
struct TeacherProbe {
    let path: String
    let model: ONNXModel
    /// What the graph has and the library has not.
    let unsupported: [UnsupportedOperator]
    /// `nil` when the network cannot run.
    private(set) var teacher: Teacher?
    private(set) var cost: TeacherCost?
    /// Of the fastest of some runs after a first one.
    private(set) var seconds: Double?
    /// Of the same run by operator, the largest first.
    private(set) var operatorSeconds: [(op: String, seconds: Double)] = []
    private(set) var peakBytes = 0
    /// Why the network cannot run.
    private(set) var problem: SGCError?
    private let width: Int, height: Int

    /// - Throws: `.io`, `.format`, … for a file that is none; what cannot run is no error but ``problem``.
    init(_ path: String, width: Int, height: Int, isTimed: Bool, engine: EngineOptions) throws(SGCError) {
        self.path = path
        (self.width, self.height) = (width, height)
        model = try ModelImport.load(path: path)
        unsupported = ModelImport.unsupported(in: model) { op, domain, opset in
            OperatorRegistry.definition(op, domain: domain, opset: opset) != nil
        }
        do throws(SGCError) {
            let loaded = try Teacher.load(path: path, options: engine)
            teacher = loaded
            cost = try loaded.cost(height: height, width: width)
            guard isTimed else { return }
            _ = try loaded.rehearse(height: height, width: width)
            loaded.device.memory.resetPeak()
            for _ in 0..<3 {
                try Interruption.cancellation.check()
                let times = try loaded.rehearse(height: height, width: width)
                let total = times.reduce(0) { $0 + $1.seconds }
                guard total < seconds ?? .infinity else { continue }
                (seconds, operatorSeconds) = (total, times)
            }
            peakBytes = loaded.device.memory.peakBytes
        } catch {
            guard error.code != .cancelled, error.code != .io else { throw error }
            problem = error
        }
    }

    private var parameters: Int {
        model.graph.initializers.values.reduce(0) { $0 + ($1.type.isReal ? $1.shape.count : 0) }
    }

    var json: JSONValue {
        get throws(SGCError) {
            var object = JSONObject()
            object["file"] = .string(path)
            object["producer"] = .string(model.producer)
            object["ir_version"] = JSONValue(model.irVersion)
            var opsets = JSONObject()
            for domain in model.opsets.keys.sorted() {
                opsets[domain.isEmpty ? "ai.onnx" : domain] = model.opsets[domain].map { JSONValue($0) }
            }
            object["opsets"] = .object(opsets)
            object["inputs"] = .array(model.graph.inputs.map(\.json))
            object["outputs"] = .array(model.graph.outputs.map(\.json))
            object["parameters"] = JSONValue(parameters)
            object["nodes"] = JSONValue(model.graph.nodes.count)
            object["operators"] = .object(model.graph.operatorCounts)
            object["unsupported"] = .array(unsupported.map { .string($0.description) })
            object["notes"] = .array(model.notes.map { .string($0) })
            if let teacher { object["description"] = try teacher.description.json() }
            if let cost {
                object["image"] = .string("\(width)x\(height)")
                object["gflop"] = .number(cost.total / 1e9)
                object["operations"] = .object(cost.operations.map { ($0.op, .number($0.count)) })
                object["values"] = .array(
                    cost.taps.map {
                        [
                            "name": .string($0.name), "op": .string($0.op),
                            "shape": .array($0.shape.map { JSONValue($0) }),
                        ]
                    })
            }
            if let seconds {
                object["seconds"] = .number(seconds)
                object["gflop_per_second"] = .number((cost?.total ?? 0) / 1e9 / max(1e-9, seconds))
                object["peak_memory_bytes"] = JSONValue(peakBytes)
                object["operator_seconds"] = .object(operatorSeconds.map { ($0.op, .number($0.seconds)) })
            }
            if let problem { object["problem"] = .string(problem.message) }
            return .object(object)
        }
    }

    func text(withValues: Bool) -> String {
        var rows = [("file", path), ("producer", model.producer)]
        let opsets = model.opsets.keys.sorted().map { "\($0.isEmpty ? "ai.onnx" : $0) \(model.opsets[$0] ?? 0)" }
        rows.append(("operator sets", opsets.joined(separator: ", ") + ", IR \(model.irVersion)"))
        for info in model.graph.inputs { rows.append(("input", "\(info.name) \(info.type) \(info.shapeText)")) }
        for info in model.graph.outputs { rows.append(("output", "\(info.name) \(info.type) \(info.shapeText)")) }
        if let description = teacher?.description {
            rows.append(("kind", description.kind.rawValue))
            if description.takesImages {
                rows.append(("teaches with", "\(description.input) -> \(description.output)"))
            }
            if !description.classes.isEmpty { rows.append(("classes", description.classes.joined(separator: ", "))) }
        }
        rows.append(("parameters", countText(Double(parameters))))
        let operators = model.graph.operatorCounts.members.map { "\($0.key) \($0.value.summary)" }
        rows.append(("operators", operators.joined(separator: ", ")))
        for item in unsupported { rows.append(("unsupported", item.description)) }
        for note in model.notes { rows.append(("note", note)) }
        if let cost {
            let parts = cost.operations.map { "\($0.op) \(compact($0.count / 1e9))" }.joined(separator: ", ")
            rows.append(("cost for \(width)x\(height)", "\(compact(cost.total / 1e9)) GFLOP (\(parts))"))
        }
        if let seconds {
            let rate = (cost?.total ?? 0) / 1e9 / max(1e-9, seconds)
            rows.append(("timed run", "\(compact(seconds * 1e3)) ms, \(compact(rate)) GFLOP/s"))
            // What takes less than a hundredth is not worth a look.
            let shares = operatorSeconds.filter { $0.seconds >= 0.01 * seconds }
            let parts = shares.map { "\($0.op) \(compact(100 * $0.seconds / max(1e-9, seconds))) %" }
            rows.append(("time by operator", parts.joined(separator: ", ")))
            rows.append(("peak memory", byteText(Double(peakBytes))))
        }
        if let problem { rows.append(("problem", problem.message)) }
        let taps = withValues ? cost?.taps ?? [] : []
        return table(rows) + table(taps.map { ($0.name, "\($0.op) \($0.shape)") })
    }
}
