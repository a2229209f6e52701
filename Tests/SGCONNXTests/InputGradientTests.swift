import SGCBase
import SGCTensor
import Testing

@testable import SGCONNX

/// Gradients of imported networks with respect to their image are PyTorch's: Tests/Golden/onnx/gradients.py.
@Suite struct InputGradientTests {
    private static let folder =
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Golden/onnx"

    @Test(arguments: ["segformer", "vgg16"], [true, false])
    func agreeWithPyTorch(network: String, fuses: Bool) throws {
        let golden = try SafetensorsFile(path: "\(Self.folder)/gradients.safetensors")
        let device = Device(backend: CPUBackend())
        var options = ProgramOptions()
        options.fuses = fuses
        let model = try ModelImport.load(path: "\(Self.folder)/gradient-\(network).onnx")
        let program = try Program(model, options: options, device: device)
        let image = try tensor("\(network)/in", golden, device)
        let upstream = try tensor("\(network)/upstream", golden, device)

        let (output, gradient): ([Float], [Float]) = try Tape.run { tape throws(SGCError) in
            let x = tape.watch(image)
            let values = try program.run(["pixel_values": .device(GraphTensor(x))])
            guard case .device(let last)? = values.last else { throw SGCError(.internalError, "no output") }
            let y = try last.natural()
            let gradients = try tape.gradient(of: y, with: [x], seed: upstream)
            return (y.floats, gradients.first.flatMap { $0 }?.floats ?? [])
        }
        #expect(relativeDifference(output, try tensor("\(network)/out", golden, device).floats) < 1e-4)
        #expect(relativeDifference(gradient, try tensor("\(network)/gradient", golden, device).floats) < 1e-3)
    }

    @Test func weightsOfATrainableProgramHaveGradients() throws {
        let device = Device(backend: CPUBackend())
        var options = ProgramOptions()
        options.isTrainable = true
        let model = try ModelImport.load(path: "\(Self.folder)/gradient-vgg16.onnx")
        let program = try Program(model, options: options, device: device)
        let name = try #require(model.graph.initializers.keys.filter { $0.hasSuffix("weight") }.sorted().first)
        let weight = try #require(model.graph.initializers[name])
        guard case .device(let values) = try weight.value(on: device) else {
            Issue.record("a weight is not on the device")
            return
        }
        let image = try Tensor.full([1, 3, 48, 32], 0.5, .float32, on: device)
        func loss(_ w: Tensor) throws(SGCError) -> Tensor {
            let results = try program.run(
                ["pixel_values": .device(GraphTensor(image))], replacing: [name: .device(GraphTensor(w))])
            guard case .device(let first)? = results.first else { throw SGCError(.internalError, "no output") }
            return try first.natural().square().mean()
        }
        let gradient: Tensor = try Tape.run { tape throws(SGCError) in
            let w = tape.watch(try values.natural())
            let gradients = try tape.gradient(of: try loss(w), with: [w])
            guard let found = gradients.first.flatMap({ $0 }) else { throw SGCError(.internalError, "no gradient") }
            return found
        }
        // Along its own gradient g the loss grows by ‖g‖² per unit.
        let slope = gradient.doubles.reduce(0) { $0 + $1 * $1 }
        let step = 1e-2 / slope.squareRoot()
        let natural = try values.natural()
        let above = try loss(try natural + gradient * step).item
        let below = try loss(try natural - gradient * step).item
        #expect(slope > 0)
        #expect(abs((above - below) / (2 * step) - slope) < 0.02 * slope)
    }

    private func tensor(_ name: String, _ file: SafetensorsFile, _ device: Device) throws -> Tensor {
        let entry = try #require(file.tensor(name))
        let bytes = try file.read(name)
        let floats = stride(from: 0, to: bytes.count, by: 4).map { i in
            Float(bitPattern: (0..<4).reversed().reduce(0) { $0 << 8 | UInt32(bytes[i + $1]) })
        }
        return try Tensor(floats, shape: try Shape(entry.shape), on: device)
    }

    private func relativeDifference(_ a: [Float], _ b: [Float]) -> Float {
        guard a.count == b.count else { return .infinity }
        let largest = b.map(abs).max() ?? 0
        return zip(a, b).map { abs($0 - $1) }.reduce(0, max) / max(largest, 1e-12)
    }
}
