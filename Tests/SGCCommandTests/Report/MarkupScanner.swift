/// Reads HTML and SVG as far as tests need it: tags, their attributes, and whether they are balanced.
struct MarkupScanner {
    struct Tag {
        let name: String
        var attributes: [String: String] = [:]
    }

    private(set) var tags: [Tag] = []
    /// What is wrong with the nesting; empty when nothing is.
    private(set) var faults: [String] = []
    /// The text outside tags.
    private(set) var text = ""
    /// What is inside script elements, one each: not markup.
    private(set) var scripts: [String] = []

    private static let void = ["meta", "img", "input", "br", "!DOCTYPE"]

    init(_ source: String) {
        var open: [String] = []
        var rest = source[...]
        while let start = rest.firstIndex(of: "<") {
            text += rest[..<start]
            guard let end = rest[start...].firstIndex(of: ">") else {
                faults.append("a tag without end")
                return
            }
            let body = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if body.hasPrefix("/") {
                let name = String(body.dropFirst())
                if open.last == name { open.removeLast() } else { faults.append("</\(name)> after \(open)") }
                continue
            }
            let tag = Self.tag(body)
            tags.append(tag)
            if tag.name == "script" {
                guard let end = rest.firstRange(of: "</script>") else {
                    faults.append("a script without end")
                    return
                }
                scripts.append(String(rest[..<end.lowerBound]))
                rest = rest[end.upperBound...]
                continue
            }
            if !body.hasSuffix("/"), !Self.void.contains(tag.name) { open.append(tag.name) }
        }
        text += rest
        if !open.isEmpty { faults.append("never closed: \(open)") }
    }

    private static func tag(_ body: Substring) -> Tag {
        let name = body.prefix { !$0.isWhitespace && $0 != "/" }
        var tag = Tag(name: String(name))
        var rest = body.dropFirst(name.count)
        while let equals = rest.firstIndex(of: "=") {
            let key = rest[..<equals].drop { $0.isWhitespace }
            let value = rest[equals...].dropFirst(2).prefix { $0 != "\"" }
            rest = rest[equals...].dropFirst(value.count + 3)
            tag.attributes[String(key)] = String(value)
        }
        return tag
    }
}
