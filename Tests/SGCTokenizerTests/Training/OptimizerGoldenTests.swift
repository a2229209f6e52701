import SGCBase
import SGCNN
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCTokenizer

/// Adam, AdamW, clipping and the schedule.
@Suite struct OptimizerGoldenTests {
    @Test("five steps of Adam and AdamW, with and without clipping, agree with PyTorch")
    func steps() throws {
        let golden = try Golden("adam")
        let device = cpuDevice()
        var reader = try golden.reader()
        let described = try reader.objects("parameters")
        let scales = try reader.floats("gradient_scales")
        let firstStream = try reader.unsigned("gradient_first_stream")
        let seed = try golden.seed()
        for var testCase in try golden.cases() {
            let name = try testCase.string("name")
            guard case .array(let list) = testCase.value("betas"), case .number(let beta1) = list[0],
                case .number(let beta2) = list[1]
            else {
                Issue.record("\(name): no betas")
                continue
            }
            var parameters: [Parameter] = []
            for var description in described {
                let (shape, values) = try golden.drawn(description)
                // Our AdamW spares vectors, PyTorch's does not: as a matrix of one row they are the same again.
                let matrix = try Shape(shape.count > 1 ? shape : [1] + shape)
                parameters.append(
                    Parameter(
                        name: try description.string("name"), value: try Tensor(values, shape: matrix, on: device)))
            }
            let optimizer = try Adam(
                parameters,
                configuration: AdamConfiguration(
                    beta1: beta1, beta2: beta2, epsilon: try testCase.double("eps"),
                    weightDecay: try testCase.double("weight_decay")))
            let clip = try testCase.floatIfPresent("clip_norm").map(Double.init)
            for (step, scale) in scales.enumerated() {
                var gradients: [Tensor?] = []
                for (index, parameter) in parameters.enumerated() {
                    var random = RandomSource(
                        seed: seed, stream: firstStream + UInt64(step * parameters.count + index))
                    let values = (0..<parameter.shape.count).map { _ in
                        scale * (Float(random.nextWord() >> 8) * 0x1p-23 - 1)
                    }
                    gradients.append(try Tensor(values, shape: parameter.shape, on: device))
                }
                let norm = try globalNorm(gradients)
                if clip != nil {
                    let expected = try golden.values("\(name)/\(step)/gradient_norm")
                    #expect(difference([norm], expected, tolerance: 1e-6) == nil)
                }
                try optimizer.prepare()
                try optimizer.update(
                    gradients, learningRate: testCase.double("lr"),
                    scale: clip.map { norm > $0 ? $0 / norm : 1 } ?? 1)
                for (index, parameter) in parameters.enumerated() {
                    let key = "\(name)/\(step)/\(parameter.name)"
                    for (value, suffix) in [
                        (parameter, ""), (optimizer.firstMoments[index], "_first_moment"),
                        (optimizer.secondMoments[index], "_second_moment"),
                    ] {
                        let expected = try golden.values(key + suffix)
                        #expect(difference(value.value.doubles, expected, tolerance: 3e-6, key + suffix) == nil)
                    }
                }
            }
        }
    }

    @Test("weight decay spares vectors and what is named")
    func decay() throws {
        let device = cpuDevice()
        let parameters = try [Shape([2, 2]), [4], [2, 2]].enumerated().map { index, shape in
            Parameter(name: "p\(index)", value: try .ones(shape, on: device))
        }
        let optimizer = try Adam(
            parameters, configuration: AdamConfiguration(weightDecay: 0.1), undecayed: ["p2"])
        try optimizer.update(
            parameters.map { parameter in try .zeros(parameter.shape, on: device) }, learningRate: 0.5)
        #expect(difference(parameters[0].value.doubles, [0.95, 0.95, 0.95, 0.95], tolerance: 1e-7) == nil)
        #expect(parameters[1].value.doubles == [1, 1, 1, 1])
        #expect(parameters[2].value.doubles == [1, 1, 1, 1])
    }

    @Test("warm-up is linear, the cosine falls to its final share and stays")
    func schedule() {
        let cosine = Schedule(peak: 2, shape: .cosine, warmUpSteps: 4, totalSteps: 104, finalShare: 0.1)
        #expect((0..<4).map { cosine.rate(at: $0) } == [0.5, 1, 1.5, 2])
        #expect(abs(cosine.rate(at: 54) - 1.1) < 1e-12)
        #expect(abs(cosine.rate(at: 104) - 0.2) < 1e-12)
        #expect(cosine.rate(at: 1_000_000) == cosine.rate(at: 104))
        let constant = Schedule(peak: 2, shape: .constant, warmUpSteps: 0, totalSteps: 1, finalShare: 0)
        #expect(constant.rate(at: 0) == 2 && constant.rate(at: 10_000) == 2)
    }
}
