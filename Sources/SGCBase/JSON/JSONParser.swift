/// How much a JSON document may hold.
package struct JSONLimits: Sendable {
    package var bytes: Int
    /// How deep arrays and objects may nest; as the parser recurses, this also bounds its stack.
    package var depth: Int
    /// Members of all objects together.
    package var keys: Int

    package init(bytes: Int, depth: Int, keys: Int) {
        self.bytes = bytes
        self.depth = depth
        self.keys = keys
    }

    /// For configurations: 1 MiB, 32 levels, 4,096 keys.
    package static let configuration = JSONLimits(bytes: 1 << 20, depth: 32, keys: 4_096)
}

extension JSONValue {
    /// Reads one JSON document strictly.
    ///
    /// Beyond RFC 8259 it refuses duplicate keys (equal after Unicode normalization) and NUL inside strings.
    /// - Parameter source: what the text is, for messages: `source:line:column: expected …`.
    /// - Throws: `.format` for text that is not JSON, `.limit` beyond `limits`, `.range` for a number that Int64 (when
    ///   written as an integer) or a finite Double (otherwise) cannot hold.
    package init(
        parsing bytes: [UInt8], source: String = "JSON", limits: JSONLimits = .configuration
    ) throws(SGCError) {
        guard bytes.count <= limits.bytes else {
            throw SGCError(.limit, "\(source): expected at most \(limits.bytes) bytes of JSON, got \(bytes.count)")
        }
        var parser = JSONParser(bytes: bytes, source: source, limits: limits)
        self = try parser.document()
    }

    /// Reads one JSON document strictly, like ``init(parsing:source:limits:)`` of its UTF-8 bytes.
    package init(
        parsing text: String, source: String = "JSON", limits: JSONLimits = .configuration
    ) throws(SGCError) {
        try self.init(parsing: Array(text.utf8), source: source, limits: limits)
    }
}

private struct JSONParser {
    private let bytes: [UInt8]
    private let source: String
    private let limits: JSONLimits
    private var position = 0
    private var depth = 0
    private var keyCount = 0

    init(bytes: [UInt8], source: String, limits: JSONLimits) {
        self.bytes = bytes
        self.source = source
        self.limits = limits
    }

