/// Reads a configuration object strictly: each key is asked for with its default and range, and ``finish()`` refuses the
/// keys that nobody asked for.
///
/// Errors name the full path of the key. `.format` means a value of the wrong type, `.argument` a value outside its
/// range, a missing key, or an unknown one.
package struct JSONReader {
    /// The dotted path of the object, empty for the document itself.
    package let path: String
    private let object: JSONObject
    /// The keys that were asked for, in that order.
    private var known: [String] = []

    /// - Throws: `.format` when `value` is not an object.
    package init(_ value: JSONValue, path: String = "") throws(SGCError) {
        guard case .object(let object) = value else {
            throw SGCError(
                .format, "\(path.isEmpty ? "configuration" : path): expected an object, got \(value.summary)")
        }
        self.object = object
        self.path = path
    }

    /// The value of a key as it stands; nil when the key is missing.
    package mutating func value(_ key: String) -> JSONValue? {
        if !known.contains(key) { known.append(key) }
        return object[key]
    }

    /// Throws for the first key that was not asked for, naming the nearest one that was.
    package func finish() throws(SGCError) {
        guard let unknown = object.keys.first(where: { !known.contains($0) }) else { return }
        let advice =
            if let near = nearest(to: unknown, among: known) { "did you mean \(near)?" } else {
                known.isEmpty ? "no keys are known here" : "known keys: \(known.joined(separator: ", "))"
            }
        throw SGCError(.argument, "\(name(unknown)): unknown key; \(advice)")
    }

    // MARK: Single values. Without a default the key is required.

    package mutating func integer(
        _ key: String, default fallback: Int? = nil, range: ClosedRange<Int> = .min ... .max
    ) throws(SGCError) -> Int {
        guard let value = try present(key, fallback) else { return fallback ?? 0 }
        return try Self.integer(value, name(key), range)
    }

    /// A key that may be missing or null.
    package mutating func integerIfPresent(
        _ key: String, range: ClosedRange<Int> = .min ... .max
    ) throws(SGCError) -> Int? {
        guard let value = value(key), value != .null else { return nil }
        return try Self.integer(value, name(key), range)
    }

    /// A seed or another number of 64 bits; JSON integers from 0 to 2⁶³ - 1.
    package mutating func unsigned(_ key: String, default fallback: UInt64? = nil) throws(SGCError) -> UInt64 {
        guard let value = try present(key, fallback) else { return fallback ?? 0 }
        return UInt64(try Self.integer(value, name(key), 0 ... .max))
    }

    /// A number; integers are numbers too.
    package mutating func double(
        _ key: String, default fallback: Double? = nil,
        range: ClosedRange<Double> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    ) throws(SGCError) -> Double {
        guard let value = try present(key, fallback) else { return fallback ?? 0 }
        return try Self.double(value, name(key), range)
    }

    /// A number, rounded to Float before its range is checked.
    package mutating func float(
        _ key: String, default fallback: Float? = nil,
        range: ClosedRange<Float> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    ) throws(SGCError) -> Float {
        guard let value = try present(key, fallback) else { return fallback ?? 0 }
        return try Self.float(value, name(key), range)
    }

    /// A number that may be missing or null.
    package mutating func floatIfPresent(
        _ key: String, range: ClosedRange<Float> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    ) throws(SGCError) -> Float? {
        guard let value = value(key), value != .null else { return nil }
        return try Self.float(value, name(key), range)
    }

    package mutating func bool(_ key: String, default fallback: Bool? = nil) throws(SGCError) -> Bool {
        guard let value = try present(key, fallback) else { return fallback ?? false }
        guard case .bool(let result) = value else { throw wrongType(key, "true or false", value) }
        return result
    }

    package mutating func string(_ key: String, default fallback: String? = nil) throws(SGCError) -> String {
        guard let value = try present(key, fallback) else { return fallback ?? "" }
        return try Self.string(value, name(key))
    }

    /// A string that may be missing or null.
    package mutating func stringIfPresent(_ key: String) throws(SGCError) -> String? {
        guard let value = value(key), value != .null else { return nil }
        return try Self.string(value, name(key))
    }

    /// One of `options`.
    package mutating func choice(
        _ key: String, of options: [String], default fallback: String? = nil
    ) throws(SGCError) -> String {
        let result = try string(key, default: fallback)
        guard options.contains(result) else {
            let advice = nearest(to: result, among: options).map { "; did you mean \($0)?" } ?? ""
            throw SGCError(
                .argument,
                "\(name(key)): expected one of \(options.joined(separator: ", ")), got \(quoted(result))\(advice)")
        }
        return result
    }

    /// One of the cases of an enumeration, by raw value.
    package mutating func choice<Option: RawRepresentable<String> & CaseIterable>(
        _ key: String, default fallback: Option? = nil
    ) throws(SGCError) -> Option {
        let text = try choice(key, of: Option.allCases.map(\.rawValue), default: fallback?.rawValue)
        guard let option = Option(rawValue: text) else {
            throw SGCError(.internalError, "\(name(key)): \(quoted(text)) is no case of \(Option.self)")
        }
        return option
    }

    // MARK: Objects and arrays

    /// A reader of the object under `key`, of an empty object when the key is missing; finish it, too.
    package mutating func object(_ key: String) throws(SGCError) -> JSONReader {
        try JSONReader(value(key) ?? .object(JSONObject()), path: name(key))
    }

    /// A reader of an object that may be missing or null.
    package mutating func objectIfPresent(_ key: String) throws(SGCError) -> JSONReader? {
        guard let value = value(key), value != .null else { return nil }
        return try JSONReader(value, path: name(key))
    }

    package mutating func integers(
        _ key: String, default fallback: [Int]? = nil, count: ClosedRange<Int> = 0 ... .max,
        range: ClosedRange<Int> = .min ... .max
    ) throws(SGCError) -> [Int] {
        guard let value = try present(key, fallback) else { return fallback ?? [] }
        return try elements(value, key, count) { (element, name) throws(SGCError) in
            try Self.integer(element, name, range)
        }
    }

    package mutating func floats(
        _ key: String, default fallback: [Float]? = nil, count: ClosedRange<Int> = 0 ... .max,
        range: ClosedRange<Float> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    ) throws(SGCError) -> [Float] {
        guard let value = try present(key, fallback) else { return fallback ?? [] }
        return try elements(value, key, count) { (element, name) throws(SGCError) in
            try Self.float(element, name, range)
        }
    }

    package mutating func doubles(
        _ key: String, default fallback: [Double]? = nil, count: ClosedRange<Int> = 0 ... .max,
        range: ClosedRange<Double> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    ) throws(SGCError) -> [Double] {
        guard let value = try present(key, fallback) else { return fallback ?? [] }
        return try elements(value, key, count) { (element, name) throws(SGCError) in
            try Self.double(element, name, range)
        }
    }

    /// Colors, each a list of red, green and blue in 0...255.
    package mutating func colors(
        _ key: String, default fallback: [SIMD3<UInt8>]? = nil, count: ClosedRange<Int> = 0 ... .max
    ) throws(SGCError) -> [SIMD3<UInt8>] {
        guard let value = try present(key, fallback) else { return fallback ?? [] }
        return try elements(value, key, count) { (element, name) throws(SGCError) in
            guard case .array(let channels) = element, channels.count == 3 else {
                throw SGCError(.format, "\(name): expected red, green and blue, got \(element.summary)")
            }
            var color = SIMD3<UInt8>(repeating: 0)
            for index in 0..<3 { color[index] = UInt8(try Self.integer(channels[index], name, 0...255)) }
            return color
        }
    }

    package mutating func strings(
        _ key: String, default fallback: [String]? = nil, count: ClosedRange<Int> = 0 ... .max
    ) throws(SGCError) -> [String] {
        guard let value = try present(key, fallback) else { return fallback ?? [] }
        return try elements(value, key, count) { (element, name) throws(SGCError) in
            try Self.string(element, name)
        }
    }

    /// Readers of an array of objects, none when the key is missing; finish each.
    package mutating func objects(
        _ key: String, count: ClosedRange<Int> = 0 ... .max
    ) throws(SGCError) -> [JSONReader] {
        try elements(value(key) ?? [], key, count) { (element, name) throws(SGCError) in
            try JSONReader(element, path: name)
        }
    }

    // MARK: Helpers

    private func name(_ key: String) -> String {
        // A key of an unknown file goes into messages as it is only when it looks like one of ours.
        let plain = key.utf8.count <= 64 && key.unicodeScalars.allSatisfy { $0.isASCII && $0.value > 0x20 }
        let text = plain ? key : quoted(key)
        return path.isEmpty ? text : "\(path).\(text)"
    }

    /// The value; nil when it is missing and there is a default.
    private mutating func present<Fallback>(_ key: String, _ fallback: Fallback?) throws(SGCError) -> JSONValue? {
        if let value = value(key) { return value }
        guard fallback != nil else {
            throw SGCError(.argument, "\(name(key)): expected a value, but the key is missing")
        }
        return nil
    }

    private func wrongType(_ key: String, _ expected: String, _ got: JSONValue) -> SGCError {
        SGCError(.format, "\(name(key)): expected \(expected), got \(got.summary)")
    }

    private func elements<Element>(
        _ value: JSONValue, _ key: String, _ count: ClosedRange<Int>,
        _ read: (JSONValue, String) throws(SGCError) -> Element
    ) throws(SGCError) -> [Element] {
        guard case .array(let values) = value else { throw wrongType(key, "an array", value) }
        guard count.contains(values.count) else {
            throw SGCError(
                .argument, "\(name(key)): expected \(described(count)) elements, got \(values.count)")
        }
        var result: [Element] = []
        for (index, element) in values.enumerated() {
            result.append(try read(element, "\(name(key))[\(index)]"))
        }
        return result
    }

    private static func integer(
        _ value: JSONValue, _ name: String, _ range: ClosedRange<Int>
    ) throws(SGCError) -> Int {
        guard case .integer(let wide) = value, let result = Int(exactly: wide) else {
            throw SGCError(.format, "\(name): expected an integer, got \(value.summary)")
        }
        try check(result, name, range)
        return result
    }

    private static func double(
        _ value: JSONValue, _ name: String, _ range: ClosedRange<Double>
    ) throws(SGCError) -> Double {
        let result = try anyNumber(value, name)
        try check(result, name, range)
        return result
    }

    private static func float(
        _ value: JSONValue, _ name: String, _ range: ClosedRange<Float>
    ) throws(SGCError) -> Float {
        let result = Float(try anyNumber(value, name))
        try check(result, name, range)
        return result
    }

    private static func anyNumber(_ value: JSONValue, _ name: String) throws(SGCError) -> Double {
        switch value {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: throw SGCError(.format, "\(name): expected a number, got \(value.summary)")
        }
    }

    private static func string(_ value: JSONValue, _ name: String) throws(SGCError) -> String {
        guard case .string(let text) = value else {
            throw SGCError(.format, "\(name): expected a string, got \(value.summary)")
        }
        return text
    }

    private static func check<Number: Comparable>(
        _ value: Number, _ name: String, _ range: ClosedRange<Number>
    ) throws(SGCError) {
        guard range.contains(value) else {
            throw SGCError(
                .argument, "\(name): expected a value in \(range.lowerBound)...\(range.upperBound), got \(value)")
        }
    }

    private func described(_ count: ClosedRange<Int>) -> String {
        if count.lowerBound == count.upperBound { return "\(count.lowerBound)" }
        return count.upperBound == .max ? "at least \(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
    }
}
