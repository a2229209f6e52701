import SGCBase
import Testing

/// Runs `body` and returns the error that it threw.
func failure(_ body: () throws -> Void) -> SGCError? {
    do {
        try body()
        return nil
    } catch {
        return error as? SGCError
    }
}

@Suite struct JSONValueTests {
    @Test(
        "bad documents have their own codes",
        arguments: [
            ("empty", "", SGCError.Code.format),
            ("only spaces", "  \n", .format),
            ("byte order mark", "\u{FEFF}{}", .format),
            ("trailing comma in object", #"{"a":1,}"#, .format),
            ("trailing comma in array", "[1,]", .format),
            ("leading comma", "[,1]", .format),
            ("line comment", "{} // x", .format),
            ("block comment", "/* x */ {}", .format),
            ("two values", "{} {}", .format),
            ("NaN", #"{"a":NaN}"#, .format),
            ("Infinity", "-Infinity", .format),
            ("1e999", "1e999", .range),
            ("400 digits", String(repeating: "7", count: 400), .range),
            ("2 to the 63", "9223372036854775808", .range),
            ("leading zero", "[01]", .format),
            ("leading plus", "+1", .format),
            ("bare point", ".5", .format),
            ("point without digits", "1.", .format),
            ("exponent without digits", "1e", .format),
            ("hexadecimal", "0x10", .format),
            ("duplicate key", #"{"a":1,"b":2,"a":3}"#, .format),
            ("duplicate key, escaped", #"{"a":1,"\u0061":3}"#, .format),
            ("unquoted key", "{a:1}", .format),
            ("single quotes", "{'a':1}", .format),
            ("missing colon", #"{"a" 1}"#, .format),
            ("missing comma", #"[1 2]"#, .format),
            ("unclosed object", #"{"a":1"#, .format),
            ("unclosed array", "[1", .format),
            ("unclosed string", #""abc"#, .format),
            ("mismatched brackets", #"[1}"#, .format),
            ("word cut short", "tru", .format),
            ("word with a capital", "True", .format),
            ("lone high surrogate", #""\ud800""#, .format),
            ("lone low surrogate", #""\udc00""#, .format),
            ("high surrogate and letter", #""\ud800\u0041""#, .format),
            ("high surrogate and newline", #""\ud800\n""#, .format),
            ("escaped NUL", #""a\u0000b""#, .format),
            ("raw NUL", "\"a\0b\"", .format),
            ("raw newline in a string", "\"a\nb\"", .format),
            ("unknown escape", #""\x41""#, .format),
            ("short escape", #""\u12""#, .format),
            ("100,000 levels of arrays", String(repeating: "[", count: 100_000), .limit),
            ("100,000 levels of objects", String(repeating: #"{"a":"#, count: 100_000), .limit),
            ("33 levels", String(repeating: "[", count: 33) + String(repeating: "]", count: 33), .limit),
            ("1 MiB + 1 byte", String(repeating: " ", count: (1 << 20) + 1), .limit),
            ("4,097 keys", "{" + (0..<4_097).map { "\"k\($0)\":0" }.joined(separator: ",") + "}", .limit),
        ])
    func badDocuments(name: String, text: String, code: SGCError.Code) {
        #expect(failure { _ = try JSONValue(parsing: text) }?.code == code, "\(name)")
    }

    @Test(
        "strings must be UTF-8",
        arguments: [
            [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xFF, 0x22], [0x22, 0xE2, 0x82, 0x22],
        ])
    func invalidEncoding(bytes: [UInt8]) {
        #expect(failure { _ = try JSONValue(parsing: bytes) }?.code == .format)
    }

    @Test("errors name line and column, counted in Unicode scalars")
    func position() {
        let error = failure {
            _ = try JSONValue(parsing: "{\n  \"schlüssel\": 1,\n  \"é\": x\n}", source: "config.json")
        }
        #expect(error?.message == "config.json:3:8: expected a JSON value, got \"x\"")
        let duplicate = failure { _ = try JSONValue(parsing: "{\"a\":1,\n \"a\":2}") }
        #expect(duplicate?.message == "JSON:2:2: expected distinct keys, got duplicate key \"a\"")
    }

    @Test("messages never carry raw control characters")
    func escapedMessages() {
        let error = failure { _ = try JSONValue(parsing: #"{"a\u001b[31m":1,"a\u001b[31m":2}"#) }
        #expect(error?.message.contains("\u{1B}") == false)
        #expect(error?.message.contains(#"\u{1b}"#) == true)
    }

    @Test("a document keeps order, kinds of numbers, and escapes")
    func parse() throws {
        let text =
            #" {"z":[1,-0,1.0,1e2,-2.5E-3,9223372036854775807],"a":{"t":true,"f":false,"n":null},"s":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00ü"} "#
        let value = try JSONValue(parsing: text)
        #expect(
            value == [
                "z": [1, 0, 1.0, 100.0, -0.0025, 9_223_372_036_854_775_807],
                "a": ["t": true, "f": false, "n": nil],
                "s": "\"\\/\u{8}\u{C}\n\r\té😀ü",
            ])
        guard case .object(let object) = value else { throw SGCError(.format, "no object") }
        #expect(object.keys == ["z", "a", "s"])
        #expect(value["a"]?["t"] == true)
        #expect(value["a"]?["missing"] == nil)
    }

    @Test("32 levels and 4,096 keys are allowed")
    func withinLimits() throws {
        _ = try JSONValue(parsing: String(repeating: "[", count: 32) + String(repeating: "]", count: 32))
        _ = try JSONValue(parsing: "{" + (0..<4_096).map { "\"k\($0)\":0" }.joined(separator: ",") + "}")
    }

    @Test("what is written reads back equal, compact and pretty")
    func roundTrip() throws {
        let value: JSONValue = [
            "empty": [:], "none": [], "text": "a\"\\\n\u{1}é😀/", "numbers": [0, -5, 0.1, 1e300, 1e-300, 1e16, -0.0],
            "nested": [["a": [1, [2]]], []],
        ]
        for layout in [JSONValue.Layout.compact, .pretty] {
            #expect(try JSONValue(parsing: value.serialized(layout)) == value)
        }
        #expect(try JSONValue(parsing: value.serialized()).serialized() == value.serialized())
    }

    @Test("layouts")
    func layouts() throws {
        let value: JSONValue = ["b": 1, "a": [1, 2], "c": [["x": nil]], "d": [:]]
        #expect(try value.serialized() == #"{"b":1,"a":[1,2],"c":[{"x":null}],"d":{}}"#)
        #expect(
            try value.serialized(.pretty) == """
                {
                  "b": 1,
                  "a": [1, 2],
                  "c": [
                    {
                      "x": null
                    }
                  ],
                  "d": {}
                }

                """)
    }

    @Test("floats are written with the fewest digits and read back exactly")
    func floats() throws {
        #expect(try JSONValue(Float(0.1)).serialized() == "0.1")
        #expect(try JSONValue(Float(1e-4)).serialized() == "0.0001")
        var random = RandomSource(seed: 5)
        for _ in 0..<20_000 {
            let value = Float(bitPattern: random.nextWord())
            guard value.isFinite else { continue }
            guard case .number(let double) = JSONValue(value) else { continue }
            #expect(Float(double).bitPattern == value.bitPattern)
            let wide = Double(bitPattern: random.next())
            guard wide.isFinite else { continue }
            #expect(try JSONValue(parsing: JSONValue.number(wide).serialized()) == .number(wide))
        }
    }

    @Test("NaN and infinity cannot be written, or become null when asked")
    func notFinite() throws {
        #expect(failure { _ = try JSONValue.number(.nan).serialized() }?.code == .numeric)
        #expect(failure { _ = try JSONValue.array([.number(-.infinity)]).serialized() }?.code == .numeric)
        #expect(JSONValue.numberOrNull(.nan) == nil)
        #expect(JSONValue.numberOrNull(2) == 2.0)
    }

    @Test("setting a member replaces in place, appends, removes")
    func members() {
        var object = JSONObject()
        object["b"] = 1
        object["a"] = 2
        object["b"] = 3
        #expect(object.members == [.init("b", 3), .init("a", 2)])
        object["b"] = nil
        #expect(object.keys == ["a"])
    }
}
