package import SGCBase
import SGCNN
package import SGCTensor

// A trained model leaves the trainer: as a directory, or as a tokenizer in memory.
extension Trainer {
    /// Writes the model as it is now, with averaged weights where the configuration keeps them.
    ///
    /// - Parameter semantics: what the codes stand for; what training saw lately when `nil`.
    package func export(directory: String, semantics: CodeSemantics? = nil) throws(SGCError) {
        let meaning = if let semantics { semantics } else { try currentSemantics() }
        try ModelDirectory.write(
            directory, model: model, values: exportedParameters(), configuration: configuration.tokenizer,
            semantics: meaning)
    }

    /// A tokenizer with a copy of the model as it is now; training may go on.
    ///
    /// - Parameter device: where the copy lives; one like the trainer's by default.
    package func snapshot(on device: Device? = nil) throws(SGCError) -> Tokenizer {
        let options = EngineOptions(
            threads: self.device.threads, precision: precision, memoryBudget: self.device.memory.budget)
        let target = device ?? options.makeDevice()
        let tokenizer = configuration.tokenizer
        let copy = try TokenizerModel(
            tokenizer.model, quantizer: tokenizer.quantizer, device: target, random: nil)
        for (mine, its) in try zip(exportedParameters(), copy.parameters) where its.isExported {
            try its.assign(mine.value.copied(to: target))
        }
        return try Tokenizer(copy, configuration: tokenizer, semantics: try currentSemantics(), precision: precision)
    }

    /// The model's parameters in their order, averaged ones in place of those they average.
    private func exportedParameters() throws(SGCError) -> [Parameter] {
        guard !averages.isEmpty else { return model.parameters }
        var next = averages.makeIterator()
        var result: [Parameter] = []
        for parameter in model.parameters {
            guard parameter.isTrainable, let average = next.next() else {
                result.append(parameter)
                continue
            }
            var value = average.value
            if parameter === model.quantizer.codebook {
                value = try teachers.keepsCodebook ? parameter.value : model.quantizer.finished(value)
            }
            result.append(
                Parameter(name: parameter.name, value: value, isTrainable: true, isExported: parameter.isExported))
        }
        return result
    }

    /// What each code was hit by lately; without labels what it is to the tokenizer that teaches.
    private func currentSemantics() throws(SGCError) -> CodeSemantics {
        let isLabelled = tracker.classHits?.value.floats.contains { $0 > 0 } ?? false
        if !isLabelled, let teacher = teachers.latents?.teacher { return teacher.semantics }
        let quantizer = configuration.tokenizer.quantizer
        let settings = quantizer.semantics
        let names =
            settings.classNames.isEmpty ? (0..<settings.classes).map { "class \($0)" } : settings.classNames
        let colors = defaultPalette(settings.classes)
        return try CodeSemantics(
            classes: zip(names, colors).map { SemanticClass(name: $0, color: $1) },
            histogram: tracker.classHits?.value.floats ?? [], codebookSize: quantizer.codebookSize)
    }
}
