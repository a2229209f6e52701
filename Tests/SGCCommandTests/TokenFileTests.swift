import SGCBase
import SGCTokenizer
import Testing

@testable import SGCCommand

@Suite("Files of tokens")
struct TokenFileTests {
    private func description(codebookSize: Int) -> TokenFile.Description {
        var description = TokenFile.Description()
        description.model = "abc"
        description.codebookSize = codebookSize
        description.downsamplingFactor = 4
        (description.width, description.height) = (11, 7)
        description.classNames = ["road"]
        description.files = ["a.png", "b.png"]
        return description
    }

    @Test(
        "Tokens come back, as uint16 where the codebook allows",
        arguments: [
            (65_536, NpyType.uint16), (65_537, NpyType.int32),
        ])
    func roundTrip(codebookSize: Int, type: NpyType) throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/tokens.npy"
        let largest = Int32(codebookSize - 1)
        let file = try TokenFile(
            rows: 2, columns: 3, tokens: [0, 1, 2, 3, 4, 5, largest, 7, 8, 9, 10, 11],
            description: description(codebookSize: codebookSize))
        try file.write(path)
        #expect(try NpyHeader(path: path).type == type)
        #expect(try NpyHeader(path: path).shape == [2, 2, 3])
        #expect(try TokenFile.read(path) == file)
    }

    @Test("Arrays that are no tokens, and descriptions that are none, are errors")
    func bad() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/t.npy"
        try NpyArray(shape: [2, 2], elements: [UInt16](repeating: 0, count: 4)).write(path)
        #expect(try failure { _ = try TokenFile.read(path) }.code == .format)
        try NpyArray(shape: [1, 2, 2], elements: [Float](repeating: 0, count: 4)).write(path)
        #expect(try failure { _ = try TokenFile.read(path) }.code == .unsupported)
        try NpyArray(shape: [1, 2, 2], elements: [UInt16](repeating: 0, count: 4)).write(path)
        #expect(try TokenFile.read(path).description == nil)
        try AtomicFile.write("\(folder.path)/t.json", text: "{\"format\": \"libsgc-tokens\", \"vresion\": 1}")
        let error = try failure { _ = try TokenFile.read(path) }
        #expect(error.code == .argument)
        #expect(error.message.contains("t.json"))
        #expect(try failure { _ = try TokenFile.read("\(folder.path)/none.npy") }.code == .io)
    }
}
