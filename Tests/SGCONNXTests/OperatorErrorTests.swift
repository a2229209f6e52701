import SGCBase
import SGCTensor
import Testing

@testable import SGCONNX

/// What numeric operators say to attributes and shapes that make no sense, or ask for too much.
@Suite struct OperatorErrorTests {
    private let device = Device(backend: CPUBackend())

    /// A node that must fail.
    struct Bad: Sendable, CustomStringConvertible {
        let op: String
        var opset = 18
        var attributes: [String: ONNXAttribute] = [:]
        var inputs: [HostArray?] = []
        let code: SGCError.Code
        /// Whether the node is refused before it runs.
        var isStatic = false

        var description: String { "\(op) \(attributes) \(inputs.map { $0?.shape.dimensions })" }
    }

    private static func zeros(_ dimensions: [Int]) -> HostArray {
        let shape = Shape(known: dimensions)
        guard let array = try? HostArray(reals: [Double](repeating: 0, count: shape.count), shape: shape) else {
            return HostArray(list: [])
        }
        return array
    }

    private static func reals(_ values: [Double]) -> HostArray {
        (try? HostArray(reals: values, shape: [values.count])) ?? HostArray(list: [])
    }

    private static let image = zeros([1, 2, 4, 4])
    private static let region = (try? HostArray(reals: [0, 0, 1e30, 1], shape: [1, 4])) ?? HostArray(list: [])

