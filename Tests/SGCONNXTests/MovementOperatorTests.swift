import SGCBase
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCONNX

/// Operators that move, choose, compare and convert elements, wherever their inputs lie.
@Suite struct MovementOperatorTests {
    private static let folder =
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Golden/onnx"
    private let device = Device(backend: CPUBackend(), threads: 2)

    @Test("single nodes agree with the reference evaluator", arguments: OperatorCase.Placement.allCases)
    func golden(_ placement: OperatorCase.Placement) throws {
        let cases = try OperatorCase.read(Self.folder + "/movement.json")
        #expect(cases.count > 500)
        for item in cases {
            do {
                let results = try item.run(placement, on: device)
                if let difference = try item.difference(results) { Issue.record("\(item.name): \(difference)") }
            } catch let error as SGCError {
                Issue.record("\(item.name): \(error.message)")
            }
        }
    }

    /// Movements keep a tensor on the device, and their gradients agree with finite differences. Every function is
    /// linear in its input, so that a large step is exact.
    @Test(arguments: Movement.all)
    func gradient(_ movement: Movement) throws {
        let shape: Shape = [2, 3, 4]
        let values = (0..<shape.count).map { Float($0 * 7 % 11) / 4 - 1 }
        for isReversed in [false, true] {
            func run(_ tensor: Tensor) throws(SGCError) -> [Tensor] {
                var value = GraphTensor(tensor)
                if isReversed { value = try value.laid([2, 1, 0]) }
                let inputs = OperatorInputs(
                    values: [.device(value)] + movement.inputs.map { $0.map { .host($0) } }, device: device,
                    precision: .float32, meter: RunMeter())
                var results: [Tensor] = []
                for result in try Program.kernel(for: movement.node)(inputs) {
                    guard case .device(let tensor) = result else {
                        throw SGCError(.internalError, "\(movement.node.op): a result in plain memory")
                    }
                    results.append(try tensor.natural())
                }
                return results
            }
            func seed(_ outputs: [Tensor]) -> [[Float]] {
                outputs.enumerated().map { entry in
                    (0..<entry.element.count).map { Float(($0 * 5 + entry.offset) % 7) - 3 }
                }
            }
            func loss(_ values: [Float]) throws -> Double {
                let outputs = try run(try Tensor(values, shape: shape, on: device))
                return zip(outputs, seed(outputs)).reduce(0) { sum, pair in
                    sum + zip(pair.0.floats, pair.1).reduce(0) { $0 + Double($1.0) * Double($1.1) }
                }
            }
            let found = try Tape.run { tape throws(SGCError) in
                let x = tape.watch(try Tensor(values, shape: shape, on: device))
                let outputs = try run(x)
                var total: Tensor?
                for (output, weights) in zip(outputs, seed(outputs)) {
                    let part = try (output * Tensor(weights, shape: output.shape, on: device)).sum()
                    if let sum = total { total = try sum + part } else { total = part }
                }
                guard let total else { throw SGCError(.internalError, "no output") }
                return try tape.gradient(of: total, with: [x])[0]?.floats ?? []
            }
            let expected = try values.indices.map { index in
                var (more, less) = (values, values)
                more[index] += 1
                less[index] -= 1
                return try (loss(more) - loss(less)) / 2
            }
            #expect(
                SGCTestSupport.difference(found.map { Double($0) }, expected, tolerance: 1e-5, movement.description)
                    == nil)
        }
    }

    struct Movement: Sendable, CustomTestStringConvertible {
        let node: ONNXNode
        let inputs: [HostArray?]

        var testDescription: String { description }
        var description: String { "\(node.op) \(node.attributes.keys.sorted())" }

        init(
            _ op: String, _ inputs: [HostArray?] = [], outputs: Int = 1, _ attributes: [String: ONNXAttribute] = [:]
        ) {
            node = ONNXNode(
                name: op, op: op, domain: "", opset: 20, inputs: (0...inputs.count).map { "x\($0)" },
                outputs: (0..<outputs).map { "y\($0)" }, attributes: attributes)
            self.inputs = inputs
        }

        private static func list(_ values: Int...) -> HostArray { HostArray(list: values) }

        static let all: [Movement] = {
            do {
                let grid = try HostArray(integers: [0, 2, 1, 0, 2, 2], shape: [2, 3])
                let mask = try HostArray(booleans: [true, false, true, true], shape: [4])
                let other = try HostArray(reals: [5], shape: [1])
                let rows = try HostArray(reals: (0..<12).map(Double.init), shape: [1, 3, 4])
                return [
                    Movement("Identity"), Movement("Reshape", [list(4, -1)]), Movement("Flatten"),
                    Movement("Transpose", [], ["perm": .integers([2, 0, 1])]),
                    Movement("Unsqueeze", [list(1, -1)]), Movement("Expand", [list(5, 2, 3, 4)]),
                    Movement("Tile", [list(2, 1, 3)]),
                    Movement("Slice", [list(2, -1), list(-9, 0), list(1, 2), list(-1, -2)]),
                    Movement("Split", [list(1, 3)], outputs: 2, ["axis": .integer(2)]),
                    Movement("Concat", [rows, rows], ["axis": .integer(0)]),
                    Movement("Gather", [grid], ["axis": .integer(1)]),
                    Movement("Gather", [list(3)], ["axis": .integer(2)]),
                    Movement("GatherElements", [try grid.reshaped([1, 2, 3])], ["axis": .integer(1)]),
                    Movement("GatherND", [try HostArray(integers: [1, 2, 0, 1, 1, 2], shape: [3, 2])]),
                    Movement("Compress", [mask], ["axis": .integer(2)]),
                    Movement(
                        "ScatterND",
                        [
                            try HostArray(integers: [1, 1], shape: [2, 1]),
                            try HostArray.concatenated([rows, rows], axis: 0),
                        ]),
                    Movement(
                        "ScatterND", [try HostArray(integers: [1], shape: [1, 1]), rows], ["reduction": .string("add")]),
                    Movement(
                        "ScatterElements",
                        [try grid.reshaped([1, 2, 3]), try HostArray(reals: [1, 2, 3, 4, 5, 6], shape: [1, 2, 3])],
                        ["axis": .integer(1), "reduction": .string("add")]),
                    Movement("Trilu", [try HostArray(integers: [1], shape: [])]),
                    Movement("Pad", [list(0, 1, -1, 2, 0, 3)]),
                    Movement("Pad", [list(1, 0, 2, 1, 0, 3)], ["mode": .string("reflect")]),
                    Movement("Pad", [list(1, 0, 2, 1, 0, 3)], ["mode": .string("edge")]),
                    Movement("Pad", [list(3, 0, 2, 1, 0, 3)], ["mode": .string("wrap")]),
                    Movement("ReverseSequence", [list(1, 0, 2)]),
                    Movement("Cast", [], ["to": .integer(10)]),
                    Movement("CastLike", [other]),
                ]
            } catch {
                return []
            }
        }()
    }

    @Test("the gradient of Where goes to what was chosen, whatever the other is")
    func whereGradient() throws {
        let gradients = try Tape.run { tape throws(SGCError) in
            let x = tape.watch(try Tensor([1, .nan, 3, -.infinity], shape: [2, 2], on: device))
            let y = tape.watch(try Tensor([5], shape: [1], on: device))
            let node = ONNXNode(
                name: "w", op: "Where", domain: "", opset: 16, inputs: ["c", "x", "y"], outputs: ["z"], attributes: [:])
            let mask = try HostArray(booleans: [true, false, true, false], shape: [2, 2])
            let inputs = OperatorInputs(
                values: [.host(mask), .device(GraphTensor(x)), .device(GraphTensor(y))], device: device,
                precision: .float32, meter: RunMeter())
            guard case .device(let result)? = try Program.kernel(for: node)(inputs).first else {
                throw SGCError(.internalError, "no tensor")
            }
            let z = try result.natural()
            #expect(z.floats == [1, 5, 3, 5])
            return try tape.gradient(of: z.sum(), with: [x, y]).map { $0?.floats }
        }
        #expect(gradients == [[1, 0, 1, 0], [2]])
    }
}
