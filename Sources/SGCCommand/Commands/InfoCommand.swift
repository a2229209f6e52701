import ArgumentParser
import SGCBase
import SGCTokenizer

struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Describe a model or a preset.")

    @Argument(help: ArgumentHelp("A model directory or a run directory.", valueName: "model"))
    var model: String?

    @Option(help: ArgumentHelp("Describe this preset and say where each of its numbers comes from.", valueName: "name"))
    var preset: String?

    @Flag(help: "List the presets.")
    var presets = false

    @Option(help: ArgumentHelp("The size of image that the cost is counted for.", valueName: "WxH"))
    var size: PixelSize?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard [model != nil, preset != nil, presets].filter({ $0 }).count == 1 else {
            throw ValidationError("expected a model, --preset NAME or --presets")
        }
    }

    func run() throws {
        if presets { return try listPresets() }
        if let preset { return try describe(Preset.named(preset)) }
        guard let model else { return }
        try global.compute { () throws(SGCError) in try describe(ModelLocation(model)) }
    }

    private func listPresets() throws(SGCError) {
        try global.finish(
            .array(
                Preset.all.map { .object([("name", .string($0.name)), ("summary", .string($0.summary))]) })
        ) {
            table(Preset.all.map { ($0.name, $0.summary) })
        }
    }

    private func describe(_ preset: Preset) throws(SGCError) {
        var configuration = try RunConfiguration(preset: preset)
        if let size { (configuration.data.width, configuration.data.height) = (size.width, size.height) }
        let description = try ModelDescription(configuration)
        let origins = preset.settings.map { setting in
            JSONValue.object([
                ("key", .string(setting.path)), ("value", .string(setting.value)), ("origin", .string(setting.origin)),
            ])
        }
        try global.finish(try description.json.merged(with: .object([("settings", .array(origins))]))) {
            let rows = preset.settings.map { ("\($0.path) = \($0.value)", $0.origin) }
            return "\(preset.name): \(preset.summary)\n\n\(table(rows))\n\(description.text)"
        }
    }

    private func describe(_ location: ModelLocation) throws(SGCError) {
        let tokenizer = try location.load(global.engine())
        let configuration = tokenizer.configuration
        let f = configuration.model.downsamplingFactor
        var size = size ?? PixelSize(width: 16 * f, height: 16 * f)
        if self.size == nil, let data = try location.run?.read().data {
            size = PixelSize(width: data.width, height: data.height)
        }
        let cost = try ModelCost(configuration, width: size.width, height: size.height)
        let information = try JSONValue(
            parsing: tokenizer.information(), limits: JSONLimits(bytes: 1 << 24, depth: 32, keys: 1 << 16))
        let fingerprint = try location.fingerprint()
        let quantizer = configuration.quantizer
        try global.finish(
            information.merged(
                with: .object([
                    ("fingerprint", .string(fingerprint)), ("cost", cost.json),
                    ("cost_image", .string(size.defaultValueDescription)),
                ]))
        ) {
            table([
                ("model", location.path), ("fingerprint", fingerprint),
                (
                    "quantizer",
                    "\(quantizer.kind.rawValue), \(quantizer.codebookSize) codes of \(quantizer.codeDimension)"
                ),
                ("downsampling factor", "\(f)"),
                ("classes", tokenizer.semantics.classes.map(\.name).joined(separator: ", ")),
                ("cost for", size.defaultValueDescription),
            ]) + cost.text
        }
    }
}
