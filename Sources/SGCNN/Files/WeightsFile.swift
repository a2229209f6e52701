package import SGCBase
import SGCTensor

/// Named parameters in safetensors files, float32, each with its digest.
package enum WeightsFile {
    /// A parameter under the name it has in the file.
    package struct Entry {
        package let name: String
        package let parameter: Parameter

        package init(_ name: String, _ parameter: Parameter) {
            self.name = name
            self.parameter = parameter
        }
    }

    /// Writes the parameters atomically.
    ///
    /// - Throws: `.io`; see ``SafetensorsWriter``.
    package static func write(
        _ entries: [Entry], to path: String, metadata: [(key: String, value: String)] = []
    ) throws(SGCError) {
        try unsafe SafetensorsWriter.write(path, tensors: try described(entries), metadata: metadata) {
            (index, sink) throws(SGCError) in
            try unsafe entries[index].parameter.value.withBytes { (bytes) throws(SGCError) in try unsafe sink(bytes) }
        }
    }

    /// Reads every parameter from the file, which must hold exactly these.
    ///
    /// Nothing is assigned before all tensors were read and verified.
    /// - Throws: `.mismatch` naming missing and surplus tensors, `.checksum`, `.numeric`, `.truncated`, `.io`.
    package static func read(_ entries: [Entry], from path: String) throws(SGCError) {
        let file = try SafetensorsFile(path: path)
        try file.require(try described(entries), anyFloat: true)
        var values: [Tensor] = []
        for entry in entries {
            guard let stored = file.tensor(entry.name) else {
                throw SGCError(.mismatch, "\(path): there is no tensor \(entry.name)")
            }
            let device = entry.parameter.value.device
            let type: DataType
            switch stored.type {
            case .float32: type = .float32
            case .bfloat16: type = .bfloat16
            default:
                throw SGCError(
                    .unsupported, "\(path): expected F32 or BF16 for \(entry.name), got \(stored.type.rawValue)")
            }
            let value = try Tensor(uninitialized: entry.parameter.shape, type, on: device)
            try unsafe value.withMutableBytes { (bytes) throws(SGCError) in
                try unsafe file.read(entry.name, into: bytes)
            }
            values.append(try value.cast(to: .float32))
        }
        for (entry, value) in zip(entries, values) { try entry.parameter.assign(value) }
    }

    private static func described(_ entries: [Entry]) throws(SGCError) -> [SafetensorsTensor] {
        var tensors: [SafetensorsTensor] = []
        for entry in entries {
            tensors.append(
                try SafetensorsTensor(name: entry.name, type: .float32, shape: entry.parameter.shape.dimensions))
        }
        return tensors
    }
}
