import SGCBase
import Testing

private enum Kind: String, CaseIterable {
    case vq, cvq, sgc
}

@Suite struct JSONReaderTests {
    private func reader(_ text: String, path: String = "training") throws -> JSONReader {
        try JSONReader(JSONValue(parsing: text), path: path)
    }

    @Test("values, defaults, and children")
    func values() throws {
        var reader = try reader(
            #"{"batch":8,"rate":1e-4,"whole":2,"on":true,"name":"x","kind":"cvq","quantizer":{"size":512},"plan":[1,2,4],"parts":[{"n":1},{"n":2}],"off":null}"#
        )
        #expect(try reader.integer("batch", default: 16, range: 1...4096) == 8)
        #expect(try reader.integer("missing", default: 16) == 16)
        #expect(try reader.float("rate", range: 0...1) == 1e-4)
        #expect(try reader.double("whole") == 2)
        #expect(try reader.bool("on") == true)
        #expect(try reader.string("name") == "x")
        #expect(try reader.choice("kind", of: ["vq", "cvq"]) == "cvq")
        #expect(try reader.choice("kind", default: Kind.vq) == .cvq)
        #expect(try reader.choice("other", default: Kind.sgc) == .sgc)
        #expect(try reader.integers("plan", count: 1...8, range: 1...16) == [1, 2, 4])
        #expect(try reader.floats("plan") == [1, 2, 4])
        #expect(try reader.integerIfPresent("off") == nil)
        #expect(try reader.integerIfPresent("batch") == 8)
        #expect(try reader.objectIfPresent("off") == nil || Bool(false))
        var child = try reader.object("quantizer")
        #expect(child.path == "training.quantizer")
        #expect(try child.unsigned("size") == 512)
        try child.finish()
        #expect(
            try reader.objects("parts").map { part in
                var part = part
                return try part.integer("n")
            } == [1, 2])
        var absent = try reader.object("absent")
        #expect(try absent.integer("x", default: 3) == 3)
        try reader.finish()
    }

    @Test("an unknown key names its path and the nearest known key")
    func unknownKey() throws {
        var reader = try reader(#"{"lerning_rate":0.1}"#)
        _ = try reader.float("batch_size", default: 1)
        _ = try reader.float("learning_rate", default: 1)
        let error = failure { try reader.finish() }
        #expect(error?.code == .argument)
        #expect(error?.message == "training.lerning_rate: unknown key; did you mean learning_rate?")
    }

    @Test("an unknown key that resembles nothing lists what is known")
    func farKey() throws {
        var reader = try reader(#"{"colour":1}"#, path: "")
        _ = try reader.integer("batch", default: 1)
        _ = try reader.integer("epochs", default: 1)
        #expect(failure { try reader.finish() }?.message == "colour: unknown key; known keys: batch, epochs")
    }

    @Test(
        "values of the wrong type are format errors",
        arguments: [
            #"{"n":1.0}"#, #"{"n":1e2}"#, #"{"n":"1"}"#, #"{"n":true}"#, #"{"n":null}"#, #"{"n":[1]}"#, #"{"n":{}}"#,
        ])
    func wrongType(text: String) throws {
        var reader = try reader(text)
        let error = failure { _ = try reader.integer("n", default: 1) }
        #expect(error?.code == .format)
        #expect(error?.message.hasPrefix("training.n: expected an integer, got ") == true)
    }

    @Test("values outside their range are argument errors that show the range", arguments: ["0", "-1", "2147483648"])
    func outOfRange(value: String) throws {
        var reader = try reader(#"{"batch":\#(value)}"#)
        let error = failure { _ = try reader.integer("batch", default: 1, range: 1...4096) }
        #expect(error?.code == .argument)
        #expect(error?.message == "training.batch: expected a value in 1...4096, got \(value)")
        #expect(failure { _ = try reader.float("batch", range: 1...4096) }?.code == .argument)
    }

    @Test("a float that only Double can hold is out of range")
    func floatOverflow() throws {
        var reader = try reader(#"{"x":1e300}"#)
        #expect(failure { _ = try reader.float("x") }?.code == .argument)
        #expect(try reader.double("x") == 1e300)
    }

    @Test("a required key that is missing, a bad choice, a bad element, a bad count")
    func others() throws {
        var reader = try reader(#"{"kind":"cqv","plan":[1,"2"]}"#)
        #expect(
            failure { _ = try reader.integer("batch") }?.message
                == "training.batch: expected a value, but the key is missing")
        #expect(
            failure { _ = try reader.choice("kind", of: ["vq", "cvq"]) }?.message
                == "training.kind: expected one of vq, cvq, got \"cqv\"; did you mean cvq?")
        #expect(
            failure { _ = try reader.integers("plan") }?.message
                == "training.plan[1]: expected an integer, got the string \"2\"")
        #expect(failure { _ = try reader.integers("plan", count: 3...3) }?.code == .argument)
        #expect(failure { _ = try reader.object("kind") }?.code == .format)
        #expect(failure { _ = try JSONReader([1]) }?.code == .format)
    }
}

@Suite struct JSONEditingTests {
    @Test("merging replaces values, descends into objects, keeps order")
    func merge() {
        let base: JSONValue = ["a": ["x": 1, "y": [1, 2]], "b": 2]
        let merged = base.merged(with: ["c": 5, "a": ["y": [3], "z": nil], "b": ["q": 1]])
        #expect(merged == ["a": ["x": 1, "y": [3], "z": nil], "b": ["q": 1], "c": 5])
    }

    @Test("assignments read JSON where it is JSON, else strings")
    func assignments() throws {
        var value: JSONValue = ["a": ["b": 1]]
        for assignment in ["a.b=0.5", "a.c=cvq", "new.deep.key=[1,2]", "t=true", #"s="x=1""#, "e=", "path=/data/a=b"] {
            try value.apply(assignment: assignment)
        }
        #expect(
            value == [
                "a": ["b": 0.5, "c": "cvq"], "new": ["deep": ["key": [1, 2]]], "t": true, "s": "x=1", "e": "",
                "path": "/data/a=b",
            ])
    }

    @Test(
        "bad assignments",
        arguments: [
            ("a", SGCError.Code.argument), ("=1", .argument), ("a..b=1", .argument), (".a=1", .argument),
            ("n.b=1", .argument), ("a=[1", .format), (#"a={"x":1,"x":2}"#, .format), ("a=1e999", .range),
        ])
    func badAssignments(assignment: String, code: SGCError.Code) {
        var value: JSONValue = ["n": 1]
        #expect(failure { try value.apply(assignment: assignment) }?.code == code)
        #expect(value == ["n": 1])
    }

    @Test(
        "edit distance counts swaps once",
        arguments: [
            ("", "", 0), ("abc", "abc", 0), ("", "abc", 3), ("lerning", "learning", 1), ("bathc", "batch", 1),
            ("kitten", "sitting", 3),
        ])
    func distance(a: String, b: String, expected: Int) {
        #expect(editDistance(a, b) == expected)
        #expect(editDistance(b, a) == expected)
    }
}
