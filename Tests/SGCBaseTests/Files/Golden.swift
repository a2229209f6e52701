/// The path of a golden file of the file formats; see the script beside it.
func golden(_ name: String, file: StaticString = #filePath) -> String {
    // Tests/SGCBaseTests/Files/Golden.swift → Tests/Golden/files
    let tests = file.description.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    return tests.joined(separator: "/") + "/Golden/files/" + name
}
