import SGCBase

/// A question that is put to several configurations: they differ in what is asked about, and in nothing else.
struct Experiment: Sendable {
    /// One of the configurations.
    struct Cell: Sendable {
        /// Names its folders and its row: lower-case letters, digits and hyphens.
        let name: String
        let summary: String
        /// What sets it apart, as `a.b=c`.
        let assignments: [String]

        init(_ name: String, _ summary: String, _ assignments: String...) {
            self.name = name
            self.summary = summary
            self.assignments = assignments
        }
    }

    let name: String
    /// What is asked.
    let summary: String
    /// What all cells start from.
    let preset: Preset
    /// What all cells have in common beyond the preset, as `a.b=c`: above all the budget.
    let assignments: [String]
    /// How many seeds each cell is trained with unless somebody says otherwise.
    let seeds: Int
    let cells: [Cell]

    /// - Throws: `.argument`, naming the nearest.
    static func named(_ name: String) throws(SGCError) -> Experiment {
        if let found = all.first(where: { $0.name == name }) { return found }
        let names = all.map(\.name)
        let advice = nearest(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
        throw SGCError(
            .argument, "experiment: expected one of \(names.joined(separator: ", ")), got \(quoted(name))\(advice)")
    }

    /// The list with one more cell, `teacher`, which learns from the labels of the segmentation network in an ONNX file
    /// instead of the data's own; measured against the data's, as all cells.
    func adding(teacher path: String) throws(SGCError) -> Experiment {
        let paths = try JSONValue.array([.string(path)]).serialized()
        return Experiment(
            name: name, summary: summary, preset: preset, assignments: assignments, seeds: seeds,
            cells: cells + [Cell("teacher", "labels of a network", "run.teachers=\(paths)")])
    }

    /// The cells of these names in the order of the list; all without names.
    ///
    /// - Throws: `.argument` for a name that the list has not, naming the nearest.
    func cells(named names: [String]) throws(SGCError) -> [Cell] {
        let known = cells.map(\.name)
        for name in names where !known.contains(name) {
            let advice = nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
            throw SGCError(
                .argument,
                "experiment \(self.name): expected cells out of \(known.joined(separator: ", ")), got \(quoted(name))\(advice)"
            )
        }
        return names.isEmpty ? cells : cells.filter { names.contains($0.name) }
    }
}
