import SGCBase

/// Everything that an experiment trains, and where: the cells with each seed.
struct ExperimentPlan: Sendable {
    let experiment: Experiment
    let directory: String
    let seeds: [UInt64]
    /// All cells with the first seed, then with the second and so on: what an early end leaves can be compared.
    let runs: [ExperimentRun]

    /// - Parameters:
    ///   - seedCount: each cell is trained with the seeds 1 to this; the experiment's own number when nil.
    ///   - directory: each run gets a folder in it, `CELL-seedS`.
    ///   - assignments: `a.b=c`, laid over what the experiment says of every cell.
    /// - Throws: `.argument` for settings that are wrong, that differ between cells by design, or measure nothing.
    init(
        _ experiment: Experiment, seedCount: Int? = nil, directory: String, assignments: [String] = []
    ) throws(SGCError) {
        self.experiment = experiment
        self.directory = directory
        let count = seedCount ?? experiment.seeds
        guard (1...10_000).contains(count) else {
            throw SGCError(.argument, "seeds: expected a number in 1...10000, got \(count)")
        }
        try Self.check(assignments, experiment)
        seeds = (1...UInt64(count)).map { $0 }
        var runs: [ExperimentRun] = []
        for seed in seeds {
            for cell in experiment.cells {
                let configuration: RunConfiguration
                do throws(SGCError) {
                    configuration = try RunConfiguration(
                        preset: experiment.preset,
                        assignments: experiment.assignments + cell.assignments + assignments + ["seed=\(seed)"])
                } catch {
                    throw error.within("experiment \(experiment.name), cell \(cell.name)")
                }
                runs.append(
                    ExperimentRun(
                        cell: cell, seed: seed, configuration: configuration,
                        directory: RunDirectory(path: "\(directory)/\(cell.name)-seed\(seed)")))
            }
        }
        if let run = runs.first(where: { $0.configuration.run.evaluateImages == 0 }) {
            throw SGCError(
                .argument,
                "experiment \(experiment.name), cell \(run.cell.name): expected run.evaluate_images above 0, got 0")
        }
        self.runs = runs
    }

    /// Refuses assignments that would undo what tells runs apart.
    private static func check(_ assignments: [String], _ experiment: Experiment) throws(SGCError) {
        func path(_ assignment: String) -> Substring { assignment.prefix { $0 != "=" } }
        let varied = Set(experiment.cells.flatMap { $0.assignments.map(path) })
        for key in assignments.map(path) {
            guard key != "seed" else {
                throw SGCError(
                    .argument, "seed: the runs of an experiment have the seeds 1, 2 and so on; give their number")
            }
            guard !varied.contains(key) else {
                throw SGCError(.argument, "\(key): this is what the cells of experiment \(experiment.name) differ in")
            }
        }
    }
}

/// A cell with a seed: an ordinary run in a directory of its own.
struct ExperimentRun: Sendable {
    let cell: Experiment.Cell
    let seed: UInt64
    let configuration: RunConfiguration
    let directory: RunDirectory

    enum State: Sendable, Equatable {
        case absent
        /// There is a checkpoint to go on from.
        case begun
        /// With the run's `metrics.json`.
        case finished(JSONValue)
    }

    /// What is on disk.
    ///
    /// - Throws: `.mismatch` when it was made with another configuration, naming the first key that differs.
    func state() throws(SGCError) -> State {
        let metrics = try directory.finalMetrics()
        let hasCheckpoint = try directory.hasCheckpoint()
        guard metrics != nil || hasCheckpoint else { return .absent }
        if let key = try configuration.firstDifference(from: directory.read(), mayProlong: false) {
            throw SGCError(
                .mismatch,
                "\(shown(directory.path)): the cell was run with another \(key); remove it, or choose another --out")
        }
        return metrics.map { .finished($0) } ?? .begun
    }
}
