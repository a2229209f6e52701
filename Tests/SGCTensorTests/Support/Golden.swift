import Glibc
import SGCBase
import SGCTensor
import Testing

/// A group of goldens: the cases of NAME.json and the tensors of NAME.safetensors in Tests/Golden/torch.
struct Golden {
    let cases: [JSONValue]
    let seed: UInt64
    private let header: JSONValue
    private let data: ArraySlice<UInt8>

    init(_ name: String) throws {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(folder)/Golden/torch/\(name)"
        let limits = JSONLimits(bytes: 1 << 24, depth: 32, keys: 1 << 16)
        let description = try JSONValue(parsing: try bytes(path + ".json"), limits: limits)
        guard case .array(let cases) = description["cases"], case .integer(let seed) = description["seed"] else {
            throw SGCError(.format, "\(name): expected cases and a seed")
        }
        self.cases = cases
        self.seed = UInt64(seed)
        let file = try bytes(path + ".safetensors")
        let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        header = try JSONValue(parsing: Array(file[8..<8 + length]), limits: limits)
        data = file[(8 + length)...]
    }

    /// The values of a stored float32 tensor.
    func values(_ name: String) throws -> [Double] {
        guard let entry = header[name], case .array(let range) = entry["data_offsets"],
            case .integer(let begin) = range[0], case .integer(let end) = range[1]
        else {
            throw SGCError(.format, "golden: no tensor \(name)")
        }
        let bytes = data[data.startIndex + Int(begin)..<data.startIndex + Int(end)]
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { i in
            Double(Float(bitPattern: (0..<4).reversed().reduce(0) { $0 << 8 | UInt32(bytes[i + $1]) }))
        }
    }

    /// The numbers of an input or an upstream gradient, drawn again from its stream (Tests/Golden/torch/golden.py).
    func drawn(_ description: JSONReader, _ shape: Shape) throws -> [Float] {
        var description = description
        var random = RandomSource(seed: seed, stream: try description.unsigned("stream"))
        if let modulus = try description.integerIfPresent("modulus") {
            let offset = try description.integer("offset")
            return (0..<shape.count).map { _ in Float(Int(random.nextWord()) % modulus + offset) }
        }
        let (scale, offset) = (try description.float("scale"), try description.float("offset"))
        return (0..<shape.count).map { _ in
            let product = scale * (Float(random.nextWord() >> 8) * 0x1p-23 - 1)
            return offset + product
        }
    }
}

private func bytes(_ path: String) throws -> [UInt8] {
    guard let file = unsafe fopen(path, "rb") else { throw SGCError(.io, "golden: cannot open \(path)") }
    defer { unsafe fclose(file) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = unsafe fread(&buffer, 1, buffer.count, file)
        if count == 0 { return result }
        result += buffer[..<count]
    }
}
