import SGCBase
import Testing

private func npy(_ header: String, version: [UInt8] = [1, 0], data: Int = 0) -> [UInt8] {
    [0x93] + Array("NUMPY".utf8) + version
        + [UInt8(truncatingIfNeeded: header.utf8.count), UInt8(truncatingIfNeeded: header.utf8.count >> 8)]
        + Array(header.utf8) + [UInt8](repeating: 1, count: data)
}

private func header(_ descr: String = "|u1", fortran: String = "False", shape: String = "(2, 3)") -> String {
    "{'descr': '\(descr)', 'fortran_order': \(fortran), 'shape': \(shape), }\n"
}

private let badFiles: [BadFile] = [
    BadFile("empty", [], .truncated),
    BadFile("magic cut short", [0x93, 0x4E], .truncated),
    BadFile("wrong magic", Array("PK\u{3}\u{4}000000".utf8), .format),
    BadFile("version 2", npy(header(), version: [2, 0], data: 6), .unsupported),
    BadFile("version 1.1", npy(header(), version: [1, 1], data: 6), .unsupported),
    BadFile("header cut short", Array(npy(header()).prefix(30)), .truncated),
    BadFile("data cut short", npy(header(), data: 5), .truncated),
    BadFile("bytes behind the data", npy(header(), data: 7), .format),
    BadFile("Fortran order", npy(header(fortran: "True"), data: 6), .unsupported),
    BadFile("order 0", npy(header(fortran: "0"), data: 6), .format),
    BadFile("float64", npy(header("<f8"), data: 48), .unsupported),
    BadFile("objects", npy(header("|O"), data: 6), .unsupported),
    BadFile("another type than asked for", npy(header("<u2"), data: 12), .mismatch),
    BadFile("overflowing shape", npy(header(shape: "(4294967296, 4294967296)"), data: 6), .format),
    BadFile("overflowing side", npy(header(shape: "(9223372036854775808,)"), data: 6), .format),
    BadFile("large count", npy(header(shape: "(1099511627776,)"), data: 6), .truncated),
    BadFile("negative side", npy(header(shape: "(-2, 3)"), data: 6), .format),
    BadFile("side with a point", npy(header(shape: "(2.0, 3)"), data: 6), .format),
    BadFile("shape is a number", npy(header(shape: "(6)"), data: 6), .format),
    BadFile("shape is a list", npy(header(shape: "[2, 3]"), data: 6), .format),
    BadFile("shape not closed", npy(header(shape: "(2, 3"), data: 6), .format),
    BadFile("rank 9", npy(header(shape: "(1, 1, 1, 1, 1, 1, 1, 2, 3)"), data: 6), .limit),
    BadFile(
        "key twice", npy("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (6,)}", data: 6), .format),
    BadFile("key missing", npy("{'descr': '|u1', 'shape': (6,)}", data: 6), .format),
    BadFile("unknown key", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (6,), 'x': 1}", data: 6), .format),
    BadFile("not a dictionary", npy("descr", data: 6), .format),
    BadFile("empty header", npy("", data: 6), .format),
    BadFile("unclosed dictionary", npy("{'descr': '|u1'", data: 6), .format),
    BadFile("text behind the dictionary", npy(header() + "x", data: 6), .format),
    BadFile("NUL behind the dictionary", npy(header() + "\0", data: 6), .format),
]

@Suite struct NpyTests {
    @Test("bad files have their own codes", arguments: badFiles)
    func badFile(_ bad: BadFile) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/bad.npy"
            try AtomicFile.write(path, bad.bytes)
            let error = failure { _ = try NpyArray<UInt8>(path: path) }
            #expect(error?.code == bad.code, "\(error?.message ?? "no error")")
        }
    }

    @Test("files of NumPy are read")
    func reference() throws {
        #expect(try NpyArray<UInt8>(path: golden("uint8_5.npy")) == NpyArray(shape: [5], elements: [0, 1, 2, 3, 4]))
        let tokens = try NpyArray<UInt16>(path: golden("uint16_2x3x4.npy"))
        #expect(tokens.shape == [2, 3, 4])
        #expect(tokens.elements == (0..<24).map { UInt16($0 * 2_731) })
        #expect(try NpyArray<Int32>(path: golden("int32_scalar.npy")) == NpyArray(shape: [], elements: [-7]))
        #expect(try NpyArray<Float>(path: golden("float32_0x3.npy")) == NpyArray(shape: [0, 3], elements: []))
        let floats = try NpyArray<Float>(path: golden("float32_2x2.npy")).elements
        #expect(floats.map(\.bitPattern) == [0x3DCC_CCCD, 0x8000_0000, 0x7F80_0000, 0x0001_16C2])
        for name in ["fortran", "float64", "big_endian"] {
            #expect(failure { _ = try NpyArray<UInt8>(path: golden("\(name).npy")) }?.code == .unsupported, "\(name)")
        }
        let header = try NpyHeader(path: golden("uint16_2x3x4.npy"))
        #expect(header.type == .uint16 && header.shape == [2, 3, 4] && header.elementCount == 24)
    }

    @Test("files are written byte for byte as NumPy writes them")
    func sameBytes() throws {
        try withTemporaryDirectory { directory in
            func rewritten<Element: NpyElement>(_ name: String, _: Element.Type) throws {
                let path = "\(directory)/\(name)"
                try NpyArray<Element>(path: golden(name)).write(path)
                let written = try File.read(path, limit: 1 << 16)
                let expected = try File.read(golden(name), limit: 1 << 16)
                #expect(written == expected, "\(name)")
            }
            try rewritten("uint8_5.npy", UInt8.self)
            try rewritten("uint16_2x3x4.npy", UInt16.self)
            try rewritten("int32_scalar.npy", Int32.self)
            try rewritten("float32_0x3.npy", Float.self)
            try rewritten("float32_2x2.npy", Float.self)
        }
    }

    @Test("shapes that do not hold the elements, and the limit of a read")
    func shapes() throws {
        #expect(failure { _ = try NpyArray<UInt8>(shape: [2, 2], elements: [1, 2, 3]) }?.code == .argument)
        #expect(failure { _ = try NpyArray<UInt8>(shape: [-1], elements: [1]) }?.code == .argument)
        #expect(failure { _ = try NpyArray<UInt8>(shape: [.max, .max], elements: []) }?.code == .argument)
        #expect(failure { _ = try NpyArray<UInt8>(path: golden("uint8_5.npy"), limit: 4) }?.code == .limit)
    }
}
