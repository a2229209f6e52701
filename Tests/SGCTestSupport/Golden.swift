package import SGCBase

/// A group of goldens: NAME.json and the tensors of NAME.safetensors in Tests/Golden/torch (see its README.md).
package struct Golden {
    /// The whole of NAME.json.
    package let description: JSONValue
    private let file: SafetensorsFile

    package init(_ name: String) throws {
        // Tests/SGCTestSupport/Golden.swift -> Tests/Golden/torch
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let path = "/\(folder)/Golden/torch/\(name)"
        description = try File.readJSON(path + ".json", limits: JSONLimits(bytes: 1 << 24, depth: 32, keys: 1 << 16))
        file = try SafetensorsFile(path: path + ".safetensors")
    }

    /// A reader of NAME.json.
    package func reader() throws -> JSONReader { try JSONReader(description) }

    /// The cases of NAME.json.
    package func cases() throws -> [JSONReader] {
        var reader = try reader()
        return try reader.objects("cases")
    }

    /// The seed of all streams of the group.
    package func seed() throws -> UInt64 {
        var reader = try reader()
        return try reader.unsigned("seed")
    }

    /// Whether there is a tensor of this name.
    package func contains(_ name: String) -> Bool { file.tensor(name) != nil }

    /// The values of a stored float32 tensor.
    package func floats(_ name: String) throws -> [Float] {
        try words(name, .float32).map { Float(bitPattern: $0) }
    }

    /// The same as Double.
    package func values(_ name: String) throws -> [Double] { try floats(name).map(Double.init) }

    /// The values of a stored int32 tensor.
    package func indices(_ name: String) throws -> [Int32] {
        try words(name, .int32).map { Int32(bitPattern: $0) }
    }

    private func words(_ name: String, _ type: SafetensorsType) throws -> [UInt32] {
        guard let tensor = file.tensor(name), tensor.type == type else {
            throw SGCError(.format, "golden: no tensor \(name) of \(type)")
        }
        let bytes = try file.read(name)
        return stride(from: 0, to: bytes.count, by: 4).map { i in
            (0..<4).reversed().reduce(0) { $0 << 8 | UInt32(bytes[i + $1]) }
        }
    }

    /// The numbers of an input, a weight or an upstream gradient, drawn again from its stream.
    ///
    /// - Parameters:
    ///   - description: its JSON: stream, shape, and scale and offset or modulus.
    ///   - seed: the case's; the group's when `nil`.
    package func drawn(_ description: JSONReader, seed: UInt64? = nil) throws -> (shape: [Int], values: [Float]) {
        var description = description
        let shape = try description.integers("shape")
        let count = shape.reduce(1, *)
        var random = RandomSource(
            seed: try seed ?? self.seed(), stream: try description.unsigned("stream"))
        if let modulus = try description.integerIfPresent("modulus") {
            let offset = try description.integer("offset")
            return (shape, (0..<count).map { _ in Float(Int(random.nextWord()) % modulus + offset) })
        }
        let (scale, offset) = (try description.float("scale"), try description.float("offset"))
        let isTwoSided = try description.stringIfPresent("kind") == "two-sided"
        let values = (0..<count).map { _ in
            let u = Float(random.nextWord() >> 8) * 0x1p-23 - 1
            // In two statements: rounded once per operation, never fused.
            let product = scale * u
            return isTwoSided && u < 0 ? product - offset : product + offset
        }
        return (shape, values)
    }

    /// The eight dot products of array number `index` with vectors of −1 and +1.
    package func projections(_ values: [Float], index: Int) throws -> [Double] {
        let seed = try self.seed()
        return (0..<8).map { j in
            var random = RandomSource(seed: seed, stream: UInt64(1_000_000 + 8 * index + j))
            return values.reduce(0.0) { random.nextWord() >> 31 == 1 ? $0 - Double($1) : $0 + Double($1) }
        }
    }
}

/// ‖v‖.
package func norm(_ values: [Float]) -> Double {
    values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
}
