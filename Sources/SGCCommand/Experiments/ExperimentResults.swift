import SGCBase

/// The figures of an experiment, as far as it has come.
struct ExperimentResults: Sendable {
    /// A finished run.
    struct Run: Sendable {
        let seed: UInt64
        /// Its directory.
        let path: String
        /// In the order of ``ExperimentFigure/all``; nil where the run has no such figure.
        let values: [Double?]
    }

    struct Row: Sendable {
        let cell: Experiment.Cell
        /// By ascending seed.
        var runs: [Run] = []

        /// The mean of each figure over the runs that have it; nil where none has.
        var means: [Double?] { columns.map { $0.isEmpty ? nil : mean($0) } }

        /// The standard deviation of each figure over the runs (with n − 1); nil for fewer than two.
        var spreads: [Double?] {
            columns.map { values in
                guard values.count > 1 else { return nil }
                let center = mean(values)
                let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
                return (squares / Double(values.count - 1)).squareRoot()
            }
        }

        private var columns: [[Double]] {
            ExperimentFigure.all.indices.map { index in runs.compactMap { $0.values[index] } }
        }

        private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    }

    let plan: ExperimentPlan
    /// One per cell, in the order of the list.
    private(set) var rows: [Row]

    init(_ plan: ExperimentPlan) {
        self.plan = plan
        rows = plan.experiment.cells.map { Row(cell: $0) }
    }

    /// Adds a finished run with its `metrics.json`.
    mutating func add(_ run: ExperimentRun, metrics: JSONValue) {
        guard let index = rows.firstIndex(where: { $0.cell.name == run.cell.name }) else { return }
        let values = ExperimentFigure.all.map { $0.value(in: metrics) }
        let place = rows[index].runs.firstIndex { $0.seed > run.seed } ?? rows[index].runs.endIndex
        rows[index].runs.insert(Run(seed: run.seed, path: run.directory.path, values: values), at: place)
    }

    var finishedCount: Int { rows.reduce(0) { $0 + $1.runs.count } }

    /// Writes `results.csv`, `results.json` and `results.md`; each replaces its predecessor as a whole.
    ///
    /// - Throws: `.io`, `.path`.
    func write() throws(SGCError) {
        try Directory.create(plan.directory)
        try AtomicFile.write("\(plan.directory)/results.csv", text: csv)
        try JSONFile.write(json(), to: "\(plan.directory)/results.json")
        try AtomicFile.write("\(plan.directory)/results.md", text: markdown)
    }
}
