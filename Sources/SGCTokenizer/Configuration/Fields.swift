package import SGCBase

/// A part of the configuration: one list of its fields serves reading, writing and checking.
package protocol Configurable {
    init()

    /// Visits every field: its key in JSON, its storage and its range.
    mutating func visit(_ fields: inout Fields) throws(SGCError)
}

/// Reads a configuration from JSON, or writes one to JSON, field by field.
package struct Fields {
    private enum Direction {
        case reading(JSONReader)
        case writing(JSONObject)
    }

    private var direction: Direction

    fileprivate init(reading reader: JSONReader) { direction = .reading(reader) }
    fileprivate init() { direction = .writing(JSONObject()) }

    private mutating func field<Value>(
        _ key: String, _ value: inout Value, read: (inout JSONReader) throws(SGCError) -> Value,
        write: (Value) throws(SGCError) -> JSONValue
    ) throws(SGCError) {
        switch direction {
        case .reading(var reader):
            value = try read(&reader)
            direction = .reading(reader)
        case .writing(var object):
            object[key] = try write(value)
            direction = .writing(object)
        }
    }

    package mutating func integer(_ key: String, _ value: inout Int, _ range: ClosedRange<Int>) throws(SGCError) {
        let current = value
        try field(key, &value) { (reader) throws(SGCError) in
            try reader.integer(key, default: current, range: range)
        } write: { (value) throws(SGCError) in
            JSONValue(value)
        }
    }

    package mutating func seed(_ key: String, _ value: inout UInt64) throws(SGCError) {
        let current = value
        try field(key, &value) { (reader) throws(SGCError) in
            try reader.unsigned(key, default: current)
        } write: {
            (value) throws(SGCError) in
            .integer(Int64(clamping: value))
        }
    }

    package mutating func number(
        _ key: String, _ value: inout Double, _ range: ClosedRange<Double>
    ) throws(SGCError) {
        let current = value
        try field(key, &value) { (reader) throws(SGCError) in
            try reader.double(key, default: current, range: range)
        } write: { (value) throws(SGCError) in
            .number(value)
        }
    }

    package mutating func flag(_ key: String, _ value: inout Bool) throws(SGCError) {
        let current = value
        try field(key, &value) { (reader) throws(SGCError) in
            try reader.bool(key, default: current)
        } write: {
            (value) throws(SGCError) in
            .bool(value)
        }
    }

    package mutating func choice<Option: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ value: inout Option
    ) throws(SGCError) {
        let current = value
        try field(key, &value) { (reader) throws(SGCError) in
            try reader.choice(key, default: current)
        } write: {
            (value) throws(SGCError) in
            .string(value.rawValue)
        }
    }

    package mutating func integers(
        _ key: String, _ value: inout [Int], count: ClosedRange<Int>, _ range: ClosedRange<Int>
    ) throws(SGCError) {
        let current = value
        try field(key, &value) { (reader) throws(SGCError) in
            try reader.integers(key, default: current, count: count, range: range)
        } write: { (value) throws(SGCError) in
            .array(value.map { JSONValue($0) })
        }
    }

    package mutating func numbers(
        _ key: String, _ value: inout [Double], count: ClosedRange<Int>, _ range: ClosedRange<Double>
    ) throws(SGCError) {
        let current = value
        try field(key, &value) { (reader) throws(SGCError) in
            try reader.doubles(key, default: current, count: count, range: range)
        } write: { (value) throws(SGCError) in
            .array(value.map { .number($0) })
        }
    }

    /// Colors, each a list of red, green and blue in 0...255.
    package mutating func colors(
        _ key: String, _ value: inout [SIMD3<UInt8>], count: ClosedRange<Int>
    ) throws(SGCError) {
        let current = value
        try field(key, &value) { (reader) throws(SGCError) in
            try reader.colors(key, default: current, count: count)
        } write: { (value) throws(SGCError) in
            .array(value.map { color in .array((0..<3).map { JSONValue(Int(color[$0])) }) })
        }
    }

    /// Anything that JSON can say.
    package mutating func value(_ key: String, _ value: inout JSONValue) throws(SGCError) {
        let current = value
        try field(key, &value) { (reader) throws(SGCError) in
            reader.value(key) ?? current
        } write: { (value) throws(SGCError) in
            value
        }
    }

    package mutating func string(_ key: String, _ value: inout String) throws(SGCError) {
        let current = value
        try field(key, &value) { (reader) throws(SGCError) in
            try reader.string(key, default: current)
        } write: { (value) throws(SGCError) in
            .string(value)
        }
    }

    package mutating func strings(_ key: String, _ value: inout [String], count: ClosedRange<Int>) throws(SGCError) {
        let current = value
        try field(key, &value) { (reader) throws(SGCError) in
            try reader.strings(key, default: current, count: count)
        } write: { (value) throws(SGCError) in
            .array(value.map { .string($0) })
        }
    }

    /// A nested part under its own key.
    package mutating func part<Part: Configurable>(_ key: String, _ value: inout Part) throws(SGCError) {
        let current = value
        try field(key, &value) { (reader) throws(SGCError) in
            try Part(reader.object(key), defaults: current)
        } write: { (value) throws(SGCError) in
            try value.json()
        }
    }

    fileprivate func finish() throws(SGCError) {
        if case .reading(let reader) = direction { try reader.finish() }
    }

    fileprivate var written: JSONValue {
        if case .writing(let object) = direction { return .object(object) }
        return .null
    }
}

extension Configurable {
    /// Reads the part; fields that are missing keep the value they have in `defaults`.
    ///
    /// - Throws: `.argument` for an unknown key (naming the nearest), a wrong type or a value out of range.
    package init(_ reader: JSONReader, defaults: Self = Self()) throws(SGCError) {
        self = defaults
        var fields = Fields(reading: reader)
        try visit(&fields)
        try fields.finish()
    }

    package init(_ json: JSONValue, path: String = "") throws(SGCError) {
        try self.init(JSONReader(json, path: path))
    }

    /// Every field with its value.
    package func json() throws(SGCError) -> JSONValue {
        var copy = self
        var fields = Fields()
        try copy.visit(&fields)
        return fields.written
    }
}
