import SGCBase
import SGCTensor
import SGCTestSupport
import Testing

@testable import SGCONNX

/// One node with inputs and expected outputs, from a file of Tests/Golden/onnx.
struct OperatorCase {
    let name: String
    let node: ONNXNode
    let inputs: [HostArray?]
    let outputs: [HostArray]

    /// Where real inputs lie when the node runs.
    enum Placement: CaseIterable {
        /// In plain memory.
        case host
        /// On the device, stored as the graph thinks of them, with the channels last, or with all axes reversed.
        case natural, channelsLast, reversed
    }

    /// The cases of `path`.
    static func read(_ path: String) throws -> [OperatorCase] {
        let text = try File.readJSON(path, limits: JSONLimits(bytes: 1 << 30, depth: 32, keys: 1 << 20))
        guard case .array(let cases)? = text["cases"] else {
            throw SGCError(.format, "\(path): expected cases")
        }
        return try cases.map { try OperatorCase($0) }
    }

    private init(_ json: JSONValue) throws {
        guard case .string(let name)? = json["name"], case .string(let op)? = json["op"],
            case .integer(let opset)? = json["opset"], case .integer(let outputCount)? = json["outputCount"],
            case .array(let inputs)? = json["inputs"], case .array(let outputs)? = json["outputs"],
            case .object(let attributes)? = json["attributes"]
        else { throw SGCError(.format, "golden: a case lacks a member") }
        self.name = name
        self.inputs = try inputs.map { $0 == .null ? nil : try HostArray(json: $0) }
        self.outputs = try outputs.map { try HostArray(json: $0) }
        var values: [String: ONNXAttribute] = [:]
        for member in attributes.members { values[member.key] = try ONNXAttribute(json: member.value) }
        node = ONNXNode(
            name: name, op: op, domain: "", opset: Int(opset), inputs: inputs.indices.map { "x\($0)" },
            outputs: (0..<Int(outputCount)).map { "y\($0)" }, attributes: values)
    }

    /// The outputs of the node.
    func run(_ placement: Placement, on device: Device) throws -> [Value] {
        let values = try inputs.map { try $0.map { try $0.placed(placement, on: device) } }
        let inputs = OperatorInputs(values: values, device: device, precision: .float32, meter: RunMeter())
        return try Program.kernel(for: node)(inputs)
    }

    /// What is wrong with `results`; `nil` when they are as expected.
    func difference(_ results: [Value]) throws -> String? {
        guard results.count >= outputs.count else { return "\(results.count) outputs, expected \(outputs.count)" }
        for (index, (result, wanted)) in zip(results, outputs).enumerated() {
            guard result.shape == wanted.shape else {
                return "output \(index): shape \(result.shape), expected \(wanted.shape)"
            }
            let found = try result.array()
            switch wanted.elements {
            case .integers(let values):
                guard found.type == wanted.type, found.integers == values else {
                    return "output \(index): \(found.type) \(found.integers), expected \(wanted.type) \(values)"
                }
            case .reals(let values):
                guard found.type.isReal else { return "output \(index): \(found.type), expected \(wanted.type)" }
                let tolerance = wanted.type == .float16 || wanted.type == .bfloat16 ? 1e-3 : 1e-5
                if let text = SGCTestSupport.difference(found.reals, values, tolerance: tolerance) {
                    return "output \(index): \(text)"
                }
            }
        }
        return nil
    }
}

extension HostArray {
    init(json: JSONValue) throws {
        guard case .string(let name)? = json["type"], case .array(let extents)? = json["shape"],
            case .array(let values)? = json["values"],
            let type = ElementType.allCases.first(where: { "\($0)" == name })
        else { throw SGCError(.format, "golden: not a tensor: \(json.summary)") }
        let shape = try Shape(extents.map { Int(try $0.number()) })
        if type.isReal {
            try self.init(reals: values.map { try $0.number() }, type: type, shape: shape)
        } else {
            let integers = try values.map { value in
                guard case .integer(let integer) = value else { throw SGCError(.format, "golden: not an integer") }
                return integer
            }
            try self.init(integers: integers, type: type, shape: shape)
        }
    }

    /// The array where `placement` puts it; whole numbers stay in plain memory.
    func placed(_ placement: OperatorCase.Placement, on device: Device) throws -> Value {
        if type == .bool, placement != .host {
            guard case .device(let mask) = try cast(to: .float32).placed(placement, on: device) else {
                return .host(self)
            }
            return .mask(mask)
        }
        guard type.isReal, placement != .host else { return .host(self) }
        let tensor = GraphTensor(try Tensor(reals.map { Float($0) }, shape: shape, on: device))
        let axes = Array(0..<shape.rank)
        switch placement {
        case .host, .natural: return .device(tensor)
        case .channelsLast: return .device(shape.rank < 3 ? tensor : try tensor.laid([0] + axes.dropFirst(2) + [1]))
        case .reversed: return .device(try tensor.laid(axes.reversed()))
        }
    }
}

extension ONNXAttribute {
    init(json: JSONValue) throws {
        guard case .string(let kind)? = json["kind"], let value = json["value"] else {
            throw SGCError(.format, "golden: not an attribute: \(json.summary)")
        }
        switch (kind, value) {
        case ("integer", .integer(let integer)): self = .integer(integer)
        case ("real", _): self = .real(Float(try value.number()))
        case ("string", .string(let text)): self = .string(text)
        case ("integers", .array(let values)): self = .integers(try values.map { Int64(try $0.number()) })
        case ("tensor", _): self = .tensor(try HostArray(json: value).stored())
        case ("reals", .array(let values)): self = .reals(try values.map { Float(try $0.number()) })
        default: throw SGCError(.format, "golden: an attribute of kind \(kind)")
        }
    }
}

extension HostArray {
    /// The array as a file stores it.
    func stored() throws -> ONNXTensor {
        let words: [UInt64] =
            switch elements {
            case .integers(let values): values.map { UInt64(bitPattern: $0) }
            case .reals(let values):
                values.map { value in
                    switch type {
                    case .float64: value.bitPattern
                    case .float16: UInt64(Float16(value).bitPattern)
                    case .bfloat16: UInt64(bfloat16Bits(Float(value)))
                    default: UInt64(Float(value).bitPattern)
                    }
                }
            }
        let bytes = words.flatMap { word in
            (0..<type.size).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
        }
        return try ONNXTensor(type: type, shape: shape, bytes: bytes)
    }
}

extension JSONValue {
    fileprivate func number() throws -> Double {
        switch self {
        case .integer(let value): return Double(value)
        case .number(let value): return value
        case .string(let text):
            if let value = Double(text) { return value }
            fallthrough
        default: throw SGCError(.format, "golden: not a number: \(summary)")
        }
    }
}
