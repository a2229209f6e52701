import SGCBase
import SGCData
import SGCTokenizer

/// Measures on drives through built-in scenes whether tokens stay the same where the same surface stays in view.
struct SequenceEvaluation: Sendable {
    /// Which scenes; 32 bits of the drives' numbers are added.
    var seed: UInt64
    var width: Int
    var height: Int
    var sequences = 8
    var frames = 6
    /// Frames per second; nuScenes' cameras take 12.
    var rate = 10.0

    func run(_ tokenizer: Tokenizer, cancellation: Cancellation = .never) throws(SGCError) -> TemporalAgreement {
        let classCount = Scenes.classes.count
        let table = (0..<tokenizer.codebookSize).map { code -> UInt16 in
            let item = tokenizer.semantics.majorityClass(of: code)
            return item >= 0 && item < Int32(classCount) ? UInt16(item) : LabelMap.ignore
        }
        var agreement = try TemporalAgreement(codeClasses: table, classCount: classCount)
        let set = try SceneSet(seed: seed, width: width, height: height)
        for sequence in 0..<sequences {
            let scene = set.scene(sequence)
            var before: (frame: SceneFrame, encoding: Encoding, labels: [UInt16])?
            for index in 0..<frames {
                try cancellation.check()
                let frame = try scene.frame(time: Double(index) / rate, width: width, height: height)
                let encoding = try tokenizer.encode(frame.image)
                let grid = encoding.grid
                let labels = try frame.labels.labelGrid(rows: grid.rows, columns: grid.columns, factor: grid.factor)
                if let before {
                    try agreement.add(
                        codes: before.encoding.tokens, nextCodes: encoding.tokens, labels: before.labels,
                        nextLabels: labels, correspondence: before.frame.correspondence(to: frame), width: width,
                        height: height, factor: grid.factor)
                }
                before = (frame, encoding, labels)
            }
        }
        return agreement
    }
}

extension TemporalAgreement {
    /// The shares of tokens that keep code and class: of all that were found again, of those that see one surface in both
    /// frames, and by class.
    var json: JSONValue {
        let classes = Scenes.classes
        var byName = JSONObject()
        for (index, tally) in byClass.enumerated() where tally.matched > 0 && index < classes.count {
            byName[classes[index].name] = .numberOrNull(tally.codeAgreement)
        }
        return .object([
            ("code_agreement", .numberOrNull(total.codeAgreement)),
            ("class_agreement", .numberOrNull(total.classAgreement)), ("matched", JSONValue(total.matched)),
            ("surface_class_agreement", .numberOrNull(surface.classAgreement)),
            ("surface_right_agreement", .numberOrNull(surface.rightAgreement)),
            ("surface_matched", JSONValue(surface.matched)),
            ("code_agreement_by_class", .object(byName)),
        ])
    }
}
