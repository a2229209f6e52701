/// A JSON document (RFC 8259) in memory.
///
/// Integers and numbers are told apart by how they are written: `1` is an integer, `1.0` and `1e0` are numbers.
package enum JSONValue: Sendable, Equatable {
    case object(JSONObject)
    case array([JSONValue])
    case string(String)
    case integer(Int64)
    /// A finite number; ``serialized(_:)`` refuses others.
    case number(Double)
    case bool(Bool)
    case null

    /// The number that is written with the fewest digits that give back `value`: 0.1, not 0.10000000149011612.
    package init(_ value: Float) {
        self = .number(Double(value.description) ?? Double(value))
    }

    package init(_ value: Int) {
        self = .integer(Int64(value))
    }

    /// `value`, or null where it is NaN or infinite, for which JSON has no notation.
    package static func numberOrNull(_ value: Double) -> JSONValue {
        value.isFinite ? .number(value) : .null
    }

    /// The member of that name; nil when there is none, or this is not an object.
    package subscript(_ key: String) -> JSONValue? {
        guard case .object(let object) = self else { return nil }
        return object[key]
    }

    /// What this is, for messages: `an object`, `the string "x"`, `7`.
    package var summary: String {
        switch self {
        case .object: "an object"
        case .array(let elements): "an array of \(elements.count)"
        case .string(let text): "the string \(quoted(text))"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .null: "null"
        }
    }
}

/// The members of a JSON object in the order in which they were written.
package struct JSONObject: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package let key: String
        package var value: JSONValue

        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// In order; no two have the same key.
    package private(set) var members: [Member]

    package init() {
        members = []
    }

    /// Takes members whose keys the caller has checked to be distinct.
    init(distinct members: [Member]) {
        self.members = members
    }

    package var keys: [String] { members.map(\.key) }

    /// The value of a member; nil when there is none.
    ///
    /// Setting replaces in place or appends; setting nil removes.
    /// - Complexity: O(members).
    package subscript(_ key: String) -> JSONValue? {
        get { members.first { $0.key == key }?.value }
        set {
            let index = members.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(key, value))
            case (nil, nil): break
            }
        }
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }

    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(nilLiteral: ()) { self = .null }
}

/// `text` in quotes for a message: control characters escaped, cut after `limit` characters.
///
/// Text from files and callers goes into messages only through this, so that it can neither forge lines nor flood them.
package func quoted(_ text: String, limit: Int = 64) -> String {
    var result = "\""
    for (count, scalar) in text.unicodeScalars.enumerated() {
        if count == limit {
            result += "…"
            break
        }
        switch scalar {
        case "\"", "\\": result += "\\\(scalar)"
        case _
        where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x202E).contains(scalar.value):
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
