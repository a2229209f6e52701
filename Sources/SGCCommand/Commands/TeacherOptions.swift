import ArgumentParser

/// The networks and the tokenizer that a training learns from.
struct TeacherOptions: ParsableArguments {
    @Option(
        name: .customLong("teacher"), parsing: .singleValue,
        help: ArgumentHelp(
            """
            Learn from the network in this ONNX file: labels, features or a distance, as its kind says. Repeatable. \
            The directory of a tokenizer or of its run: imitate its latents with its codebook, which stays as it is; its settings under \
            quantizer take the place of others.
            """, valueName: "path"))
    var teachers: [String] = []

    /// The configuration with these teachers, if there are any.
    func applied(to configuration: RunConfiguration) -> RunConfiguration {
        guard !teachers.isEmpty else { return configuration }
        var result = configuration
        result.run.teachers = teachers
        return result
    }
}
