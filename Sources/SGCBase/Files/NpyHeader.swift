/// What a `.npy` file says about its elements (NumPy, numpy.lib.format, version 1.0).
package struct NpyHeader: Sendable, Equatable {
    package let type: NpyType
    /// Sides, each 0 or more.
    package let shape: [Int]
    package let elementCount: Int
    let dataStart: Int

    /// The most sides of an array.
    package static let rank = 8

    /// Reads the header of a file and checks that the file holds as many elements as it says.
    /// - Throws: `.truncated`, `.format`; `.unsupported` for another version, element type or order; `.limit` for more
    ///   than ``rank`` sides; `.path` and `.io`.
    package init(path: String) throws(SGCError) {
        try self.init(try OpenFile.reading(path))
    }

    init(_ file: OpenFile) throws(SGCError) {
        let source = shown(file.path)
        let size = try file.size()
        var reader = ByteReader(try file.read(min(size, 10), at: 0), source: source)
        guard try Array(reader.take(6)) == Self.magic else {
            throw SGCError(.format, "\(source): expected a .npy file, got other first bytes")
        }
        let major: UInt8 = try reader.integer()
        let minor: UInt8 = try reader.integer()
        guard (major, minor) == (1, 0) else {
            throw SGCError(.unsupported, "\(source): expected .npy format 1.0, got \(major).\(minor)")
        }
        let textCount = Int(try reader.integer(UInt16.self))
        let start = 10 + textCount
        var text = NpyHeaderText(try file.read(textCount, at: 10), source: source)
        (type, shape) = try text.parse()
        guard let count = Self.elementCount(shape),
            case let (dataCount, overflow) = count.multipliedReportingOverflow(by: type.byteCount),
            !overflow
        else { throw SGCError(.format, "\(source): expected a shape that memory can hold, got \(shape)") }
        guard dataCount <= size - start else {
            throw SGCError(.truncated, "\(source): expected \(dataCount) bytes of elements, got \(size - start)")
        }
        guard dataCount == size - start else {
            throw SGCError(
                .format, "\(source): expected the end after \(dataCount) bytes of elements, got \(size - start)")
        }
        elementCount = count
        dataStart = start
    }

    /// The product of the sides; nil when it overflows or a side is negative.
    static func elementCount(_ shape: [Int]) -> Int? {
        var count = 1
        for side in shape {
            let product = count.multipliedReportingOverflow(by: side)
            guard side >= 0, !product.overflow else { return nil }
            count = product.partialValue
        }
        return count
    }

    /// The first bytes of a file, up to its elements; a multiple of 64.
    static func bytes(_ type: NpyType, _ shape: [Int]) -> [UInt8] {
        let sides = shape.map { "\($0)," }.joined(separator: " ")
        // As NumPy writes it: (), (3,), (2, 3).
        let tuple = shape.count > 1 ? String(sides.dropLast()) : sides
        var text = Array("{'descr': '\(type.rawValue)', 'fortran_order': False, 'shape': (\(tuple)), }".utf8)
        while (magic.count + 4 + text.count + 1) % 64 != 0 { text.append(UInt8(ascii: " ")) }
        text.append(UInt8(ascii: "\n"))
        return magic + [1, 0, UInt8(truncatingIfNeeded: text.count), UInt8(truncatingIfNeeded: text.count >> 8)] + text
    }

    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
}

/// The dictionary of a `.npy` header, a Python literal of which exactly three keys are allowed.
private struct NpyHeaderText {
    private let text: [UInt8]
    private let source: String
    private var position = 0

    init(_ text: [UInt8], source: String) {
        self.text = text
        self.source = source
    }

    mutating func parse() throws(SGCError) -> (NpyType, [Int]) {
        var description: String?
        var isRowMajor: Bool?
        var shape: [Int]?
        try expect("{")
        while !take("}") {
            let key = try string()
            try expect(":")
            switch key {
            case "descr" where description == nil: description = try string()
            case "fortran_order" where isRowMajor == nil: isRowMajor = try !boolean()
            case "shape" where shape == nil: shape = try tuple()
            default: throw failure("distinct keys out of descr, fortran_order and shape, got \(quoted(key))")
            }
            if !take(",") {
                try expect("}")
                break
            }
        }
        skipSpace()
        guard position == text.count else { throw failure("the end after the dictionary") }
        guard let description, let isRowMajor, let shape else { throw failure("descr, fortran_order and shape") }
        guard let type = NpyType(rawValue: description) else {
            throw SGCError(
                .unsupported,
                "\(source): expected elements of type \(NpyType.allCases.map(\.rawValue).joined(separator: ", ")), got \(quoted(description))"
            )
        }
        guard isRowMajor else {
            throw SGCError(.unsupported, "\(source): expected row-major order, got fortran_order True")
        }
        return (type, shape)
    }

    private mutating func string() throws(SGCError) -> String {
        skipSpace()
        let quote: Unicode.Scalar = take("\"") ? "\"" : "'"
        if quote == "'" { try expect("'") }
        let start = position
        while position < text.count, text[position] != UInt8(quote.value), text[position] != UInt8(ascii: "\\") {
            position += 1
        }
        let result = String(decoding: text[start..<position], as: UTF8.self)
        guard takeHere(quote) else { throw failure("the end of a string") }
        return result
    }

    private mutating func boolean() throws(SGCError) -> Bool {
        for (word, value) in [("True", true), ("False", false)] where takeWord(word) { return value }
        throw failure("True or False")
    }

    private mutating func tuple() throws(SGCError) -> [Int] {
        var sides: [Int] = []
        try expect("(")
        while !take(")") {
            skipSpace()
            let digits = text[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let side = Int(String(decoding: digits, as: UTF8.self)) else { throw failure("a side of the shape") }
            position += digits.count
            sides.append(side)
            guard sides.count <= NpyHeader.rank else {
                throw SGCError(.limit, "\(source): expected at most \(NpyHeader.rank) sides, got more")
            }
            if !take(",") {
                // (3) is a number in Python, not a tuple.
                guard sides.count > 1 else { throw failure("a comma after the only side of a tuple") }
                try expect(")")
                break
            }
        }
        return sides
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(SGCError) {
        guard take(character) else { throw failure(quoted(String(character))) }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        return takeHere(character)
    }

    private mutating func takeHere(_ character: Unicode.Scalar) -> Bool {
        guard position < text.count, UInt32(text[position]) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func takeWord(_ word: String) -> Bool {
        skipSpace()
        guard text[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func skipSpace() {
        while position < text.count, text[position] == 0x20 || text[position] == 0x0A { position += 1 }
    }

    private func failure(_ expectation: String) -> SGCError {
        SGCError(.format, "\(source): expected \(expectation), at byte \(10 + position) of the header")
    }
}
