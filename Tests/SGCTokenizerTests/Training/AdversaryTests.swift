import SGCBase
import SGCNN
import SGCTensor
import Testing

@testable import SGCTokenizer

/// When the discriminator learns, and when and how much the generator hears of it.
@Suite(.serialized) struct AdversaryTests {
    @Test("the discriminator learns during its warm-up, the generator's term starts at the start step")
    func startStep() throws {
        let trainer = try tinyTrainer(
            "vq", ["discriminator.weight=0.5", "discriminator.start_step=4", "discriminator.warm_up_steps=2"])
        let adversary = try #require(trainer.adversary)
        let silent = try tinyTrainer("vq")
        for step in 0..<7 {
            let before = adversary.store.parameters.map { $0.value.floats }
            let metrics = try trainer.run(1)[0]
            let learned = zip(adversary.store.parameters, before).contains { $0.value.floats != $1 }
            #expect(learned == (step >= 2), "step \(step)")
            #expect((metrics["discriminator"] != nil) == (step >= 2))
            #expect((metrics["adversarial"] != nil) == (step >= 4))
            #expect((metrics["adversarial_weight"] != nil) == (step >= 4))
            if step < 4 {
                // Until it starts, the generator trains as if there were none.
                let plain = try silent.run(1)[0]
                #expect(metrics["loss"] == plain["loss"])
                let weights = trainer.model.parameters.map { $0.value.floats }
                #expect(weights == silent.model.parameters.map { $0.value.floats })
            }
        }
        #expect(adversary.optimizer.step == 5)
    }

    @Test("without warm-up the discriminator starts with the generator's term")
    func noWarmUp() throws {
        let trainer = try tinyTrainer("vq", ["discriminator.weight=0.5", "discriminator.start_step=1"])
        let metrics = try trainer.run(2)
        #expect(metrics[0]["discriminator"] == nil && metrics[1]["discriminator"] != nil)
        #expect(metrics[0]["adversarial"] == nil && metrics[1]["adversarial"] != nil)
    }

    @Test("a batch in parts starts the discriminator at the same step")
    func accumulated() throws {
        let trainer = try tinyTrainer(
            "vq",
            ["discriminator.weight=0.5", "discriminator.start_step=2", "optimizer.accumulation=2"])
        let adversary = try #require(trainer.adversary)
        for step in 0..<4 {
            let metrics = try trainer.run(1)[0]
            #expect((metrics["discriminator"] != nil) == (step >= 2))
            #expect(adversary.optimizer.step == max(0, step - 1))
        }
    }

    @Test("the adaptive weight varies and is bounded, the fixed one is the configured one")
    func weights() throws {
        let fixed = try tinyTrainer("vq", ["discriminator.weight=0.5", "discriminator.adaptive=false"])
        #expect(try fixed.run(3).allSatisfy { $0["adversarial_weight"] == 0.5 })
        let adaptive = try tinyTrainer("vq", ["discriminator.weight=0.5"])
        let found = try adaptive.run(3).map { try #require($0["adversarial_weight"]) }
        #expect(Set(found).count == 3)
        #expect(found.allSatisfy { $0 > 0 && $0 <= 0.5e4 })
    }

    @Test("the generator's term gives the discriminator's weights no gradient, and its own loss none to the generator")
    func separation() throws {
        let trainer = try tinyTrainer("vq", ["discriminator.weight=0.5", "discriminator.learning_rate=0"])
        let adversary = try #require(trainer.adversary)
        let before = adversary.store.parameters.filter(\.isTrainable).map { $0.value.floats }
        try trainer.run(2)
        #expect(adversary.store.parameters.filter(\.isTrainable).map { $0.value.floats } == before)
        #expect(adversary.optimizer.step == 2)
    }

    @Test("hinge and softplus train differently, both finite", arguments: ["hinge", "softplus"])
    func losses(_ loss: String) throws {
        let trainer = try tinyTrainer("vq", ["discriminator.weight=0.5", "discriminator.loss=\(loss)"])
        let values = try trainer.run(4).map { try #require($0["discriminator"]) }
        #expect(values.allSatisfy { $0.isFinite && $0 > 0 })
        // An untrained discriminator: logits near 0.
        #expect(abs(values[0] - (loss == "hinge" ? 1 : 0.6931)) < 0.2)
    }
}
