import SGCBase
import SGCTensor
import Testing

@Suite struct OptimizerTests {
    @Test("Adam by hand: the first step has the size of the learning rate")
    func adamFirstStep() throws {
        for device in testDevices() {
            let parameter = try Tensor([1, -2, 3], shape: [3], on: device)
            let gradient = try Tensor([4, -0.5, 0], shape: [3], on: device)
            let (m, v) = (try Tensor.zeros([3], on: device), try Tensor.zeros([3], on: device))
            let update = AdamUpdate(
                learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, step: 1, gradientScale: 0.5)
            try device.backend.adam(update, parameter: parameter, gradient: gradient, firstMoment: m, secondMoment: v)
            expectClose(parameter.doubles, [0.9, -1.9, 3], tolerance: 1e-6)
            expectClose(m.doubles, [0.2, -0.025, 0], tolerance: 1e-6)
            expectClose(v.doubles, [0.04, 0.000625, 0], tolerance: 1e-6)
        }
    }

    @Test("AdamW over several steps is Reference's", arguments: [0, 1, 17, 131])
    func adamAgainstReference(_ count: Int) throws {
        func trained(_ device: Device) throws -> [Tensor] {
            let state = try [1, 2, 3].map { stream in
                try TestInput([count], stream == 3 ? 0 : -1, 1, stream: stream).tensor(.float32, on: device)
            }
            for step in 1...5 {
                let gradient = try TestInput([count], stream: UInt64(10 + step)).tensor(.float32, on: device)
                let update = AdamUpdate(
                    learningRate: 1e-2, beta1: 0.5, beta2: 0.9, epsilon: 1e-8, weightDecay: 0.1, step: step,
                    gradientScale: 0.7)
                try device.backend.adam(
                    update, parameter: state[0], gradient: gradient, firstMoment: state[1], secondMoment: state[2])
            }
            return state
        }
        for (actual, expected) in zip(try trained(cpuDevice()), try trained(referenceDevice())) {
            expectClose(actual, expected, tolerance: 1e-5, "AdamW")
        }
    }

    @Test("weight decay is decoupled: it shrinks the weight also without a gradient")
    func weightDecay() throws {
        for device in testDevices() {
            let parameter = try Tensor([2], shape: [1], on: device)
            let zeros = try (0..<3).map { _ in try Tensor.zeros([1], on: device) }
            let update = AdamUpdate(
                learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.5, step: 1, gradientScale: 1)
            try device.backend.adam(
                update, parameter: parameter, gradient: zeros[0], firstMoment: zeros[1], secondMoment: zeros[2])
            expectClose(parameter.doubles, [1.9], tolerance: 1e-6)
        }
    }

    @Test("the moving average goes the given part of the way", arguments: [0, 1, 17, 131])
    func interpolation(_ count: Int) throws {
        let (a, b) = (TestInput([count], stream: 1), TestInput([count], stream: 2))
        for device in testDevices() {
            let average = try a.tensor(.float32, on: device)
            try device.backend.interpolate(average, toward: try b.tensor(.float32, on: device), rate: 0.25)
            expectClose(average.doubles, zip(a.values, b.values).map { 0.75 * $0 + 0.25 * $1 }, tolerance: 1e-6)
        }
    }
}
