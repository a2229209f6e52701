package import SGCBase
import SGCNN
package import SGCTensor

/// The files of a model: configuration, weights, how pixels go in, and what the codes stand for.
///
/// 1. `config.json`: `{"format": "libsgc-model", "version": 1, "model": {…}, "quantizer": {…}}`.
/// 2. `model.safetensors`: float32 weights, names as taming-transformers, convolutions OIHW, a SHA-256 per tensor.
/// 3. `preprocessor.json`: how pixels become numbers, for other programs; this library knows it.
/// 4. `semantics.json`: the classes with their colors, and per code `[class, hits, class, hits, …]`.
enum ModelDirectory {
    static let format = "libsgc-model"
    static let version = 1
    static let marker = "config.json"
    private static let weights = "model.safetensors"
    private static let semantics = "semantics.json"

    /// Writes a model; what the directory held before is kept until the new one is complete.
    static func write(
        _ directory: String, model: TokenizerModel, values: [Parameter], configuration: TokenizerConfiguration,
        semantics: CodeSemantics
    ) throws(SGCError) {
        try DirectoryGenerations.replace(directory, marker: marker) { (path) throws(SGCError) in
            try WeightsFile.write(
                values.filter(\.isExported).map { WeightsFile.Entry($0.name, $0) }, to: "\(path)/\(weights)",
                metadata: [("format", format)])
            try writeJSON(preprocessor(configuration), to: "\(path)/preprocessor.json")
            try writeJSON(json(semantics), to: "\(path)/\(Self.semantics)")
            var config = JSONObject()
            config["format"] = .string(format)
            config["version"] = JSONValue(version)
            try writeJSON(JSONValue.object(config).merged(with: configuration.json()), to: "\(path)/\(marker)")
        }
    }

    /// Reads a model.
    ///
    /// - Throws: `.io`, `.format`, `.truncated`, `.checksum`, `.mismatch` (naming tensors), `.numeric`, `.unsupported`
    ///   for a newer version.
    static func read(_ directory: String, device: Device, options: EngineOptions) throws(SGCError) -> Tokenizer {
        let path = try DirectoryGenerations.newest(of: directory)
        let configuration = try readConfiguration(path)
        let model = try TokenizerModel(
            configuration.model, quantizer: configuration.quantizer, device: device, random: nil)
        try WeightsFile.read(
            model.parameters.filter(\.isExported).map { WeightsFile.Entry($0.name, $0) }, from: "\(path)/\(weights)")
        return try Tokenizer(
            model, configuration: configuration,
            semantics: try readSemantics(path, codebookSize: configuration.quantizer.codebookSize),
            precision: options.precision, tileSize: options.tileSize)
    }

    /// `config.json` of a model directory.
    static func readConfiguration(_ path: String) throws(SGCError) -> TokenizerConfiguration {
        var reader = try JSONReader(File.readJSON("\(path)/\(marker)"), path: "")
        let format = try reader.string("format")
        guard format == Self.format else {
            throw SGCError(.format, "\(path)/\(marker): expected the format \(Self.format), got \(quoted(format))")
        }
        let version = try reader.integer("version", range: 1 ... .max)
        guard version <= Self.version else {
            throw SGCError(
                .unsupported, "\(path)/\(marker): expected version \(Self.version) or older, got \(version)")
        }
        do throws(SGCError) {
            var configuration = TokenizerConfiguration()
            configuration.model = try ModelConfiguration(reader.object("model"))
            configuration.quantizer = try QuantizerConfiguration(reader.object("quantizer"))
            try reader.finish()
            return configuration
        } catch {
            throw error.within("\(path)/\(marker)")
        }
    }

    private static func preprocessor(_ configuration: TokenizerConfiguration) -> JSONValue {
        [
            "color": "RGB", "layout": "NHWC", "scale": .number(1 / 127.5), "shift": -1,
            "size_divisor": JSONValue(configuration.model.downsamplingFactor), "padding": "replicate_right_bottom",
        ]
    }

