import SGCBase
import Testing

@Suite
struct JSONDifferenceTests {
    @Test(
        "the first key that differs is named with its path",
        arguments: [
            (#"{"a": 1}"#, #"{"a": 1, "b": 2}"#, nil), (#"{"a": 1, "b": 2}"#, #"{"a": 1}"#, "b"),
            (#"{"a": {"b": [1, 2]}, "c": 1}"#, #"{"a": {"b": [1, 3]}, "c": 2}"#, "a.b"),
            (#"{"a": {"b": 1}}"#, #"{"a": 1}"#, "a.b"), (#"{"a": 1}"#, #"{"a": {"b": 1}}"#, "a"),
        ] as [(String, String, String?)])
    func path(_ a: String, _ b: String, _ expected: String?) throws {
        let (first, second) = (try JSONValue(parsing: a, source: "a"), try JSONValue(parsing: b, source: "b"))
        #expect(first.firstDifference(from: second) == expected)
        #expect(first.firstDifference(from: first) == nil)
    }
}