    static let bad: [Bad] = [
        // Resize: scales and sizes.
        Bad(op: "Resize", inputs: [image, nil, reals([1, 1, 1e9, 1e9])], code: .limit),
        Bad(op: "Resize", inputs: [image, nil, reals([1, 1, 1e30, 1])], code: .limit),
        Bad(op: "Resize", inputs: [image, nil, reals([1, 1, 0, 1])], code: .format),
        Bad(op: "Resize", inputs: [image, nil, reals([1, 1, .nan, 1])], code: .format),
        Bad(op: "Resize", inputs: [image, nil, reals([1, 1, -1, 1])], code: .format),
        Bad(op: "Resize", inputs: [image, nil, reals([1, 1, .infinity, 1])], code: .format),
        Bad(op: "Resize", inputs: [image, nil, reals([1, 1])], code: .format),
        Bad(op: "Resize", inputs: [image], code: .format),
        Bad(op: "Resize", inputs: [image, nil, nil, HostArray(list: [1, 2, 0, 4])], code: .format),
        Bad(op: "Resize", inputs: [image, nil, nil, HostArray(list: [1, 2, 1 << 32, 1 << 32])], code: .limit),
        Bad(op: "Resize", inputs: [image, nil, nil, HostArray(list: [1, 2, Int.max, 1])], code: .limit),
        Bad(op: "Resize", inputs: [zeros([1, 2, 0, 4]), nil, nil, HostArray(list: [1, 2, 4, 4])], code: .format),
        Bad(op: "Resize", attributes: ["mode": .string("area")], code: .unsupported, isStatic: true),
        Bad(
            op: "Resize", attributes: ["mode": .string("cubic")],
            inputs: [zeros([1, 1, 1, 1]), nil, nil, HostArray(list: [1, 1, 1, 1 << 30])], code: .limit),
        // Windows.
        Bad(op: "MaxPool", inputs: [image], code: .format, isStatic: true),
        Bad(op: "MaxPool", attributes: ["kernel_shape": .integers([0, 2])], code: .format, isStatic: true),
        Bad(
            op: "MaxPool", attributes: ["kernel_shape": .integers([2, 2]), "strides": .integers([0, 1])],
            code: .format, isStatic: true),
        Bad(
            op: "MaxPool", attributes: ["kernel_shape": .integers([2, 2]), "dilations": .integers([.max, 1])],
            code: .format, isStatic: true),
        Bad(
            op: "AveragePool", attributes: ["kernel_shape": .integers([2, 2]), "pads": .integers([-1, 0, 0, 0])],
            code: .format, isStatic: true),
        Bad(
            op: "AveragePool", attributes: ["kernel_shape": .integers([2, 2]), "pads": .integers([1, 1])],
            code: .format, isStatic: true),
        Bad(
            op: "AveragePool", attributes: ["kernel_shape": .integers([2, 2]), "pads": .integers([2, 0, 0, 0])],
            inputs: [image], code: .unsupported),
        Bad(op: "MaxPool", attributes: ["kernel_shape": .integers([5, 2])], inputs: [image], code: .format),
        Bad(op: "MaxPool", attributes: ["kernel_shape": .integers([2])], inputs: [image], code: .format),
        Bad(
            op: "LpPool", attributes: ["kernel_shape": .integers([2]), "p": .integer(0)], code: .format, isStatic: true),
        Bad(
            op: "MaxPool", attributes: ["kernel_shape": .integers([2]), "strides": .integers([1, 1])], code: .format,
            isStatic: true),
        Bad(op: "LRN", attributes: ["size": .integer(1 << 14)], inputs: [zeros([1, 1 << 14, 1, 1])], code: .limit),
        // Convolution.
        Bad(op: "Conv", attributes: ["strides": .integers([0, 1])], code: .format, isStatic: true),
        Bad(op: "Conv", attributes: ["dilations": .integers([1, 0])], code: .format, isStatic: true),
        Bad(op: "Conv", attributes: ["group": .integer(0)], code: .format, isStatic: true),
        Bad(op: "Conv", attributes: ["group": .integer(.min)], code: .format, isStatic: true),
        Bad(op: "Conv", attributes: ["group": .integer(3)], inputs: [image, zeros([6, 1, 3, 3])], code: .format),
        Bad(op: "Conv", attributes: ["group": .integer(2)], inputs: [image, zeros([3, 1, 3, 3])], code: .format),
        Bad(op: "Conv", attributes: ["pads": .integers([-1, 0, 0, 0])], code: .format, isStatic: true),
        Bad(op: "Conv", inputs: [image, zeros([2, 2, 5, 3])], code: .format),
        Bad(op: "Conv", inputs: [image, zeros([2, 3, 3, 3])], code: .format),
        Bad(op: "Conv", inputs: [image, zeros([0, 2, 3, 3])], code: .format),
        Bad(
            op: "Conv", attributes: ["pads": .integers([1 << 20, 1 << 20, 0, 0])],
            inputs: [image, zeros([2, 2, 3, 3])],
            code: .limit),
        // Products of matrices.
        Bad(op: "MatMul", inputs: [zeros([2, 3]), zeros([2, 3])], code: .format),
        Bad(op: "MatMul", inputs: [zeros([2, 2, 3]), zeros([3, 3, 2])], code: .format),
        Bad(op: "MatMul", inputs: [zeros([]), zeros([2, 3])], code: .format),
        Bad(op: "MatMul", inputs: [zeros([1 << 20, 1]), zeros([1, 1 << 20])], code: .limit),
        Bad(op: "MatMul", inputs: [zeros([1 << 16, 1, 1, 9]), zeros([1, 1 << 16, 9, 1])], code: .limit),
        Bad(op: "Gemm", inputs: [zeros([2, 3]), zeros([2, 3])], code: .format),
        Bad(op: "Gemm", inputs: [zeros([2, 3]), zeros([3, 2]), zeros([3])], code: .format),
        // Broadcasting.
        Bad(op: "Add", inputs: [zeros([2, 3]), zeros([2])], code: .format),
        Bad(op: "Add", inputs: [zeros([1 << 20, 1]), zeros([1 << 20])], code: .limit),
        Bad(op: "Pow", inputs: [zeros([1 << 20, 1]), zeros([1 << 20])], code: .limit),
        Bad(op: "Less", inputs: [zeros([1 << 20, 1]), zeros([1 << 20])], code: .limit),
        // Empty tensors whose other extents are large.
        Bad(op: "Reshape", inputs: [zeros([0]), HostArray(list: [0, 1 << 39])], code: .limit),
        Bad(op: "Reshape", inputs: [zeros([0]), HostArray(list: [0, 1 << 35, 1 << 35])], code: .limit),
        Bad(op: "Expand", inputs: [zeros([0, 1]), HostArray(list: [0, 1 << 39])], code: .limit),
        Bad(op: "Tile", inputs: [zeros([0, 1]), HostArray(list: [1, 1 << 39])], code: .limit),
        // Transposed convolution.
        Bad(op: "ConvTranspose", attributes: ["group": .integer(0)], code: .format, isStatic: true),
        Bad(
            op: "ConvTranspose", attributes: ["group": .integer(3)], inputs: [image, zeros([2, 1, 3, 3])],
            code: .format),
        Bad(op: "ConvTranspose", inputs: [image, zeros([3, 1, 3, 3])], code: .format),
        Bad(
            op: "ConvTranspose", attributes: ["strides": .integers([1 << 20, 1 << 20])],
            inputs: [image, zeros([2, 1, 3, 3])], code: .limit),
        Bad(
            op: "ConvTranspose", attributes: ["pads": .integers([9, 9, 9, 9])], inputs: [image, zeros([2, 1, 3, 3])],
            code: .format),
        // Axes.
        Bad(op: "Softmax", attributes: ["axis": .integer(99)], inputs: [image], code: .format),
        Bad(op: "Softmax", opset: 11, attributes: ["axis": .integer(.min)], inputs: [image], code: .format),
        Bad(op: "Softmax", attributes: ["axis": .real(1)], code: .format, isStatic: true),
        Bad(op: "ReduceSum", inputs: [image, HostArray(list: [4])], code: .format),
        Bad(op: "ReduceSum", inputs: [image, HostArray(list: [1, -3])], code: .format),
        Bad(op: "ArgMax", attributes: ["axis": .integer(2)], inputs: [zeros([2, 3, 0])], code: .format),
        Bad(op: "CumSum", inputs: [image, HostArray(list: [])], code: .format),
        Bad(op: "TopK", inputs: [image, HostArray(list: [5])], code: .format),
        Bad(op: "TopK", inputs: [image, HostArray(list: [-1])], code: .format),
        // Normalizations.
        Bad(
            op: "BatchNormalization", inputs: [image, zeros([3]), zeros([2]), zeros([2]), zeros([2])], code: .format),
        Bad(op: "InstanceNormalization", inputs: [zeros([2, 3]), zeros([3]), zeros([3])], code: .format),
        Bad(op: "GroupNormalization", attributes: ["num_groups": .integer(0)], code: .format, isStatic: true),
        Bad(
            op: "GroupNormalization", attributes: ["num_groups": .integer(3)], inputs: [image, zeros([3]), zeros([3])],
            code: .format),
        Bad(op: "LayerNormalization", inputs: [image, zeros([3])], code: .format),
        Bad(op: "LpNormalization", attributes: ["p": .integer(3)], code: .unsupported, isStatic: true),
        Bad(op: "LRN", attributes: ["size": .integer(.max)], code: .format, isStatic: true),
        // Others.
        Bad(op: "Gelu", opset: 20, attributes: ["approximate": .string("fast")], code: .unsupported, isStatic: true),
        Bad(op: "Max", inputs: [image, HostArray(list: [1])], code: .format),
        Bad(op: "Max", inputs: [image, zeros([3])], code: .format),
        Bad(op: "Exp", inputs: [HostArray(list: [1])], code: .format),
        Bad(op: "Clip", inputs: [image, zeros([2])], code: .format),
        Bad(op: "Einsum", attributes: ["equation": .string("ij,jk->il")], code: .format, isStatic: true),
        Bad(op: "Einsum", attributes: ["equation": .string("i.j")], code: .format, isStatic: true),
        Bad(
            op: "Einsum", attributes: ["equation": .string("ij,jk")], inputs: [zeros([2, 3]), zeros([4, 2])],
            code: .format),
        Bad(op: "Einsum", attributes: ["equation": .string("ij")], inputs: [zeros([2])], code: .format),
        Bad(op: "DepthToSpace", attributes: ["blocksize": .integer(.max)], code: .format, isStatic: true),
        Bad(op: "DepthToSpace", attributes: ["blocksize": .integer(2)], inputs: [image], code: .format),
        Bad(op: "SpaceToDepth", attributes: ["blocksize": .integer(3)], inputs: [image], code: .format),
        Bad(op: "GridSample", inputs: [image, zeros([1, 2, 2, 3])], code: .format),
        Bad(
            op: "GridSample", opset: 20, attributes: ["mode": .string("cubic")],
            inputs: [zeros([1, 1, 1, 1, 1, 1, 1, 1]), zeros([1, 1 << 16, 1, 1, 1, 1, 1, 6])], code: .limit),
        Bad(
            op: "AffineGrid", opset: 20, inputs: [zeros([1, 2, 3]), HostArray(list: [1, 1, 1 << 20, 1 << 20])],
            code: .limit),
        Bad(
            op: "RoiAlign", inputs: [image, region, HostArray(list: [0])], code: .format),
        Bad(
            op: "Dropout", inputs: [image, reals([0.5]), try? HostArray(booleans: [true], shape: [])],
            code: .unsupported),
    ]

    @Test("nodes that cannot be computed are refused, in plain memory and on the device", arguments: bad)
    func refused(_ bad: Bad) throws {
        let node = ONNXNode(
            name: "n", op: bad.op, domain: "", opset: bad.opset, inputs: bad.inputs.indices.map { "x\($0)" },
            outputs: ["y"], attributes: bad.attributes)
        if bad.isStatic {
            let error = #expect(throws: SGCError.self) { _ = try Program.kernel(for: node) }
            #expect(error?.code == bad.code, "\(error?.message ?? "")")
            return
        }
        let kernel = try Program.kernel(for: node)
        for placement in [OperatorCase.Placement.host, .natural] {
            let values = try bad.inputs.map { try $0.map { try $0.placed(placement, on: device) } }
            let inputs = OperatorInputs(values: values, device: device, precision: .float32, meter: RunMeter())
            let error = #expect(throws: SGCError.self) { _ = try kernel(inputs) }
            #expect(error?.code == bad.code, "\(error?.message ?? "")")
        }
    }
}
