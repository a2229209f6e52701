import ArgumentParser
import SGCBase
import SGCTokenizer

/// How a run is configured on the command line.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Start from a preset; `sgc info --presets` lists them.", valueName: "name"))
    var preset: String?

    @Option(name: .customLong("config"), help: ArgumentHelp("A JSON file laid over the preset.", valueName: "file"))
    var file: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("A setting laid over both, such as run.steps=500; may be repeated.", valueName: "a.b=c"))
    var assignments: [String] = []

    /// The configuration of a new run; without preset and file that of the demo.
    func configuration(precision: Precision?) throws(SGCError) -> RunConfiguration {
        let name = preset ?? (file == nil ? Preset.demo.name : nil)
        let preset = if let name { try Preset.named(name) } else { Optional<Preset>.none }
        return try RunConfiguration(
            preset: preset, file: fileJSON(), assignments: assignments + assignment(of: precision))
    }

    /// These options laid over the configuration of a run that exists.
    func change(_ stored: RunConfiguration, precision: Precision?) throws(SGCError) -> RunConfiguration {
        var json = try stored.json()
        if let preset { json = json.merged(with: try Preset.named(preset).json()) }
        return try RunConfiguration(
            file: json.merged(with: fileJSON()), assignments: assignments + assignment(of: precision))
    }

    private func fileJSON() throws(SGCError) -> JSONValue {
        guard let file else { return .object(JSONObject()) }
        return try File.readJSON(file)
    }

    private func assignment(of precision: Precision?) -> [String] {
        precision.map { ["run.precision=\($0.rawValue)"] } ?? []
    }
}
