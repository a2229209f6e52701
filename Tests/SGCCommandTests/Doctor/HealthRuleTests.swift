import SGCBase
import SGCTokenizer
import Testing

@testable import SGCCommand

@Suite("Rules of health")
struct HealthRuleTests {
    /// A sick run, the rule that knows it, what it says, and a setting that it advises.
    struct Sickness: Sendable, CustomTestStringConvertible {
        let rule: String
        let severity: Finding.Severity
        let seen: String
        let advice: String
        let run: @Sendable () -> WrittenRun

        var testDescription: String { "\(rule): \(seen)" }
    }

    private static let gan = ["discriminator.weight=0.8", "discriminator.start_step=200"]

    static let sicknesses: [Sickness] = [
        Sickness(
            rule: "skipped-steps", severity: .critical, seen: "8 of 400 steps were skipped (skipped_steps), among them",
            advice: "optimizer.learning_rate=0.00067"
        ) {
            WrittenRun(["skipped": { $0 > 392 ? 1 : 0 }, "skipped_steps": { Double(max(0, $0 - 392)) }])
        },
        Sickness(
            rule: "skipped-steps", severity: .warning, seen: "1 of 400 steps were skipped (skipped_steps)",
            advice: "optimizer.gradient_clip=2.8"
        ) {
            WrittenRun(["skipped": { $0 == 50 ? 1 : 0 }, "skipped_steps": { $0 >= 50 ? 1 : 0 }])
        },
        Sickness(
            rule: "learning-rate-high", severity: .critical,
            seen: "around step 130 and is 0.3000 at the end, at a learning rate of 0.0020",
            advice: "optimizer.learning_rate=0.00067"
        ) {
            WrittenRun(["reconstruction": { $0 <= 140 ? 0.4 - 0.002 * Double($0) : 0.3 }])
        },
        Sickness(
            rule: "learning-rate-high", severity: .warning,
            seen: "reconstruction rose from 0.4500 to 4.0000 around step 70",
            advice: "optimizer.learning_rate=0.00067"
        ) {
            WrittenRun(["reconstruction": { (61...80).contains($0) ? 4 : $0 < 61 ? 0.45 : 0.25 }])
        },
        Sickness(
            rule: "learning-rate-low", severity: .warning, seen: "reconstruction went from 0.4490 to 0.4110 in 400",
            advice: "optimizer.learning_rate=0.01"
        ) {
            WrittenRun(["reconstruction": { 0.45 - 0.0001 * Double($0) }])
        },
        Sickness(
            rule: "plateau", severity: .warning, seen: "reconstruction is 0.1000 in the third quarter",
            advice: "optimizer.schedule=cosine"
        ) {
            WrittenRun(
                settings: ["optimizer.schedule=constant"], ["reconstruction": { max(0.1, 0.5 - 0.004 * Double($0)) }])
        },
        Sickness(
            rule: "codebook-collapse", severity: .critical,
            seen: "3.9 % of 512 codes are in use (usage at step 400), and the perplexity of a batch is 12.0 at",
            advice: "quantizer.kind=cvq"
        ) {
            WrittenRun(settings: ["quantizer.kind=vq"], ["usage": { _ in 20.0 / 512 }, "perplexity": { _ in 12 }])
        },
        Sickness(
            rule: "codebook-collapse", severity: .critical, seen: "the perplexity of a batch is 4.0 at the end",
            advice: "quantizer.codebook_size=256"
        ) {
            WrittenRun(["perplexity": { _ in 4 }])
        },
        Sickness(
            rule: "dead-codes", severity: .warning, seen: "256 of 512 codes are not in use (usage at step 400)",
            advice: "quantizer.clustering.decay=0.9"
        ) {
            WrittenRun(settings: ["quantizer.clustering.decay=0.99"], ["usage": { _ in 0.5 }])
        },
        Sickness(
            rule: "no-labels", severity: .warning,
            seen: "0 of 400 steps had a semantic loss (semantic), with 0 classes",
            advice: "data.labelled=true"
        ) {
            WrittenRun(settings: ["data.labelled=false"], ["semantic": { _ in nil }, "class_purity": { _ in nil }])
        },
        Sickness(
            rule: "low-purity", severity: .warning, seen: "class_purity is 0.42 at the end",
            advice: "quantizer.semantics.target=encoder"
        ) {
            WrittenRun(settings: ["quantizer.semantics.target=codebook"], ["class_purity": { _ in 0.42 }])
        },
        Sickness(
            rule: "class-imbalance", severity: .critical, seen: "100.0 % of the labelled tokens are \"class 0\"",
            advice: "data.ignore_id=0"
        ) {
            var run = WrittenRun(settings: ["data.source=folder", "data.images=a", "data.labels=b"])
            run.semantics = WrittenRun.semantics(confused: 0, weights: [1] + Array(repeating: 0, count: 12))
            return run
        },
        Sickness(
            rule: "class-imbalance", severity: .warning, seen: "tokens are \"class 3\", and 0 of 13 classes have none",
            advice: "quantizer.semantics.weight=0.067"
        ) {
            var run = WrittenRun(settings: ["quantizer.semantics.weight=0.2"])
            run.semantics = WrittenRun.semantics(weights: [1, 1, 1, 100] + Array(repeating: 1, count: 9))
            return run
        },
        Sickness(
            rule: "label-noise", severity: .warning, seen: "about 30 % of the tokens", advice: "data.label_noise=0"
        ) {
            var run = WrittenRun(settings: ["data.label_noise=0.3"])
            run.semantics = WrittenRun.semantics(wrong: 0.3)
            return run
        },
        Sickness(
            rule: "cold-discriminator", severity: .critical,
            seen:
                "it counts from step 201 on, where its loss is 1.0000 (discriminator; 1.0 is guessing), without warm-up;",
            advice: "discriminator.warm_up_steps=40"
        ) {
            WrittenRun(
                settings: gan,
                [
                    "discriminator": { $0 > 200 ? max(0.6, 1 - 0.01 * Double($0 - 201)) : nil },
                    "psnr": { $0 > 200 ? 15 : 20 },
                ])
        },
        Sickness(
            rule: "adversarial-explosion", severity: .critical, seen: "adversarial is -300.0 and discriminator 0.4000",
            advice: "discriminator.adaptive=true"
        ) {
            WrittenRun(
                settings: gan + ["discriminator.adaptive=false"],
                ["discriminator": { _ in 0.4 }, "adversarial": { _ in -300 }, "adversarial_weighted": { _ in -0.1 }])
        },
        Sickness(
            rule: "adversarial-explosion", severity: .critical, seen: "adversarial_weight is at its bound in 100",
            advice: "discriminator.weight=0.4"
        ) {
            WrittenRun(
                settings: gan,
                ["discriminator": { _ in 0.4 }, "adversarial": { _ in 1e-5 }, "adversarial_weight": { _ in 8e3 }])
        },
        Sickness(
            rule: "discriminator-balance", severity: .warning, seen: "discriminator is 0.0100 in the last quarter",
            advice: "discriminator.learning_rate=0.0002"
        ) {
            WrittenRun(
                settings: gan + ["discriminator.learning_rate=0.001"],
                ["discriminator": { _ in 0.01 }, "adversarial": { _ in 1 }])
        },
        Sickness(
            rule: "discriminator-balance", severity: .warning, seen: "discriminator is 0.6920 in the last quarter",
            advice: "discriminator.learning_rate=0.005"
        ) {
            WrittenRun(
                settings: gan + ["discriminator.learning_rate=0.001", "discriminator.loss=softplus"],
                ["discriminator": { _ in 0.692 }, "adversarial": { _ in 0 }])
        },
        Sickness(
            rule: "loss-balance", severity: .warning,
            seen: "semantic_weighted is 2.0000 in the last quarter, 40.00 times",
            advice: "quantizer.semantics.weight=0.005"
        ) {
            WrittenRun(
                settings: ["quantizer.semantics.weight=0.2"],
                ["semantic_weighted": { _ in 2 }, "reconstruction_weighted": { _ in 0.05 }])
        },
        Sickness(
            rule: "loss-balance", severity: .warning, seen: "codebook_weighted is 2.0000",
            advice: "loss.reconstruction_weight=40.0"
        ) {
            WrittenRun(["codebook_weighted": { _ in 2 }, "reconstruction_weighted": { _ in 0.05 }])
        },
        Sickness(
            rule: "constant-clipping", severity: .warning,
            seen: "above optimizer.gradient_clip = 0.1000 in 200 of the last 200", advice: "optimizer.gradient_clip=2.8"
        ) {
            WrittenRun(settings: ["optimizer.gradient_clip=0.1"])
        },
        Sickness(
            rule: "data-wait", severity: .warning, seen: "60 % of the time", advice: "data.cached=true"
        ) {
            WrittenRun(settings: ["data.cached=false"], ["data_wait": { _ in 0.6 }])
        },
        Sickness(
            rule: "teacher-failures", severity: .warning,
            seen: "20 % of the images have no usable answer (labels_failed)",
            advice: ""
        ) {
            WrittenRun(settings: ["run.teachers=[\"net.onnx\"]"], ["labels_failed": { _ in 0.2 }])
        },
        Sickness(
            rule: "unfinished", severity: .warning,
            seen: "step 120 of 400 is the last in metrics.jsonl, and there is no",
            advice: "run.checkpoint_every=60"
        ) {
            WrittenRun(steps: 120)
        },
    ]

