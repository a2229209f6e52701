import Glibc
import SGCBase
import Testing

@testable import SGCData

@Suite("A folder of images")
struct ImageFolderTests {
    @Test("Images are found at any depth, in the order of their names' bytes, and by their ending in any case")
    func order() throws {
        let folder = try TemporaryFolder()
        for (i, name) in ["b.PNG", "a/z.png", "a/c/q.ppm", "a.jpg", "Z.jpeg"].enumerated() {
            try folder.write(name, gradient(width: 2, height: 2, mark: UInt8(i)))
        }
        try folder.write("notes.txt", "no image")
        try folder.write(".hidden.png", "no image")
        let images = try ImageFolder(folder.path)
        let names = (0..<images.count).map { String(images.name(at: $0).dropFirst(folder.path.count + 1)) }
        #expect(names == ["Z.jpeg", "a.jpg", "a/c/q.ppm", "a/z.png", "b.PNG"])
        #expect(try (0..<5).map { try images.sample(at: $0).image.pixels[2] } == [4, 3, 2, 1, 0])
        #expect(try images.sample(at: 0).labels == nil)
    }

    @Test("A link to a folder around it ends the search there")
    func cycle() throws {
        let folder = try TemporaryFolder()
        try folder.write("a/x.png", gradient(width: 2, height: 2))
        unsafe symlink(folder.path, "\(folder.path)/a/loop")
        #expect(try ImageFolder(folder.path).count == 1)
    }

    @Test("Label maps come from the parallel folder, with their ids")
    func labels() throws {
        let folder = try TemporaryFolder()
        try folder.write("images/day/a.b.ppm", Array("P6 2 1 255 ".utf8) + [1, 2, 3, 4, 5, 6])
        try folder.write("labels/day/a.b.png", LabelMap(width: 2, height: 1, ids: [3, LabelMap.ignore]))
        try folder.write("images/e.png", gradient(width: 2, height: 1))
        try folder.write("labels/e.pgm", Array("P5 2 1 255 ".utf8) + [255, 1])
        let set = try ImageFolder(
            "\(folder.path)/images", labels: "\(folder.path)/labels", rules: LabelRules(classCount: 4))
        #expect(try set.sample(at: 0).labels?.ids == [3, LabelMap.ignore])
        #expect(try set.sample(at: 0).image.pixels == [1, 2, 3, 4, 5, 6])
        #expect(try set.sample(at: 1).labels?.ids == [LabelMap.ignore, 1])
    }

    @Test("A missing label map is named")
    func missingLabels() throws {
        let folder = try TemporaryFolder()
        try folder.write("images/a.png", gradient(width: 2, height: 1))
        try folder.write("labels/b.png", LabelMap(width: 2, height: 1, ids: [0, 0]))
        let error = try failure { _ = try ImageFolder("\(folder.path)/images", labels: "\(folder.path)/labels") }
        #expect(error.code == .io)
        #expect(error.message.contains("\(folder.path)/labels/a.png"))
    }

    @Test("A label map of another size names both sizes; an id outside the class list names file, id and pixel")
    func badLabels() throws {
        let folder = try TemporaryFolder()
        try folder.write("images/a.png", gradient(width: 4, height: 3))
        try folder.write("images/b.png", gradient(width: 2, height: 2))
        try folder.write("labels/a.png", LabelMap(width: 3, height: 4, ids: [UInt16](repeating: 0, count: 12)))
        try folder.write("labels/b.png", LabelMap(width: 2, height: 2, ids: [0, 1, 2, 19]))
        let set = try ImageFolder(
            "\(folder.path)/images", labels: "\(folder.path)/labels", rules: LabelRules(classCount: 19))
        let size = try failure { _ = try set.sample(at: 0) }
        #expect(size.code == .mismatch)
        for part in ["labels/a.png", "images/a.png", "4x3", "3x4"] { #expect(size.message.contains(part)) }
        let range = try failure { _ = try set.sample(at: 1) }
        #expect(range.code == .range)
        for part in ["labels/b.png", "19", "(1, 1)"] { #expect(range.message.contains(part)) }
    }

    @Test("Missing and empty folders and damaged files are errors that name them")
    func badFolders() throws {
        let folder = try TemporaryFolder()
        #expect(try failure { _ = try ImageFolder("\(folder.path)/none") }.code == .io)
        let empty = try failure { _ = try ImageFolder(folder.path) }
        #expect(empty.code == .argument)
        #expect(empty.message.contains(folder.path))
        try folder.write("bad.png", "not a PNG")
        let bad = try failure { _ = try ImageFolder(folder.path).sample(at: 0) }
        #expect(bad.code == .format)
        #expect(bad.message.contains("bad.png"))
    }
}

@Suite("A list of images")
struct ImageListTests {
    @Test("Paths are relative to the list; comments, empty lines and Windows line ends are no matter")
    func paths() throws {
        let folder = try TemporaryFolder()
        try folder.write("data/b #1.png", gradient(width: 2, height: 1, mark: 1))
        try folder.write("a.png", gradient(width: 2, height: 1, mark: 2))
        try folder.write("data/list.txt", "# images\r\nb #1.png\r\n\r\n\(folder.path)/a.png\n../a.png")
        let list = try ImageList("\(folder.path)/data/list.txt")
        #expect(try (0..<list.count).map { try list.sample(at: $0).image.pixels[2] } == [1, 2, 2])
    }

    @Test("A tab separates the image from its label map")
    func labels() throws {
        let folder = try TemporaryFolder()
        try folder.write("a.png", gradient(width: 2, height: 1))
        try folder.write("l.png", LabelMap(width: 2, height: 1, ids: [7, 5]))
        try folder.write("list", "a.png\tl.png\n")
        #expect(try ImageList("\(folder.path)/list").sample(at: 0).labels?.ids == [7, 5])
        let rules = LabelRules(classCount: 7)
        #expect(try failure { _ = try ImageList("\(folder.path)/list", rules: rules).sample(at: 0) }.code == .range)
    }

    @Test(
        "Bad lists name the line",
        arguments: [
            ("a.png\n\n# x\nnone.png\n", SGCError.Code.io, ":4"), ("a.png\tnone.png\n", .io, ":1"),
            ("a.png\na.png\tl.png\n", .format, ":2"), ("a.png\ta.png\na.png\n", .format, ":2"),
            ("a.png\ta.png\ta.png\n", .format, ":1"), ("a.png\n\ta.png\n", .format, ":2"), ("# none\n", .argument, ""),
            ("", .argument, ""),
        ])
    func bad(text: String, code: SGCError.Code, place: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("a.png", gradient(width: 2, height: 1))
        try folder.write("list", text)
        let error = try failure { _ = try ImageList("\(folder.path)/list") }
        #expect(error.code == code)
        #expect(error.message.hasPrefix("\(folder.path)/list\(place)"))
    }

    @Test("A list that is not there or no text is an error")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        #expect(try failure { _ = try ImageList("\(folder.path)/list") }.code == .io)
        try folder.write("list", [0xFF, 0xFE, 0x00])
        #expect(try failure { _ = try ImageList("\(folder.path)/list") }.code == .format)
    }
}