    private static func json(_ semantics: CodeSemantics) -> JSONValue {
        let classes = semantics.classes.map { item -> JSONValue in
            ["name": .string(item.name), "color": .array((0..<3).map { JSONValue(Int(item.color[$0])) })]
        }
        let count = semantics.classes.count
        let codes = count == 0 ? 0 : semantics.histogram.count / count
        let rows = (0..<codes).map { code -> JSONValue in
            var row: [JSONValue] = []
            for c in 0..<count where semantics.histogram[code * count + c] > 0 {
                row.append(JSONValue(c))
                row.append(JSONValue(semantics.histogram[code * count + c]))
            }
            return .array(row)
        }
        return ["classes": .array(classes), "histogram": .array(rows)]
    }

    private static func readSemantics(_ path: String, codebookSize: Int) throws(SGCError) -> CodeSemantics {
        let limits = JSONLimits(bytes: 256 << 20, depth: 4, keys: 1 << 20)
        var reader = try JSONReader(File.readJSON("\(path)/\(semantics)", limits: limits), path: semantics)
        var classes: [SemanticClass] = []
        for var item in try reader.objects("classes", count: 0...65_535) {
            let color = try item.integers("color", count: 3...3, range: 0...255)
            classes.append(
                SemanticClass(
                    name: try item.string("name"), color: [UInt8(color[0]), UInt8(color[1]), UInt8(color[2])]))
            try item.finish()
        }
        var histogram = [Float](repeating: 0, count: codebookSize * classes.count)
        guard case .array(let rows) = reader.value("histogram") ?? [],
            rows.count == (classes.isEmpty ? 0 : codebookSize)
        else {
            throw SGCError(.mismatch, "\(path)/\(semantics): expected a histogram of \(codebookSize) codes")
        }
        for (code, row) in rows.enumerated() {
            guard case .array(let pairs) = row, pairs.count % 2 == 0 else {
                throw SGCError(.format, "\(path)/\(semantics): expected pairs of class and hits for code \(code)")
            }
            for i in stride(from: 0, to: pairs.count, by: 2) {
                guard case .integer(let c) = pairs[i], c >= 0, c < classes.count, let hits = number(pairs[i + 1]) else {
                    throw SGCError(.format, "\(path)/\(semantics): expected a class and its hits for code \(code)")
                }
                histogram[code * classes.count + Int(c)] = hits
            }
        }
        try reader.finish()
        return try CodeSemantics(classes: classes, histogram: histogram, codebookSize: codebookSize)
    }

    private static func number(_ value: JSONValue) -> Float? {
        switch value {
        case .integer(let n): Float(n)
        case .number(let n): Float(n)
        default: nil
        }
    }
}

/// Writes JSON for people and programs: indented, with a line end.
func writeJSON(_ value: JSONValue, to path: String) throws(SGCError) {
    try AtomicFile.write(path, text: value.serialized(.pretty))
}

extension Tokenizer {
    /// Loads the model in `directory`.
    ///
    /// - Throws: `.argument` for tiles too small for their margins; see ``ModelDirectory``: `.io`, `.format`, `.truncated`, `.checksum`, `.mismatch`, `.numeric`,
    ///   `.unsupported`, `.outOfMemory`.
    package static func load(directory: String, options: EngineOptions = EngineOptions()) throws(SGCError) -> Tokenizer
    {
        try load(directory: directory, device: options.makeDevice(), options: options)
    }

    /// As ``load(directory:options:)``, onto a device of the caller's.
    package static func load(directory: String, device: Device, options: EngineOptions) throws(SGCError) -> Tokenizer {
        try ModelDirectory.read(directory, device: device, options: options)
    }

    /// Writes the model with what `semantics` says of its codes (its own when `nil`).
    package func save(directory: String, semantics: CodeSemantics? = nil) throws(SGCError) {
        try ModelDirectory.write(
            directory, model: model, values: model.parameters, configuration: configuration,
            semantics: semantics ?? self.semantics)
    }

    /// The configuration, the classes and the cost of the model as JSON.
    package func information() throws(SGCError) -> String {
        var object = JSONObject()
        object["format"] = .string(ModelDirectory.format)
        object["version"] = JSONValue(ModelDirectory.version)
        object["downsampling_factor"] = JSONValue(downsamplingFactor)
        object["codebook_size"] = JSONValue(codebookSize)
        object["code_dimension"] = JSONValue(codeDimension)
        object["parameters"] = JSONValue(
            model.parameters.filter(\.isExported).reduce(0) { $0 + $1.shape.count })
        object["classes"] = .array(semantics.classes.map { .string($0.name) })
        return try JSONValue.object(object).merged(with: configuration.json()).serialized(.pretty)
    }
}
