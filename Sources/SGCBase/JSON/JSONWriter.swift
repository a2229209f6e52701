extension JSONValue {
    /// How JSON text is laid out.
    package enum Layout: Sendable {
        /// On one line, without spaces.
        case compact
        /// One member or element a line, two spaces a level; arrays without nested values stay on one line.
        case pretty
    }

    /// The JSON text of this value; members in their order, numbers with the fewest digits that give them back.
    /// - Throws: `.numeric` for a NaN or infinite number.
    package func serialized(_ layout: Layout = .compact) throws(SGCError) -> String {
        var text = ""
        try write(to: &text, layout: layout, level: 0)
        if layout == .pretty { text += "\n" }
        return text
    }

    private func write(to text: inout String, layout: Layout, level: Int) throws(SGCError) {
        switch self {
        case .object(let object):
            let members = object.members
            try Self.writeList(
                count: members.count, brackets: ("{", "}"), inline: false, to: &text, layout: layout, level: level
            ) { (index, text) throws(SGCError) in
                Self.writeString(members[index].key, to: &text)
                text += layout == .pretty ? ": " : ":"
                try members[index].value.write(to: &text, layout: layout, level: level + 1)
            }
        case .array(let elements):
            try Self.writeList(
                count: elements.count, brackets: ("[", "]"), inline: elements.allSatisfy(\.isScalar), to: &text,
                layout: layout, level: level
            ) { (index, text) throws(SGCError) in
                try elements[index].write(to: &text, layout: layout, level: level + 1)
            }
        case .string(let string): Self.writeString(string, to: &text)
        case .integer(let value): text += value.description
        case .number(let value):
            guard value.isFinite else { throw SGCError(.numeric, "JSON: expected a finite number, got \(value)") }
            text += value.description
        case .bool(let value): text += value ? "true" : "false"
        case .null: text += "null"
        }
    }

    private static func writeList(
        count: Int, brackets: (String, String), inline: Bool, to text: inout String, layout: Layout, level: Int,
        element: (Int, inout String) throws(SGCError) -> Void
    ) throws(SGCError) {
        let breaksLines = layout == .pretty && !inline && count > 0
        text += brackets.0
        for index in 0..<count {
            if index > 0 { text += layout == .pretty && !breaksLines ? ", " : "," }
            if breaksLines { text += "\n" + String(repeating: "  ", count: level + 1) }
            try element(index, &text)
        }
        if breaksLines { text += "\n" + String(repeating: "  ", count: level) }
        text += brackets.1
    }

    private static func writeString(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    private var isScalar: Bool {
        switch self {
        case .object, .array: false
        default: true
        }
    }
}