    mutating func document() throws(SGCError) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw failure(.format, "expected JSON, got a byte order mark")
        }
        skipSpace()
        let result = try value()
        skipSpace()
        guard position == bytes.count else { throw unexpected("the end after one JSON value") }
        return result
    }

    // MARK: Values

    private mutating func value() throws(SGCError) -> JSONValue {
        switch peek() {
        case UInt8(ascii: "{"): return try nested { (parser) throws(SGCError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(SGCError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), (UInt8(ascii: "0")...UInt8(ascii: "9"))?: return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw unexpected("a JSON value")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(SGCError) -> JSONValue
    ) throws(SGCError) -> JSONValue {
        guard depth < limits.depth else {
            throw failure(.limit, "expected at most \(limits.depth) levels of nesting, got more")
        }
        depth += 1
        position += 1
        let result = try body(&self)
        depth -= 1
        return result
    }

    /// After `{`.
    private mutating func object() throws(SGCError) -> JSONValue {
        var members: [JSONObject.Member] = []
        var seen: Set<String> = []
        skipSpace()
        if take("}") { return .object(JSONObject()) }
        while true {
            skipSpace()
            guard peek() == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
            let start = position
            let key = try string()
            guard seen.insert(key).inserted else {
                position = start
                throw failure(.format, "expected distinct keys, got duplicate key \(quoted(key))")
            }
            keyCount += 1
            guard keyCount <= limits.keys else {
                throw failure(.limit, "expected at most \(limits.keys) keys, got more")
            }
            skipSpace()
            guard take(":") else { throw unexpected("\":\" after the key \(quoted(key))") }
            skipSpace()
            members.append(JSONObject.Member(key, try value()))
            skipSpace()
            if take("}") { return .object(JSONObject(distinct: members)) }
            guard take(",") else { throw unexpected("\",\" or \"}\"") }
        }
    }

    /// After `[`.
    private mutating func array() throws(SGCError) -> JSONValue {
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(elements) }
        while true {
            skipSpace()
            elements.append(try value())
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw unexpected("\",\" or \"]\"") }
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(SGCError) -> JSONValue {
        for byte in word.description.utf8 {
            guard peek() == byte else { throw unexpected(word.description) }
            position += 1
        }
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(SGCError) -> JSONValue {
        let start = position
        _ = take("-")
        if !take("0") {
            try digits()
        } else if let next = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) {
            throw failure(.format, "expected a number without leading zeros")
        }
        var isInteger = true
        if take(".") {
            isInteger = false
            try digits()
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger {
            if let value = Int64(text) { return .integer(value) }
        } else if let value = Double(text), value.isFinite {
            return .number(value)
        }
        position = start
        throw failure(.range, "expected a number that 64 bits can hold, got \(quoted(text))")
    }

    private mutating func digits() throws(SGCError) {
        let start = position
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw unexpected("a digit") }
    }

    // MARK: Strings

    /// At the opening quote.
    private mutating func string() throws(SGCError) -> String {
        position += 1
        var result = ""
        var runStart = position
        while true {
            guard let byte = peek() else { throw unexpected("the end of a string") }
            switch byte {
            case UInt8(ascii: "\""):
                try appendRun(from: runStart, to: &result)
                position += 1
                return result
            case UInt8(ascii: "\\"):
                try appendRun(from: runStart, to: &result)
                position += 1
                result.unicodeScalars.append(try escape())
                runStart = position
            case 0..<0x20:
                throw unexpected("control characters in a string to be escaped")
            default:
                position += 1
            }
        }
    }

    /// Appends the bytes from `start` to here, which hold no escape.
    private func appendRun(from start: Int, to result: inout String) throws(SGCError) {
        guard start < position else { return }
        guard let run = String(validating: bytes[start..<position], as: UTF8.self) else {
            throw failure(.format, "expected a string in UTF-8, got other bytes")
        }
        result += run
    }

    /// After the backslash.
    private mutating func escape() throws(SGCError) -> Unicode.Scalar {
        guard let byte = peek() else { throw unexpected("the rest of an escape") }
        let simple: Unicode.Scalar? =
            switch byte {
            case UInt8(ascii: "\""): "\""
            case UInt8(ascii: "\\"): "\\"
            case UInt8(ascii: "/"): "/"
            case UInt8(ascii: "b"): "\u{8}"
            case UInt8(ascii: "f"): "\u{C}"
            case UInt8(ascii: "n"): "\n"
            case UInt8(ascii: "r"): "\r"
            case UInt8(ascii: "t"): "\t"
            default: nil
            }
        if let simple {
            position += 1
            return simple
        }
        guard take("u") else { throw unexpected("an escape that JSON knows") }
        return try unicodeEscape()
    }

    /// After `\u`: four digits, and the second half when they are the first of a surrogate pair.
    private mutating func unicodeEscape() throws(SGCError) -> Unicode.Scalar {
        var code = UInt32(try fourHexDigits())
        if (0xD800..<0xDC00).contains(code), take("\\"), take("u") {
            let low = UInt32(try fourHexDigits())
            guard (0xDC00..<0xE000).contains(low) else { throw failure(.format, "lone surrogate in a string") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure(.format, "lone surrogate in a string") }
        guard code != 0 else { throw failure(.format, "NUL in a string") }
        return scalar
    }

    private mutating func fourHexDigits() throws(SGCError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw unexpected("four hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }

    // MARK: Bytes

    private func peek() -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = peek(), UInt32(byte) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    // MARK: Errors

    private func unexpected(_ expectation: String) -> SGCError {
        guard let byte = peek() else { return failure(.format, "expected \(expectation), got the end of the text") }
        let got = byte < 0x80 ? quoted(String(Unicode.Scalar(byte))) : "byte 0x\(String(byte, radix: 16))"
        return failure(.format, "expected \(expectation), got \(got)")
    }

    /// An error at the current position: line and column count from 1, columns in Unicode scalars.
    private func failure(_ code: SGCError.Code, _ message: String) -> SGCError {
        var line = 1
        var column = 1
        for byte in bytes.prefix(position) {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return SGCError(code, "\(source):\(line):\(column): \(message)")
    }
}
