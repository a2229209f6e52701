import ArgumentParser

/// The networks that a training learns from.
struct TeacherOptions: ParsableArguments {
    @Option(
        name: .customLong("teacher"), parsing: .singleValue,
        help: ArgumentHelp(
            "Learn from the network in this ONNX file: labels, features or a distance, as its kind says. Repeatable.",
            valueName: "model.onnx"))
    var teachers: [String] = []

    /// The configuration with these teachers, if there are any.
    func applied(to configuration: RunConfiguration) -> RunConfiguration {
        guard !teachers.isEmpty else { return configuration }
        var result = configuration
        result.run.teachers = teachers
        return result
    }
}
