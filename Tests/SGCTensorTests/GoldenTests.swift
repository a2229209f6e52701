import SGCBase
import SGCTensor
import SGCTestSupport
import Testing

/// Every operation and its gradients against PyTorch, from numbers that both draw from the same Philox streams.
@Suite struct GoldenTests {
    /// Cases for which the engine has no operation.
    private static let unsupported: Set<String> = ["attention_value_width"]

    @Test("the Reference backend agrees with PyTorch", arguments: [DataType.float32, .float64])
    func reference(_ dataType: DataType) throws {
        // float32 goldens: half a unit in the last place, and what the rounded inputs of a gradient add.
        try compare(on: referenceDevice(), dataType, tolerance: dataType == .float64 ? 2e-6 : 1e-5)
    }

    @Test("the CPU backend agrees with PyTorch", arguments: [1, 2])
    func cpu(_ threads: Int) throws {
        try compare(on: cpuDevice(threads: threads), .float32, tolerance: 2e-5)
    }

    private func compare(on device: Device, _ dataType: DataType, tolerance: Double) throws {
        let golden = try Golden("ops")
        var compared = 0
        for var reader in try golden.cases() {
            let name = try reader.string("name")
            if Self.unsupported.contains(name) || name.hasPrefix("resize_nearest_exact") { continue }
            var names: [String] = []
            var inputs: [Tensor] = []
            for input in try reader.objects("inputs") {
                var input = input
                names.append(try input.string("name"))
                let drawn = try golden.drawn(input)
                let (shape, values) = (try Shape(drawn.shape), drawn.values)
                let type: DataType = try input.stringIfPresent("kind") == "integer" ? .int32 : dataType
                inputs.append(
                    type == .float64
                        ? try Tensor(doubles: values.map(Double.init), shape: shape, on: device)
                        : try Tensor(values, shape: shape, type, on: device))
            }
            let operation = try GoldenOperation(try reader.string("op"), try reader.object("parameters"), names)
            let seed = try golden.drawn(reader.object("upstream")).values
            let result = try gradients(of: operation.apply, at: inputs, seed: seed.map(Double.init))
            expectClose(result.y.doubles, try golden.values("\(name)/y"), tolerance: tolerance, name)
            for gradient in try reader.strings("gradients") {
                let index = try #require(names.firstIndex(of: gradient))
                expectClose(
                    result.gradients[index].doubles, try golden.values("\(name)/d_\(gradient)"), tolerance: tolerance,
                    "\(name): gradient of \(gradient)")
            }
            compared += 1
        }
        #expect(compared > 80)
    }
}

/// An operation of the golden file in terms of the engine's.
private struct GoldenOperation {
    private let name: String
    private let names: [String]
    private var integers: [String: [Int]] = [:]
    private var numbers: [String: Double] = [:]
    private var flags: [String: Bool] = [:]
    private let mode: ResizeMode

    init(_ name: String, _ parameters: JSONReader, _ names: [String]) throws {
        var reader = parameters
        self.name = name
        self.names = names
        mode = try reader.stringIfPresent("mode") == "bilinear" ? .bilinear : .nearest
        for key in ["stride", "padding", "dilation", "output_padding", "size", "kernel"] {
            integers[key] = try reader.integers(key, default: [1, 1, 1, 1])
        }
        for key in ["groups", "heads", "axis"] { integers[key] = [try reader.integer(key, default: 1)] }
        for key in ["epsilon", "scale", "label_smoothing"] { numbers[key] = try reader.double(key, default: 0) }
        for key in ["training", "count_include_pad"] { flags[key] = try reader.bool(key, default: true) }
    }

    private var geometry: ConvolutionGeometry {
        var geometry = ConvolutionGeometry(groups: integer("groups"))
        (geometry.strideHeight, geometry.strideWidth) = (integer("stride"), integer("stride", 1))
        (geometry.dilationHeight, geometry.dilationWidth) = (integer("dilation"), integer("dilation", 1))
        (geometry.top, geometry.left) = (integer("padding"), integer("padding", 1))
        (geometry.bottom, geometry.right) = (integer("padding", 2), integer("padding", 3))
        return geometry
    }

    private func integer(_ key: String, _ index: Int = 0) -> Int { integers[key]?[index] ?? 1 }
    private func number(_ key: String) -> Double { numbers[key] ?? 0 }

    func apply(_ inputs: [Tensor]) throws -> Tensor {
        let x = inputs[0]
        let bias = names.last == "bias" ? inputs.last : nil
        switch name {
        case "conv2d": return try x.convolution(weight: inputs[1], bias: bias, geometry: geometry)
        case "conv_transpose2d":
            return try x.transposedConvolution(
                weight: inputs[1], bias: bias, geometry: geometry,
                outputPadding: (integer("output_padding"), integer("output_padding")))
        case "group_norm", "group_norm_silu":
            return try x.groupNorm(
                groups: integer("groups"), gain: inputs[1], shift: inputs[2], epsilon: number("epsilon"),
                silu: name == "group_norm_silu")
        case "layer_norm": return try x.layerNorm(gain: inputs[1], shift: inputs[2], epsilon: number("epsilon"))
        case "batch_norm" where flags["training"] == true:
            return try x.batchNorm(gain: inputs[1], shift: inputs[2], epsilon: number("epsilon")).y
        case "batch_norm":
            return try x.batchNorm(
                mean: inputs[3], variance: inputs[4], gain: inputs[1], shift: inputs[2], epsilon: number("epsilon"))
        case "linear": return try x.linear(weight: inputs[1], bias: bias)
        case "matmul": return try Tensor.matrixProduct(x, inputs[1])
        case "softmax" where x.rank == 3: return try x.permuted([0, 2, 1]).softmax().permuted([0, 2, 1])
        case "softmax": return try x.softmax()
        case "log_softmax" where x.rank == 3: return try x.permuted([0, 2, 1]).logSoftmax().permuted([0, 2, 1])
        case "log_softmax": return try x.logSoftmax()
        case "attention":
            return try Tensor.attention(x, inputs[1], inputs[2], heads: integer("heads"), scale: number("scale"))
        case "resize": return try x.resized(height: integer("size"), width: integer("size", 1), mode: mode)
        case "avg_pool", "max_pool":
            return try x.pooled(
                PoolingGeometry(
                    name == "avg_pool" ? .average : .maximum, kernel: integer("kernel"), stride: integer("stride"),
                    padding: integer("padding"), countsPadding: flags["count_include_pad"] ?? true))
        case "cross_entropy":
            return try x.crossEntropy(labels: inputs[1], smoothing: number("label_smoothing")).reshaped([1])
        default: return try x.map(try function)
        }
    }

    private var function: UnaryFunction {
        get throws {
            switch name {
            case "gelu_erf": .gelu
            case "gelu_tanh": .geluTanh
            case "silu": .silu
            case "relu": .relu
            case "leaky_relu": .leakyReLU(slope: 0.2)
            case "sigmoid": .sigmoid
            case "tanh": .tanh
            case "softplus": .softplus
            default: throw SGCError(.unsupported, "golden: unknown operation \(name)")
            }
        }
    }
}
