import SGCBase
import SGCData
import SGCTokenizer
import Testing

@testable import SGCCommand

@Suite("Configuration of a run")
struct RunConfigurationTests {
    @Test(
        "Every preset is valid, says where each number comes from, and sets no key twice",
        arguments: Preset.all.map(\.name))
    func presets(name: String) throws {
        let preset = try Preset.named(name)
        let configuration = try RunConfiguration(preset: preset)
        #expect(preset.settings.allSatisfy { !$0.origin.isEmpty })
        #expect(Set(preset.settings.map(\.path)).count == preset.settings.count)
        #expect(
            try ModelCost(
                configuration.training.tokenizer, width: configuration.data.width, height: configuration.data.height
            ).tokensPerImage > 0)
    }

    @Test("The file is laid over the preset, and assignments over both")
    func order() throws {
        let file: JSONValue = ["run": ["steps": 7, "batch": 3], "quantizer": ["kind": "cvq"]]
        let configuration = try RunConfiguration(
            preset: .demo, file: file, assignments: ["run.batch=5", "quantizer.clustering.anchor=random"])
        #expect(configuration.run.steps == 7)
        #expect(configuration.run.batch == 5)
        #expect(configuration.training.tokenizer.quantizer.kind == .cvq)
        #expect(configuration.training.tokenizer.quantizer.clustering.anchor == .random)
        #expect(configuration.training.tokenizer.quantizer.codebookSize == 512)
    }

    @Test("Learning rates, the schedule's end and classes follow from the rest unless they are set")
    func derived() throws {
        let free = try RunConfiguration(assignments: ["run.batch=10", "run.steps=50"])
        #expect(abs(free.training.optimizer.learningRate - 4.5e-5) < 1e-12)
        #expect(abs(free.training.discriminator.learningRate - 4.5e-5) < 1e-12)
        #expect(free.training.optimizer.totalSteps == 50)
        #expect(free.training.tokenizer.quantizer.semantics.classNames == Scenes.classes.map(\.name))
        let set = try RunConfiguration(assignments: ["optimizer.learning_rate=0.25", "optimizer.total_steps=9"])
        #expect(set.training.optimizer.learningRate == 0.25)
        #expect(set.training.optimizer.totalSteps == 9)
        let unlabelled = try RunConfiguration(assignments: ["data.labelled=false"])
        #expect(unlabelled.training.tokenizer.quantizer.semantics.classes == 0)
    }

    @Test(
        "Unknown keys name the nearest one, with their path",
        arguments: [
            ("quantizer.codebok_size=3", "quantizer.codebok_size", "codebook_size"),
            ("run.step=3", "run.step", "steps"),
            ("data.widht=3", "data.widht", "width"),
            ("optimiser.epsilon=1", "optimiser", "optimizer"),
        ])
    func unknown(assignment: String, key: String, near: String) throws {
        let error = try failure { _ = try RunConfiguration(assignments: [assignment]) }
        #expect(error.code == .argument)
        #expect(error.message.contains("\(key): unknown key; did you mean \(near)?"))
    }

    @Test(
        "Values out of range and settings that do not fit are errors",
        arguments: [
            "run.batch=0", "run.steps=1.5", "data.source=folder", "data.width=0", "quantizer.semantics.classes=3",
            "quantizer.kind=cqv", "run.precision=float16",
        ])
    func bad(assignment: String) throws {
        _ = try failure { _ = try RunConfiguration(assignments: [assignment]) }
    }

    @Test("A configuration survives being written and read")
    func roundTrip() throws {
        let configuration = try RunConfiguration(preset: .nuScenes, assignments: ["seed=12345678901"])
        let text = try configuration.json().serialized(.pretty)
        #expect(try RunConfiguration(file: JSONValue(parsing: text)) == configuration)
    }

    @Test("Runs may be prolonged and looked at differently, and must agree otherwise")
    func difference() throws {
        let a = try tinyConfiguration(steps: 4)
        #expect(try a.firstDifference(from: tinyConfiguration(steps: 8, ["run.sample_every=3"])) == nil)
        #expect(
            try a.firstDifference(from: tinyConfiguration(steps: 4, ["quantizer.commitment=1.0"]))
                == "quantizer.commitment")
        #expect(try a.firstDifference(from: tinyConfiguration(steps: 4, ["run.batch=4"])) == "run.batch")
    }

    @Test("An unknown preset names the nearest")
    func preset() throws {
        #expect(try failure { _ = try Preset.named("dmeo") }.message.contains("did you mean demo?"))
    }
}
