import SGCBase
import SGCNN
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCTokenizer

/// SGCNN: parameters, layers, and weights files.
@Suite struct PartsTests {
    private let device = cpuDevice()

    private func store(seed: UInt64 = 1) -> ParameterStore {
        ParameterStore(device: device, random: RandomSource(seed: seed))
    }

    @Test("scopes name parameters, and the store keeps their order")
    func names() throws {
        let store = store()
        let scope = store.root.scope("a")
        _ = try Conv2d(scope.scope("conv"), inputChannels: 4, outputChannels: 6, kernelSize: 3)
        _ = try scope.scope("b").forTrainingOnly.parameter("usage", [5], .constant(2), isTrainable: false)
        #expect(store.parameters.map(\.name) == ["a.conv.weight", "a.conv.bias", "a.b.usage"])
        #expect(store.parameters.map(\.isExported) == [true, true, false])
        #expect(store.parameters.map(\.isTrainable) == [true, true, false])
        #expect(store.parameters[0].shape == [6, 4, 3, 3])
        #expect(store.parameters[2].value.floats == [2, 2, 2, 2, 2])
    }

    @Test("weights start uniform in ±1/√(fan-in) or normal, and depend on the seed only")
    func initialization() throws {
        func weights(_ seed: UInt64) throws -> [[Float]] {
            let store = store(seed: seed)
            _ = try Conv2d(
                store.root, inputChannels: 8, outputChannels: 64, kernelSize: 3,
                geometry: ConvolutionGeometry(groups: 2))
            _ = try Conv2d(
                store.root, inputChannels: 8, outputChannels: 64, kernelSize: 3,
                initializer: .normal(mean: 1, deviation: 0.02))
            return store.parameters.map { $0.value.floats }
        }
        let found = try weights(1)
        #expect(try weights(1) == found)
        #expect(try weights(2) != found)
        let bound = 1 / Float(4 * 9).squareRoot()
        for values in found[..<2] {
            #expect(values.allSatisfy { abs($0) <= bound })
            #expect(try #require(values.max()) > 0.9 * bound && #require(values.min()) < -0.9 * bound)
        }
        let mean = found[2].reduce(0, +) / Float(found[2].count)
        let deviation = (found[2].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(found[2].count)).squareRoot()
        #expect(abs(mean - 1) < 0.002 && abs(deviation - 0.02) < 0.001)
        #expect(found[3].allSatisfy { $0 == 0 })
    }

    @Test("an update in place leaves tensors that shared the bytes as they were")
    func copyOnWrite() throws {
        let parameter = Parameter(name: "p", value: try Tensor([1, 2, 3, 4], shape: [2, 2], on: device))
        let shared = parameter.value
        try parameter.update { value throws(SGCError) in
            try value.backend.interpolate(value, toward: .zeros([2, 2], on: device), rate: 0.5)
        }
        #expect(shared.floats == [1, 2, 3, 4])
        #expect(parameter.value.floats == [0.5, 1, 1.5, 2])
        try parameter.zeroRows([1])
        #expect(parameter.value.floats == [0.5, 1, 0, 0])
        try parameter.copyRows([0], from: Parameter(name: "q", value: shared))
        #expect(parameter.value.floats == [1, 2, 0, 0])
        let other = try Tensor.zeros([4], on: device)
        let error = #expect(throws: SGCError.self) { try parameter.assign(other) }
        #expect(error?.code == .mismatch)
        #expect(error?.message.contains("p: expected") == true)
    }

    @Test("linear is x·Wᵀ + b, and norms check that groups divide the channels")
    func layers() throws {
        let store = store()
        let linear = try Linear(store.root, inputs: 2, outputs: 3)
        try linear.weight.assign(Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2], on: device))
        try #require(linear.bias).assign(Tensor([0.5, 0, -1], shape: [3], on: device))
        let y = try linear(Tensor([1, -1, 2, 0], shape: [2, 2], on: device), Context())
        #expect(y.floats == [-0.5, -1, -2, 2.5, 6, 9])
        let error = #expect(throws: SGCError.self) {
            try GroupNorm(store.root.scope("norm"), channels: 6, groups: 4)
        }
        #expect(error?.code == .argument && error?.message.contains("norm") == true)
    }

    @Test("gradients reach what the loss depends on, and nothing that does not learn")
    func gradients() throws {
        let store = store()
        let used = try Linear(store.root.scope("used"), inputs: 2, outputs: 1)
        let unused = try store.root.parameter("unused", [3], .constant(1))
        let buffer = try store.root.parameter("buffer", [1, 2], .constant(3), isTrainable: false)
        let found = try Tape.run { tape throws(SGCError) in
            let context = Context(tape: tape)
            let loss = try used(context(buffer), context).sum()
            return try context.gradients(of: loss, for: [used.weight, unused]).map { $0?.floats }
        }
        #expect(found[0] == [3, 3])
        #expect(found[1] == nil)
        let zero = try Tensor.zeros([], on: device)
        let none = #expect(throws: SGCError.self) { try Context().gradients(of: zero, for: [unused]) }
        #expect(none?.code == .argument)
    }

    @Test("rows are normalized to length 1, and a zero row has a finite gradient")
    func normalizedRows() throws {
        let x = try Tensor([3, 4, 0, 0], shape: [2, 2], on: device)
        let (y, gradient) = try Tape.run { tape throws(SGCError) in
            let watched = tape.watch(x)
            let y = try watched.normalizedRows()
            return (y.doubles, try tape.gradient(of: y.sliced(axis: 1, 0..<1).sum(), with: [watched])[0])
        }
        #expect(difference(y, [0.6, 0.8, 0, 0], tolerance: 1e-6) == nil)
        let values = try #require(gradient).doubles
        #expect(values.allSatisfy { $0.isFinite })
        #expect(difference(Array(values[..<2]), [0.128, -0.096], tolerance: 1e-6) == nil)
    }

    @Test("a weights file that does not fit changes no parameter")
    func weightsFile() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/w.safetensors"
            let (a, b) = (
                Parameter(name: "a", value: try Tensor([1, 2], shape: [2], on: device)),
                Parameter(name: "b", value: try Tensor([3, 4, 5], shape: [3], on: device))
            )
            try WeightsFile.write([.init("a", a), .init("b", b)], to: path)
            let x = Parameter(name: "x", value: try .zeros([2], on: device))
            let y = Parameter(name: "y", value: try .zeros([3], on: device))
            let wrong = Parameter(name: "y", value: try .zeros([4], on: device))
            for entries: [WeightsFile.Entry] in [
                [.init("a", x)], [.init("a", x), .init("b", wrong)], [.init("a", x), .init("b", y), .init("c", y)],
            ] {
                let error = #expect(throws: SGCError.self) { try WeightsFile.read(entries, from: path) }
                #expect(error?.code == .mismatch)
                #expect(x.value.floats == [0, 0])
            }
            try WeightsFile.read([.init("b", y), .init("a", x)], from: path)
            #expect(x.value.floats == [1, 2] && y.value.floats == [3, 4, 5])
        }
    }
}
