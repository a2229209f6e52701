extension JSONValue {
    /// This value with `override` laid over it: objects are merged member by member, anything else is replaced.
    package func merged(with override: JSONValue) -> JSONValue {
        guard case .object(var result) = self, case .object(let changes) = override else { return override }
        for member in changes.members {
            result[member.key] = result[member.key]?.merged(with: member.value) ?? member.value
        }
        return .object(result)
    }

    /// Carries out an assignment of a command line, `a.b=c`.
    ///
    /// `c` is read as JSON where it is JSON, else it is taken as a string, so that `kind=cvq` needs no quotes. Objects on
    /// the way are created. Whether the path means anything is for the reader of the configuration to say.
    /// - Throws: `.argument` without `=`, for an empty part of the path, or when the path leads through something that is
    ///   not an object; `.format`, `.limit` or `.range` when `c` starts like JSON but cannot be read as it.
    package mutating func apply(assignment: String) throws(SGCError) {
        guard let equals = assignment.firstIndex(of: "=") else {
            throw SGCError(.argument, "setting: expected PATH=VALUE, got \(quoted(assignment))")
        }
        try set(String(assignment[..<equals]), toText: String(assignment[assignment.index(after: equals)...]))
    }

    /// Sets the value at a dotted path from text, as ``apply(assignment:)`` does.
    package mutating func set(_ path: String, toText text: String) throws(SGCError) {
        let keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard keys.allSatisfy({ !$0.isEmpty }), keys.count <= JSONLimits.configuration.depth else {
            throw SGCError(
                .argument,
                "setting: expected a path like a.b with 1 to \(JSONLimits.configuration.depth) parts, got \(quoted(path))"
            )
        }
        try set(keys[...], path, try Self.guessing(text, source: path))
    }

    private mutating func set(
        _ keys: ArraySlice<String>, _ path: String, _ value: JSONValue
    ) throws(SGCError) {
        guard let key = keys.first else {
            self = value
            return
        }
        guard case .object(var object) = self else {
            throw SGCError(
                .argument, "setting \(quoted(path)): expected an object around \(quoted(key)), got \(summary)")
        }
        var member = object[key] ?? .object(JSONObject())
        try member.set(keys.dropFirst(), path, value)
        object[key] = member
        self = .object(object)
    }

    private static func guessing(_ text: String, source: String) throws(SGCError) -> JSONValue {
        do {
            return try JSONValue(parsing: text, source: source)
        } catch {
            let startsLikeJSON = text.utf8.first.map {
                [UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\"")].contains($0)
            }
            guard error.code == .format, startsLikeJSON != true else { throw error }
            return .string(text)
        }
    }
}
