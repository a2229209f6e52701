import SGCBase
import SGCTokenizer
import Testing

@testable import SGCCommand

@Suite("Pictures and numbers of a report")
struct PictureTests {
    @Test("tokens are blocks in the colors of their classes, cut to the image")
    func tokenMap() throws {
        let classes = [SemanticClass(name: "a", color: [200, 0, 0]), SemanticClass(name: "b", color: [0, 0, 200])]
        let semantics = try CodeSemantics(classes: classes, histogram: [9, 0, 9, 0, 0, 9, 0, 0, 5, 4], codebookSize: 5)
        let colors = CodeColors(classesOf: semantics, codebookSize: 5)
        // Code 0 lies in the middle of nothing: the darkest shade of the class. All shades differ, and keep their hue.
        #expect(Set((0..<5).map { colors[$0] }).count == 5)
        #expect(colors[0].x > 100 && colors[0].y == 0 && colors[1].x > colors[1].z && colors[2].z > colors[2].x)
        #expect(colors[3].x == colors[3].y && colors[3].y == colors[3].z)
        #expect(Int(colors[4].x) - Int(colors[4].y) < Int(colors[0].x) - Int(colors[0].y))
        #expect(colors[-1] == CodeColors.unknown && colors[5] == CodeColors.unknown)
        let grid = try TokenGrid(coveringWidth: 7, height: 4, factor: 4)
        let picture = try Pictures.tokenMap([0, 2], grid: grid, colors: colors, width: 7, height: 4)
        for y in 0..<4 {
            for x in 0..<7 { #expect(picture.pixels[(y * 7 + x) * 3] == colors[x < 4 ? 0 : 2].x) }
        }
    }

    @Test("labels without class are black, labels beyond the classes an error")
    func classMap() throws {
        let classes = [SemanticClass(name: "a", color: [1, 2, 3])]
        let map = try LabelMap(width: 2, height: 1, ids: [0, LabelMap.ignore])
        #expect(try Pictures.classMap(map, classes: classes).pixels == [1, 2, 3, 0, 0, 0])
        #expect(throws: SGCError(.range, "class map: expected class ids below 1, got 7")) {
            try Pictures.classMap(try LabelMap(width: 1, height: 1, ids: [7]), classes: classes)
        }
    }

    @Test("components of points on a line: its direction keeps all variance")
    func components() throws {
        let points: [Float] = [0, 0, 1, 2, 2, 4, 3, 6]
        let components = try PrincipalComponents(of: points, dimension: 2, count: 3)
        #expect(abs(components.explained[0] - 1) < 1e-12 && components.explained[2] == 0)
        let places = components.projected(points)
        for index in 0..<4 {
            #expect(abs(places[index * 3] - (Double(index) - 1.5) * 5.0.squareRoot()) < 1e-9)
            #expect(abs(places[index * 3 + 1]) < 1e-9 && places[index * 3 + 2] == 0)
        }
    }

    @Test("codes that are alike get like colors")
    func meaningColors() throws {
        let entries: [Float] = [0, 0, 0.1, 0, 5, 5, 5.1, 5]
        let colors = try CodeColors(
            principalComponentsOf: ReportCodebook(entries: entries, dimension: 2), isUsed: [true, true, true, true])
        #expect(colors[0].x < 40 && colors[1].x < 40 && colors[2].x > 200 && colors[3].x > 200)
        let unused = try CodeColors(
            principalComponentsOf: ReportCodebook(entries: [1, 2, 3], dimension: 1), isUsed: [false, false, false])
        #expect(unused.colors.map(\.x) == [20, 133, 245])
    }

    @Test(
        "Base64 of RFC 4648's examples",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"), ("\u{3FF}\u{3FF}", "z7/Pvw=="),
        ])
    func base64(text: String, code: String) {
        #expect(Base64.encode(Array(text.utf8)) == code)
    }

    @Test("numbers for people and for pictures")
    func numerals() {
        #expect(
            [1.5, -0.004, 12.345, 3, -2.05, .nan].map(Numerals.coordinate) == ["1.5", "0", "12.35", "3", "-2.05", "0"])
        #expect(Numerals.fixed(1234567.891, 2) == "1,234,567.89")
        #expect(Numerals.fixed(-0.04, 1) == "0.0" && Numerals.fixed(-12, 0) == "−12")
        #expect(
            [0, 0.012345, 1.23456, 98.7654, 12345.6, 1.2e-5, 7].map(Numerals.significant) == [
                "0", "0.01235", "1.235", "98.77", "12,346", "1.2e−5", "7",
            ])
        #expect(
            [1, 0.9996, 0.25, 0.12345, 0.0001, 0].map(Numerals.percentage) == [
                "100 %", ">99.9 %", "25.0 %", "12.3 %", "<0.1 %", "0 %",
            ])
    }
}
