import SGCBase
import SGCTensor

@testable import SGCONNX

/// A suite that makes programs of graphs of operator set 17.
protocol ProgramTesting {
    var device: Device { get }
}

extension ProgramTesting {
    /// A node that is called as its first output.
    func node(
        _ op: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: ONNXAttribute] = [:]
    ) -> ONNXNode {
        ONNXNode(
            name: outputs[0], op: op, domain: "", opset: 17, inputs: inputs, outputs: outputs, attributes: attributes)
    }

    func info(_ name: String, _ type: ElementType = .float32, _ shape: [ONNXValueInfo.Extent]? = nil)
        -> ONNXValueInfo
    {
        ONNXValueInfo(name: name, type: type, shape: shape)
    }

    func graph(
        _ nodes: [ONNXNode], inputs: [ONNXValueInfo], outputs: [String], _ initializers: [String: HostArray] = [:]
    ) throws -> ONNXGraph {
        ONNXGraph(
            name: "g", nodes: nodes, initializers: try initializers.mapValues { try $0.stored() }, inputs: inputs,
            outputs: outputs.map { info($0) })
    }

    func program(_ graph: ONNXGraph, _ limits: RunLimits = RunLimits()) throws -> Program {
        var options = ProgramOptions()
        options.limits = limits
        return try Program(
            ONNXModel(irVersion: 8, opsets: ["": 17], producer: "", metadata: [:], graph: graph), options: options,
            device: device)
    }

    func value(_ numbers: Double...) throws -> Value {
        .host(try HostArray(reals: numbers, shape: [numbers.count]))
    }

    func reals(_ values: [Value]) throws -> [[Double]] { try values.map { try $0.array().reals } }
}
