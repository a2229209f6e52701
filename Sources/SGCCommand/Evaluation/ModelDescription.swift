import SGCBase
import SGCTokenizer

/// What `--dry-run` and `info` say about a model that need not exist.
struct ModelDescription {
    private let configuration: RunConfiguration
    private let cost: ModelCost

    /// - Throws: `.argument` for a configuration that does not fit itself.
    init(_ configuration: RunConfiguration) throws(SGCError) {
        self.configuration = configuration
        cost = try ModelCost(
            configuration.training.tokenizer, width: configuration.data.width, height: configuration.data.height)
    }

    private var memory: Double {
        cost.trainingMemory(
            configuration.training, batch: configuration.run.batch, precision: configuration.run.precision)
    }

    private var stepOperations: Double {
        cost.stepOperations(configuration.training, batch: configuration.run.batch)
    }

    var json: JSONValue {
        get throws(SGCError) {
            .object([
                ("cost", cost.json),
                (
                    "training",
                    .object([
                        ("memory_bytes", .number(memory.rounded())), ("operations_per_step", .number(stepOperations)),
                        ("steps", JSONValue(configuration.run.steps)), ("batch", JSONValue(configuration.run.batch)),
                    ])
                ),
                ("configuration", try configuration.json()),
            ])
        }
    }

    var text: String {
        let run = configuration.run
        return cost.text
            + table([
                ("training memory", "about \(byteText(memory)) with batches of \(run.batch)"),
                ("training step", "\(fixed(stepOperations / 1e9, 1)) GFLOP"),
                ("training", "\(run.steps) steps, \(countText(stepOperations * Double(run.steps)))FLOP"),
            ])
    }
}

extension ModelCost {
    var json: JSONValue {
        func part(_ part: Part) -> JSONValue {
            .object([("parameters", JSONValue(part.parameters)), ("operations", .number(part.operations))])
        }
        return .object([
            ("encoder", part(encoder)), ("quantizer", part(quantizer)), ("decoder", part(decoder)),
            ("parameters", JSONValue(parameters)), ("tokens_per_image", JSONValue(tokensPerImage)),
            (
                "levels",
                .array(
                    levels.map { level in
                        .object([
                            ("width", JSONValue(level.width)), ("height", JSONValue(level.height)),
                            ("channels", JSONValue(level.channels)), ("attention", .bool(level.hasAttention)),
                        ])
                    })
            ),
            ("inference_memory_bytes", .number(inferenceMemory(precision: .float32).rounded())),
        ])
    }

    var text: String {
        var rows: [(String, String)] = []
        for (index, level) in levels.enumerated() {
            let attention = level.hasAttention ? ", attention" : ""
            rows.append(
                ("level \(index)", "\(level.width)x\(level.height), \(level.channels) channels\(attention)"))
        }
        rows += [
            ("parameters", "\(countText(Double(parameters))) (\(byteText(Double(parameters) * 4)) in float32)"),
            ("tokens per image", "\(tokensPerImage)"),
            ("encode", "\(fixed((encoder.operations + quantizer.operations) / 1e9, 2)) GFLOP per image"),
            ("decode", "\(fixed(decoder.operations / 1e9, 2)) GFLOP per image"),
            ("memory", "about \(byteText(inferenceMemory(precision: .float32))) for one image"),
        ]
        return table(rows)
    }
}
