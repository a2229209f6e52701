import SGCBase

/// JSON for people and programs: indented, with a line end, replaced as a whole.
enum JSONFile {
    static func write(_ value: JSONValue, to path: String) throws(SGCError) {
        try AtomicFile.write(path, text: value.serialized(.pretty))
    }
}

extension JSONValue {
    /// An object with these members in their order.
    static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        var object = JSONObject()
        for (key, value) in members { object[key] = value }
        return .object(object)
    }

    /// `value`, or null.
    static func numberOrNull(_ value: Double?) -> JSONValue {
        value.map { .numberOrNull($0) } ?? .null
    }
}
