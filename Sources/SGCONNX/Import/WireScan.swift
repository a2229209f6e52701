import SGCBase

/// Looks through the bytes of an ONNX file before protobuf does: whether they are whole, how deep they nest, and how much
/// protobuf would have to remember.
///
/// Takes constant memory and no recursion, whatever the bytes are. What it accepts, protobuf parses within the limits.
struct WireScan {
    private let bytes: [UInt8]
    private let limits: ImportLimits
    private var position = 0
    /// The messages around `position`, outermost first.
    private var open: [(kind: WireMessage, end: Int)]

    private var nodes = 0
    private var tensors = 0
    private var functions = 0
    private var parts = 0
    /// What lists of numbers of variable width take once parsed, at most.
    private var packedBytes = 0

    /// - Throws: `.format` (not the wire format of protobuf), `.truncated` (a length beyond the end), `.limit`, and
    ///   `.unsupported` for too many functions.
    static func check(_ bytes: [UInt8], limits: ImportLimits) throws(SGCError) {
        guard !bytes.isEmpty else { throw SGCError(.format, "expected an ONNX model, got 0 bytes") }
        guard bytes.count <= min(limits.fileBytes, Int(Int32.max)) else {
            throw SGCError(.limit, "expected at most \(limits.fileBytes) bytes, got \(bytes.count)")
        }
        var scan = WireScan(bytes: bytes, limits: limits)
        try scan.run()
    }

    private init(bytes: [UInt8], limits: ImportLimits) {
        self.bytes = bytes
        self.limits = limits
        self.open = [(.model, bytes.count)]
    }

    private mutating func run() throws(SGCError) {
        while let (kind, end) = open.last {
            if position == end {
                open.removeLast()
            } else {
                try field(of: kind, end: end)
            }
        }
    }

    private mutating func field(of kind: WireMessage, end: Int) throws(SGCError) {
        let start = position
        let tag = try varint(end: end)
        let number = tag >> 3
        guard number > 0, tag <= UInt32.max else {
            throw SGCError(.format, "expected a field at byte \(start), got tag \(tag)")
        }
        switch tag & 7 {
        case 0:
            _ = try varint(end: end)
            try addPart()
        case 1: try skip(8, end: end, from: start)
        case 5: try skip(4, end: end, from: start)
        case 2: try lengthDelimited(kind.field(number), end: end, from: start)
        case let type:
            throw SGCError(.format, "expected wire type 0, 1, 2 or 5 at byte \(start), got \(type)")
        }
    }

    private mutating func lengthDelimited(
        _ field: WireMessage.Field, end: Int, from start: Int
    ) throws(SGCError) {
        let length = try varint(end: end)
        guard let count = Int(exactly: length), count <= end - position else {
            throw SGCError(
                .truncated, "expected \(length) bytes at byte \(position), got \(end - position) before the end")
        }
        try addPart()
        switch field {
        case .bytes: position += count
        case .packed:
            // Every byte may become a number of 8. Each count is at most what is left of the file.
            packedBytes += 8 * count
            try require(packedBytes, limits.modelBytes, "bytes of numbers")
            position += count
        case .message(let kind):
            switch kind {
            case .node:
                nodes += 1
                try require(nodes, limits.nodes, "nodes")
            case .tensor:
                tensors += 1
                try require(tensors, limits.tensors, "tensors")
            case .function:
                functions += 1
                guard functions <= limits.functions else {
                    throw SGCError(.unsupported, "expected at most \(limits.functions) functions, got more")
                }
            default: break
            }
            guard open.count < limits.depth else {
                throw SGCError(
                    .limit, "expected at most \(limits.depth) messages inside each other at byte \(start)")
            }
            open.append((kind, position + count))
        }
    }

    private mutating func addPart() throws(SGCError) {
        parts += 1
        try require(parts, limits.parts, "fields")
    }

    private func require(_ total: Int, _ limit: Int, _ what: String) throws(SGCError) {
        guard total <= limit else { throw SGCError(.limit, "expected at most \(limit) \(what), got more") }
    }

    private mutating func skip(_ count: Int, end: Int, from start: Int) throws(SGCError) {
        guard count <= end - position else {
            throw SGCError(.truncated, "expected \(count) bytes of a number at byte \(start), got fewer")
        }
        position += count
        try addPart()
    }

    /// A number of at most ten bytes, seven bits each; bits above the 64th are dropped, as protobuf does.
    private mutating func varint(end: Int) throws(SGCError) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<10 {
            guard position + index < end else {
                throw SGCError(.format, "expected a number at byte \(position), got a part of one")
            }
            let byte = bytes[position + index]
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            if byte < 0x80 {
                position += index + 1
                return value
            }
        }
        throw SGCError(.format, "expected a number of at most 10 bytes at byte \(position)")
    }
}
