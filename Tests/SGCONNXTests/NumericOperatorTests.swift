import SGCBase
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCONNX

/// Numeric operators against the reference evaluator of the onnx package, wherever their inputs lie, and their gradients.
@Suite(.serialized) struct NumericOperatorTests {
    private static let path =
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Golden/onnx/numeric.json"

    @Test("single nodes agree with the reference evaluator", arguments: OperatorCase.Placement.allCases)
    func golden(_ placement: OperatorCase.Placement) throws {
        let device = Device(backend: CPUBackend(), threads: 2)
        let cases = try OperatorCase.read(Self.path)
        #expect(cases.count > 300)
        for item in cases {
            do {
                let difference = try item.difference(try item.run(placement, on: device))
                if let difference { Issue.record("\(item.name): \(difference.prefix(300))") }
            } catch let error as SGCError {
                Issue.record("\(item.name): \(error.message)")
            }
        }
    }

    /// Inputs whose gradient no operator gives: those that are read as numbers, and maxima that are found in plain memory.
    private static let refused: Set<String> = [
        "Dropout 1", "GridSample 1", "Resize 1", "Resize 2", "RoiAlign 1", "RoiAlign 0", "MaxPool 0",
    ]
    /// Inputs that the first output does not depend on, or at which it has no derivative.
    private static let isUnused: Set<String> = [
        "BatchNormalization in training 3", "BatchNormalization in training 4", "LpNormalization of zeros 0",
        "TopK of equals 0 0", "TopK of equals 1 0",
    ]
    /// Steps, and functions of integers.
    private static let isFlat: Set<String> = ["Floor", "Ceil", "Round", "Sign", "Hardmax", "ArgMax", "ArgMin"]

    @Test("gradients agree with finite differences", arguments: [OperatorCase.Placement.natural, .channelsLast])
    func gradients(_ placement: OperatorCase.Placement) throws {
        let device = Device(backend: CPUBackend(), threads: 2)
        var checked: Set<String> = []
        for item in try OperatorCase.read(Self.path) where !Self.isFlat.contains(item.node.op) {
            guard item.outputs.first?.type.isReal == true else { continue }
            for (index, input) in item.inputs.enumerated() {
                guard let input, input.type.isReal, input.count > 0, !Self.isUnused.contains("\(item.name) \(index)")
                else { continue }
                do {
                    let slopes = try item.slopes(index, placement, on: device)
                    checked.insert(item.node.op)
                    #expect(
                        abs(slopes.analytic - slopes.numeric) <= 1e-2 * slopes.scale,
                        "\(item.name), input \(index): \(slopes)")
                } catch let error as SGCError {
                    #expect(Self.refused.contains("\(item.node.op) \(index)"), "\(item.name): \(error.message)")
                }
            }
        }
        #expect(checked.count > 75)
    }
}

extension OperatorCase {
    /// The derivative of Σ rᵢ · yᵢ along a random direction of input `index`, by the tape and by a central difference.
    fileprivate func slopes(
        _ index: Int, _ placement: Placement, on device: Device
    ) throws -> (analytic: Double, numeric: Double, scale: Double) {
        guard let input = inputs[index] else { throw SGCError(.internalError, "no input \(index)") }
        var random = RandomSource(seed: 7, stream: UInt64(index))
        let direction = (0..<input.count).map { _ in Double(random.uniform()) * 2 - 1 }
        let weights = (0..<(outputs.first?.count ?? 0)).map { _ in Double(random.uniform()) * 2 - 1 }

        /// The first output for an input moved by `step` along the direction, watched on `tape` when there is one.
        func result(_ step: Double, _ tape: Tape?) throws(SGCError) -> (y: Tensor, x: Tensor) {
            let moved = zip(input.reals, direction).map { $0 + step * $1 }
            do {
                var values = try inputs.map { try $0.map { try $0.placed(placement, on: device) } }
                let changed = try HostArray(reals: moved, shape: input.shape)
                var tensor = try changed.placed(placement, on: device).tensor(on: device)
                if let tape { tensor = tensor.withStored(tape.watch(tensor.stored)) }
                values[index] = .device(tensor)
                let gathered = OperatorInputs(
                    values: values, device: device, precision: .float32, meter: RunMeter())
                let results = try Program.kernel(for: node)(gathered)
                guard let first = results.first else { throw SGCError(.internalError, "no output") }
                return (try first.tensor(on: device).natural(), tensor.stored)
            } catch let error as SGCError { throw error } catch { throw SGCError(.internalError, "\(error)") }
        }
        func projected(_ step: Double) throws -> Double {
            zip(try result(step, nil).y.doubles, weights).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let step = 2e-3
        let numeric = try (projected(step) - projected(-step)) / (2 * step)
        // The direction as the tensor lies.
        let laid = try HostArray(reals: direction, shape: input.shape).placed(placement, on: device)
            .tensor(on: device).stored.doubles
        let gradient = try Tape.run { tape throws(SGCError) in
            let (y, x) = try result(0, tape)
            guard y.place != nil else {
                throw SGCError(.internalError, "\(name): the gradient of input \(index) is lost")
            }
            let seed = try Tensor(weights.map { Float($0) }, shape: y.shape, on: device)
            let found = try tape.gradient(of: y, with: [x], seed: seed)[0]
            return found?.doubles ?? [Double](repeating: 0, count: x.count)
        }
        let analytic = zip(gradient, laid).reduce(0) { $0 + $1.0 * $1.1 }
        let scale = zip(gradient, laid).reduce(0.1) { $0 + abs($1.0 * $1.1) }
        return (analytic, numeric, scale)
    }
}
