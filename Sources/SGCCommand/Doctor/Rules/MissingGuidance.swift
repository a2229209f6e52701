import SGCTokenizer

/// SGC without labels has nothing to be guided by.
struct MissingGuidance: HealthRule {
    let name = "no-labels"

    func examine(_ run: RunRecord) -> Finding? {
        let quantizer = run.configuration.training.tokenizer.quantizer
        guard quantizer.kind == .sgc, quantizer.semantics.weight > 0, run.steps > 0, !run.imitates else { return nil }
        let guided = run.values("semantic").count
        guard guided < run.steps / 2 else { return nil }
        var changes: [Finding.Change] = []
        if run.configuration.data.source == .folder {
            changes.append(.set("data.labels", "FOLDER", "label maps beside the images"))
        }
        if !run.configuration.data.isLabelled {
            changes.append(.set("data.labelled", "true", "use the labels that the data has"))
        }
        changes.append(.run("sgc train --teacher segmentation.onnx", "or labels of a segmentation network"))
        changes.append(.set("quantizer.kind", "cvq", "or the quantizer that needs none"))
        return Finding(
            severity: .warning,
            seen: "\(guided) of \(run.steps) steps had a semantic loss (semantic), with "
                + "\(quantizer.semantics.classes) classes",
            why: "codes come to mean a class only through labels; without them SGC-VQGAN is CVQ-VAE with divided codes",
            changes: changes)
    }
}