    @Test("A sick run is recognised, with its figure and a setting that the command takes", arguments: sicknesses)
    func sick(_ sickness: Sickness) throws {
        let run = try sickness.run().record()
        let diagnosis = Diagnosis(of: run)
        let finding = try #require(diagnosis[sickness.rule], "\(diagnosis.text)")
        #expect(finding.severity == sickness.severity)
        #expect(finding.seen.contains(sickness.seen), "\(finding.seen)")
        if !sickness.advice.isEmpty { #expect(finding.settings.contains(sickness.advice), "\(finding.settings)") }
        // Its other sicknesses are at most consequences: a run that has everything helps nobody.
        #expect(diagnosis.findings.count <= 2, "\(diagnosis.text)")
        for setting in finding.settings {
            let changed = try RunConfiguration(file: run.configuration.json(), assignments: [setting])
            #expect(changed != run.configuration, "\(setting) changes nothing")
        }
    }

    @Test("Every rule has a run here that it fires on")
    func coverage() {
        #expect(Set(Self.sicknesses.map(\.rule)) == Set(HealthRules.all.map(\.name)))
        #expect(Set(HealthRules.all.map(\.name)).count == HealthRules.all.count)
    }

    @Test("A run that learns has nothing, with every quantizer and a discriminator that starts well")
    func healthy() throws {
        let gan: [String: WrittenRun.Figure] = [
            "discriminator": { $0 > 160 ? 0.7 : nil }, "adversarial": { $0 > 200 ? 0.3 : nil },
            "adversarial_weight": { $0 > 200 ? 0.5 : nil }, "adversarial_weighted": { $0 > 200 ? 0.15 : nil },
        ]
        let runs = [
            WrittenRun(), WrittenRun(settings: ["optimizer.gradient_clip=1.3"]),
            WrittenRun(settings: Self.gan + ["discriminator.warm_up_steps=40"], gan),
            WrittenRun(settings: ["quantizer.kind=cvq"], ["semantic": { _ in nil }, "class_purity": { _ in 0.5 }]),
        ]
        for run in runs {
            let diagnosis = try Diagnosis(of: run.record())
            #expect(diagnosis.findings.isEmpty, "\(diagnosis.text)")
            #expect(diagnosis.text.contains("healthy"))
            #expect(diagnosis.json["healthy"] == true)
        }
    }

    @Test("Classes that an encoder confuses are no wrong labels")
    func confusion() throws {
        var run = WrittenRun()
        run.semantics = WrittenRun.semantics(confused: 0.4)
        #expect(try Diagnosis(of: run.record())["label-noise"] == nil)
    }

    @Test("Figures that no training writes end nothing", arguments: [-1e300, 0, 1e300])
    func absurd(value: Double) throws {
        let names = WrittenRun.healthy.keys + ["discriminator", "adversarial"]
        let figure: WrittenRun.Figure = { _ in value }
        let figures = Dictionary(uniqueKeysWithValues: names.map { ($0, figure) })
        for settings in [[], ["quantizer.kind=vq"], Self.gan + ["optimizer.gradient_clip=1"]] {
            var run = try WrittenRun(settings: settings, figures).record()
            run.metrics = .object([("usage", .number(value)), ("tokens", 1_000_000_000)])
            #expect(!Diagnosis(of: run).findings.isEmpty)
            var late = TrainingHistory()
            late.add(step: .max, [(name: "skipped_steps", value: value), (name: "usage", value: value)])
            let record = RunRecord(path: "run", configuration: run.configuration, history: late)
            #expect(!Diagnosis(of: record).text.isEmpty && record.steps == RunRecord.mostSteps)
        }
    }

    @Test("The worst comes first, and JSON says what the text says")
    func order() throws {
        let run = WrittenRun(["data_wait": { _ in 0.6 }, "usage": { _ in 0.1 }])
        let diagnosis = try Diagnosis(of: run.record())
        #expect(diagnosis.findings.map(\.rule) == ["codebook-collapse", "data-wait"])
        #expect(diagnosis.worst == .critical)
        let json = diagnosis.json
        #expect(json["worst"] == "critical" && json["steps"] == 400)
        guard case .array(let findings)? = json["findings"] else { throw SGCError(.format, "no findings") }
        #expect(findings[1]["rule"] == "data-wait" && findings[1]["severity"] == "warning")
        let change: JSONValue = ["setting": "run.prefetch=8", "effect": "batches that are ready ahead"]
        #expect(findings[1]["changes"] == .array([change]))
        #expect(diagnosis.text.contains("--set run.prefetch=8"))
    }

    @Test("Settings have two digits that count", arguments: [(0.000_666, "0.00067"), (1234, "1200.0"), (0, "0")])
    func digits(value: Double, text: String) {
        #expect(shortest(value) == text)
    }
}
