import SGCBase
import SGCTokenizer
import Testing

@testable import SGCCommand

@Suite("Lists of experiments")
struct ExperimentListTests {
    @Test("The shipped lists have the cells that the paper compares")
    func shipped() {
        #expect(
            Experiment.all.map { "\($0.name) \($0.cells.count)" } == [
                "compare 3", "quick 3", "levels 5", "losses 5", "aggregators 5", "dimension 3", "labels 3",
                "readings 5",
            ])
        #expect(Experiment.all[0].cells.map(\.name) == ["vq", "cvq", "sgc"])
        let losses = Experiment.all[3].cells.flatMap(\.assignments).map { $0.split(separator: "=")[1] }
        #expect(losses == SemanticConfiguration.Loss.allCases.map { Substring($0.rawValue) })
        let aggregators = Experiment.all[4].cells.flatMap(\.assignments).map { $0.split(separator: "=")[1] }
        #expect(aggregators == SemanticConfiguration.Aggregator.allCases.map { Substring($0.rawValue) })
    }

    @Test(
        "Cells of a list differ in what is asked about, and have equal data, seeds and budget",
        arguments: Experiment.all.map(\.name))
    func equal(name: String) throws {
        let experiment = try Experiment.named(name)
        let plan = try ExperimentPlan(experiment, seedCount: 2, directory: "out")
        #expect(Set(experiment.cells.map(\.name)).count == experiment.cells.count)
        #expect(Set(plan.runs.map(\.directory.path)).count == 2 * experiment.cells.count)
        let first = try #require(plan.runs.first?.configuration)
        var kinds: [RunConfiguration] = []
        for run in plan.runs {
            #expect(run.configuration.training.seed == run.seed)
            // That the model of every cell can be made is part of being a plan.
            _ = try ModelCost(run.configuration.training.tokenizer, width: 32, height: 32)
            var other = run.configuration
            if run.seed == 1 { kinds.append(other) }
            other.training.seed = first.training.seed
            other.training.tokenizer.quantizer = first.training.tokenizer.quantizer
            other.data.labelNoise = first.data.labelNoise
            #expect(other == first)
        }
        for (index, kind) in kinds.enumerated() { #expect(!kinds[..<index].contains(kind)) }
    }

    @Test("Shares of high levels, and no levels at all")
    func levels() throws {
        let plan = try ExperimentPlan(.named("levels"), seedCount: 1, directory: "out")
        let levels = plan.runs.map { run in
            let quantizer = run.configuration.training.tokenizer.quantizer
            return FeatureLevels(quantizer.semantics, codeDimension: quantizer.codeDimension)
        }
        #expect(levels.map(\.high.count) == [8, 16, 24, 32, 32])
        #expect(levels.map(\.count) == [4, 4, 4, 4, 1])
        #expect(levels[4].weights == [1])
        #expect(levels[4].low.isEmpty)
    }

    @Test("All cells with one seed come before the next seed, and what is set is laid over every cell")
    func expansion() throws {
        let plan = try ExperimentPlan(
            .named("labels"), seedCount: 2, directory: "there", assignments: ["run.steps=7", "quantizer.kind=cvq"])
        #expect(
            plan.runs.map { "\($0.cell.name) \($0.seed)" } == [
                "truth 1", "noise-10 1", "noise-30 1", "truth 2", "noise-10 2", "noise-30 2",
            ])
        #expect(plan.runs.map(\.configuration.data.labelNoise) == [0, 0.1, 0.3, 0, 0.1, 0.3])
        #expect(plan.runs.allSatisfy { $0.configuration.run.steps == 7 })
        #expect(plan.runs.allSatisfy { $0.configuration.training.optimizer.totalSteps == 7 })
        #expect(plan.runs.allSatisfy { $0.configuration.training.tokenizer.quantizer.kind == .cvq })
        #expect(plan.runs[5].directory.path == "there/noise-30-seed2")
        #expect(try ExperimentPlan(.named("compare"), directory: "out").runs.count == 9)
    }

    @Test("What tells runs apart cannot be set, and unknown names name the nearest")
    func refused() throws {
        let compare = try Experiment.named("compare")
        for (assignment, expected) in [
            ("seed=3", "seed"), ("quantizer.kind=vq", "differ"), ("run.stepz=3", "did you mean steps?"),
            ("run.evaluate_images=0", "above 0"),
        ] {
            let error = try failure { _ = try ExperimentPlan(compare, directory: "out", assignments: [assignment]) }
            #expect(error.code == .argument)
            #expect(error.message.contains(expected), "\(error.message)")
        }
        #expect(try failure { _ = try ExperimentPlan(compare, seedCount: 0, directory: "out") }.code == .argument)
        #expect(try failure { _ = try Experiment.named("comparr") }.message.contains("did you mean compare?"))
        #expect(try failure { _ = try compare.cells(named: ["cqv"]) }.message.contains("did you mean"))
        #expect(try compare.cells(named: ["sgc", "vq"]).map(\.name) == ["vq", "sgc"])
    }
}
