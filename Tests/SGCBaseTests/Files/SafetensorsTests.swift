import Glibc
import SGCBase
import Testing

/// A file of a header and `dataCount` bytes of zeros.
private func file(_ header: String, data dataCount: Int = 0) -> [UInt8] {
    file(Array(header.utf8), data: dataCount)
}

private func file(_ header: [UInt8], data dataCount: Int = 0) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header
        + [UInt8](repeating: 0, count: dataCount)
}

private func one(
    name: String = "a", dtype: String = #""F32""#, shape: String = "[2]", offsets: String = "[0,8]"
) -> String {
    "{\"\(name)\":{\"dtype\":\(dtype),\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
}

private func two(_ first: String, _ second: String) -> String {
    """
    {"a":{"dtype":"U8","shape":[4],"data_offsets":\(first)},"b":{"dtype":"U8","shape":[4],"data_offsets":\(second)}}
    """
}

struct BadFile: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let code: SGCError.Code
    var testDescription: String { name }

    init(_ name: String, _ bytes: [UInt8], _ code: SGCError.Code) {
        self.name = name
        self.bytes = bytes
        self.code = code
    }
}

private let badHeaders: [BadFile] = [
    BadFile("ST-1 empty", [], .truncated),
    BadFile("ST-1 seven bytes", [2, 0, 0, 0, 0, 0, 0], .truncated),
    BadFile("ST-2 header of 0 bytes", file(""), .format),
    BadFile("ST-2 header of 2^64-1 bytes", [UInt8](repeating: 0xFF, count: 8) + [0x7B, 0x7D], .limit),
    BadFile("ST-2 header longer than the file", [9, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], .truncated),
    BadFile("ST-2 header above the limit", [1, 0, 0, 1, 0, 0, 0, 0, 0x7B, 0x7D], .limit),
    BadFile("ST-3 header starts with [", file("[]"), .format),
    BadFile("ST-3 header starts with a space", file(" {}"), .format),
    BadFile("ST-3 header not UTF-8", file([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]), .format),
    BadFile("ST-3 invalid JSON", file("{\"a\":}"), .format),
    BadFile("ST-4 padded with NUL", file("{}\0\0"), .format),
    BadFile(
        "ST-5 duplicate tensor",
        file(
            #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
            data: 2), .format),
    BadFile(
        "ST-5 duplicate inner key",
        file(#"{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, data: 1),
        .format),
    BadFile("unknown inner key", file(#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}"#), .format),
    BadFile("tensor is a number", file(#"{"a":1}"#), .format),
    BadFile("ST-6 dtype missing", file(#"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, data: 8), .format),
    BadFile("ST-6 dtype F31", file(one(dtype: #""F31""#), data: 8), .format),
    BadFile("ST-6 dtype a number", file(one(dtype: "32"), data: 8), .format),
    BadFile("ST-6 dtype F8_E4M3", file(one(dtype: #""F8_E4M3""#), data: 8), .unsupported),
    BadFile("ST-6 dtype F4", file(one(dtype: #""F4""#), data: 8), .unsupported),
    BadFile("shape missing", file(#"{"a":{"dtype":"F32","data_offsets":[0,8]}}"#, data: 8), .format),
    BadFile("offsets missing", file(#"{"a":{"dtype":"F32","shape":[2]}}"#, data: 8), .format),
    BadFile("one offset", file(one(offsets: "[8]"), data: 8), .format),
    BadFile("three offsets", file(one(offsets: "[0,8,8]"), data: 8), .format),
    BadFile("ST-7 shape -1", file(one(shape: "[-1]"), data: 8), .format),
    BadFile("ST-7 shape 1.5", file(one(shape: "[1.5]"), data: 8), .format),
    BadFile("ST-7 shape 1e3", file(one(shape: "[1e3]"), data: 8), .format),
    BadFile("ST-7 shape \"4\"", file(one(shape: #"["4"]"#), data: 8), .format),
    BadFile("ST-7 shape null", file(one(shape: "[null]"), data: 8), .format),
    BadFile("ST-7 shape true", file(one(shape: "[true]"), data: 8), .format),
    BadFile("ST-8 shape [2^32, 2^32]", file(one(shape: "[4294967296,4294967296]"), data: 8), .format),
    BadFile("ST-8 shape [2^63, 2]", file(one(shape: "[9223372036854775808,2]"), data: 8), .format),
    BadFile(
        "ST-8 shape [0, 2^63, 2^63]",
        file(one(shape: "[0,9223372036854775808,9223372036854775808]", offsets: "[0,0]")), .format),
    BadFile("ST-9 begin above end", file(one(shape: "[0]", offsets: "[8,0]"), data: 8), .format),
    BadFile("ST-9 begin above end, far", file(one(offsets: "[9223372036854775807,0]"), data: 8), .format),
    BadFile("ST-9 negative offset", file(one(offsets: "[-8,0]"), data: 8), .format),
    BadFile("ST-9 first begin is not 0", file(one(offsets: "[4,12]"), data: 12), .format),
    BadFile("ST-10 overlap", file(two("[0,4]", "[2,6]"), data: 6), .format),
    BadFile("ST-10 same range", file(two("[0,4]", "[0,4]"), data: 4), .format),
    BadFile("ST-10 hole", file(two("[0,4]", "[5,9]"), data: 9), .format),
    BadFile("ST-11 end above the file", file(one(), data: 7), .truncated),
    BadFile("ST-11 file longer than the last end", file(one(), data: 9), .format),
    BadFile("ST-11 data without tensors", file("{}", data: 1), .format),
    BadFile("ST-12 range is not shape times type", file(one(offsets: "[0,4]"), data: 4), .format),
    BadFile(
        "ST-13 offset above 2^53",
        file(one(dtype: #""U8""#, shape: "[9007199254740993]", offsets: "[0,9007199254740993]"), data: 8), .truncated),
    BadFile("ST-14 metadata with a number", file(#"{"__metadata__":{"a":1}}"#), .format),
    BadFile("ST-14 metadata with an array", file(#"{"__metadata__":{"a":[]}}"#), .format),
    BadFile("ST-14 metadata as a tensor", file(one(name: "__metadata__"), data: 8), .format),
    BadFile("ST-14 metadata as a string", file(#"{"__metadata__":"x"}"#), .format),
    BadFile("ST-15 empty name", file(one(name: ""), data: 8), .format),
    BadFile("ST-15 name with NUL", file(one(name: #"a\u0000"#), data: 8), .format),
    BadFile("ST-15 name of 10 KB", file(one(name: String(repeating: "x", count: 10_000)), data: 8), .format),
    BadFile("ST-15 name with a lone surrogate", file(one(name: #"\ud800"#), data: 8), .format),
    BadFile("ST-17 100,000 levels", file("{\"a\":" + String(repeating: "[", count: 100_000)), .limit),
    BadFile("ST-19 rank 9", file(one(shape: "[1,1,1,1,1,1,1,1,2]"), data: 8), .limit),
]

@Suite struct SafetensorsReaderTests {
    @Test("bad headers have their own codes", arguments: badHeaders)
    func badHeader(_ bad: BadFile) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/bad.safetensors"
            try AtomicFile.write(path, bad.bytes)
            let error = failure { _ = try SafetensorsFile(path: path) }
            #expect(error?.code == bad.code, "\(error?.message ?? "no error")")
            #expect((error?.message.utf8.count ?? 0) < 900)
        }
    }

    @Test("ST-18: more tensors or larger ones than the limits allow")
    func limits() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/many.safetensors"
            let entries = (0..<101).map { "\"\($0)\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}" }
            try AtomicFile.write(path, file("{" + entries.joined(separator: ",") + "}"))
            var limits = SafetensorsLimits()
            #expect(try SafetensorsFile(path: path).tensors.count == 101)
            limits.tensors = 100
            #expect(failure { _ = try SafetensorsFile(path: path, limits: limits) }?.code == .limit)

            try AtomicFile.write(path, file(one(), data: 8))
            limits = SafetensorsLimits()
            limits.tensorBytes = 7
            #expect(failure { _ = try SafetensorsFile(path: path, limits: limits) }?.code == .limit)
            limits = SafetensorsLimits()
            limits.modelBytes = 7
            #expect(failure { _ = try SafetensorsFile(path: path, limits: limits) }?.code == .limit)
        }
    }

    @Test("ST-4, ST-16, ST-19: spaces behind the header, odd names, zero sides and rank 0 are allowed")
    func oddButGood() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/good.safetensors"
            try AtomicFile.write(path, file("{}   "))
            #expect(try SafetensorsFile(path: path).tensors.isEmpty)
            try AtomicFile.write(path, file(one(name: "../../x"), data: 8))
            #expect(try SafetensorsFile(path: path).tensor("../../x")?.shape == [2])
            try AtomicFile.write(path, file(one(shape: "[3,0]", offsets: "[0,0]")))
            #expect(try SafetensorsFile(path: path).read("a") == [])
            try AtomicFile.write(path, file(one(shape: "[]", offsets: "[0,4]"), data: 4))
            #expect(try SafetensorsFile(path: path).read("a") == [0, 0, 0, 0])
        }
    }

    @Test("a file of the reference implementation is read: types, shapes, values, metadata")
    func reference() throws {
        let file = try SafetensorsFile(path: golden("reference.safetensors"))
        #expect(file.tensors.count == 9)
        #expect(file.metadata("format") == "pt")
        #expect(file.metadata("note") == "schlüssel \"quoted\"")
        let weight = try #require(file.tensor("encoder.conv_in.weight"))
        #expect(weight.type == .float32 && weight.shape == [2, 3, 3, 3])
        var reader = ByteReader(try file.read("encoder.conv_in.weight"), source: "weight")
        for i in 0..<54 { #expect(try reader.float() == Float(i) / 8 - 3) }
        reader = ByteReader(try file.read("double"), source: "double")
        for i in 0..<5 { #expect(try Double(bitPattern: reader.integer()) == Double(i) / 3) }
        reader = ByteReader(try file.read("counts"), source: "counts")
        for i in -3..<3 { #expect(try reader.integer(Int32.self) == Int32(i)) }
        reader = ByteReader(try file.read("wide"), source: "wide")
        #expect(try reader.integer(Int64.self) == -(1 << 40))
        #expect(try reader.integer(Int64.self) == 1 << 40)
        #expect(try file.read("bytes") == [0, 1, 2, 3, 4, 5, 6])
        #expect(try file.read("tokens") == [0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0])
        #expect(try file.read("half") == [0, 0, 0, 0x38, 0, 0x3C, 0, 0x3E])
        #expect(try file.read("scalar") == [0, 0, 0, 0x3F])
        #expect(file.tensor("scalar")?.shape == [])
        #expect(file.tensor("empty")?.shape == [0, 4])
        #expect(file.tensor("none") == nil)
    }

    @Test("a wrong name and a buffer of another size are argument errors")
    func arguments() throws {
        let file = try SafetensorsFile(path: golden("reference.safetensors"))
        #expect(failure { _ = try file.read("none") }?.code == .argument)
        var small = [UInt8](repeating: 0, count: 6)
        let error = failure {
            try unsafe small.withUnsafeMutableBytes { try unsafe file.read("bytes", into: $0) }
        }
        #expect(error?.code == .argument)
    }

    @Test(
        "ST-20: NaN and infinity are refused unless allowed",
        arguments: [
            ("F32", [0, 0, 0x80, 0x7F] as [UInt8]), ("F32", [1, 0, 0xC0, 0xFF]), ("BF16", [0, 0, 0x80, 0xFF]),
            ("F16", [0, 0x7C, 0, 0]), ("F64", [0, 0, 0, 0, 0, 0, 0xF0, 0x7F]),
        ])
    func notFinite(type: String, bytes: [UInt8]) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/a.safetensors"
            let side = bytes.count / (try #require(SafetensorsType(rawValue: type)).byteCount)
            let header = one(dtype: "\"\(type)\"", shape: "[\(side)]", offsets: "[0,\(bytes.count)]")
            try AtomicFile.write(path, file(header) + bytes)
            let opened = try SafetensorsFile(path: path)
            #expect(failure { _ = try opened.read("a") }?.code == .numeric)
            #expect(try opened.read("a", nonFinite: .allowed) == bytes)
        }
    }

    @Test("ST-25: a file that another process cuts short while it is open is an error")
    func cutShort() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/a.safetensors"
            try AtomicFile.write(path, file(one(), data: 8))
            let opened = try SafetensorsFile(path: path)
            unsafe truncate(path, 20)
            #expect(failure { _ = try opened.read("a") }?.code == .truncated)
        }
    }

    @Test("ST-22: tensors that a model lacks, does not know, or has in another shape are listed")
    func require() throws {
        let file = try SafetensorsFile(path: golden("reference.safetensors"))
        let names = ["bytes", "counts"]
        let known = try names.map { try #require(file.tensor($0)) }
        try file.require(file.tensors)
        try file.require(known, others: true)
        let others = failure { try file.require(known) }
        #expect(others?.code == .mismatch)
        #expect(others?.message.contains("\"tokens\" U16[1, 2, 3] is not expected") == true)
        let wanted = try [
            SafetensorsTensor(name: "missing", type: .float32, shape: [1]),
            SafetensorsTensor(name: "bytes", type: .uint8, shape: [8]),
            SafetensorsTensor(name: "double", type: .float32, shape: [5]),
        ]
        let message = failure { try file.require(wanted, others: true) }?.message
        #expect(message?.contains("\"missing\" F32[1] is missing") == true)
        #expect(message?.contains("expected \"bytes\" U8[8], got \"bytes\" U8[7]") == true)
        #expect(message?.contains("expected \"double\" F32[5], got \"double\" F64[5]") == true)
        try file.require([wanted[2]], anyFloat: true, others: true)
        let many = try (0..<25).map { try SafetensorsTensor(name: "t\($0)", type: .uint8, shape: []) }
        let long = failure { try file.require(many, others: true) }?.message
        #expect(long?.contains("and 15 more") == true && long?.contains("\"t10\"") == false)
    }
}

@Suite struct SafetensorsWriterTests {
    private func bytes(_ count: Int, _ seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 31 &+ seed) % 127) }
    }

    private func write(
        _ path: String, _ tensors: [SafetensorsTensor], metadata: [(key: String, value: String)] = [], extra: Int = 0
    ) throws {
        try unsafe SafetensorsWriter.write(path, tensors: tensors, metadata: metadata) {
            (index, sink) throws(SGCError) in
            // Two parts, as from a tensor that lies in pieces.
            let all = bytes(tensors[index].byteCount + extra, index)
            for part in [all.prefix(5), all.dropFirst(5)] {
                try unsafe Array(part).withUnsafeBufferPointer { (buffer) throws(SGCError) in
                    try unsafe sink(UnsafeRawBufferPointer(buffer))
                }
            }
        }
    }

    private func samples() throws -> [SafetensorsTensor] {
        try [
            SafetensorsTensor(name: "bytes", type: .uint8, shape: [3]),
            SafetensorsTensor(name: "größe.\"x\"", type: .bfloat16, shape: [2, 5]),
            SafetensorsTensor(name: "weight", type: .float32, shape: [300, 301]),
            SafetensorsTensor(name: "scalar", type: .int64, shape: []),
            SafetensorsTensor(name: "none", type: .float32, shape: [0, 3]),
        ]
    }

    @Test("what is written reads back, verified by its digests, every tensor aligned")
    func roundTrip() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            let tensors = try samples()
            try write(path, tensors, metadata: [("format", "pt"), ("a", "b")])
            let file = try SafetensorsFile(path: path)
            #expect(file.metadata("format") == "pt")
            try file.require(tensors)
            for (index, tensor) in tensors.enumerated() {
                let expected = bytes(tensor.byteCount, index)
                #expect(try file.read(tensor.name, nonFinite: .allowed) == expected)
                #expect(file.digest(tensor.name) == SHA256.hexDigest(expected))
            }
            #expect(file.tensors.map(\.name) == ["scalar", "weight", "none", "größe.\"x\"", "bytes"])
            let raw = try File.read(path, limit: 1 << 20)
            #expect(raw[0] % 8 == 0)
            #expect(try Directory.list(directory) == ["model.safetensors"])
        }
    }

    @Test("ST-21: every flipped bit of the data is found")
    func flippedBits() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            let tensor = try SafetensorsTensor(name: "t", type: .uint8, shape: [40])
            try write(path, [tensor])
            let good = try File.read(path, limit: 1 << 20)
            for bit in 0..<40 * 8 {
                var bad = good
                bad[good.count - 40 + bit / 8] ^= 1 << (bit % 8)
                try AtomicFile.write(path, bad)
                let file = try SafetensorsFile(path: path)
                #expect(failure { _ = try file.read("t") }?.code == .checksum, "bit \(bit)")
            }
        }
    }

    @Test("a failed write leaves the old file")
    func failedWrite() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            let tensors = try samples()
            try write(path, tensors)
            let before = try File.read(path, limit: 1 << 20)
            #expect(failure { try write(path, tensors, extra: 1) }?.code == .mismatch)
            #expect(failure { try write(path, tensors, extra: -1) }?.code == .mismatch)
            #expect(failure { try write(path, tensors + [tensors[0]]) }?.code == .argument)
            #expect(failure { try write(path, tensors, metadata: [("a", "1"), ("a", "2")]) }?.code == .argument)
            #expect(failure { try write(path, tensors, metadata: [("sha256:x", "1")]) }?.code == .argument)
            #expect(try File.read(path, limit: 1 << 20) == before)
            #expect(try Directory.list(directory) == ["model.safetensors"])
        }
    }

    @Test("tensors that the format cannot hold")
    func badTensors() {
        #expect(failure { _ = try SafetensorsTensor(name: "", type: .uint8, shape: []) }?.code == .format)
        #expect(failure { _ = try SafetensorsTensor(name: "__metadata__", type: .uint8, shape: []) }?.code == .format)
        #expect(failure { _ = try SafetensorsTensor(name: "a", type: .uint8, shape: [-1]) }?.code == .format)
        #expect(failure { _ = try SafetensorsTensor(name: "a", type: .float64, shape: [1 << 60, 2]) }?.code == .format)
    }
}
