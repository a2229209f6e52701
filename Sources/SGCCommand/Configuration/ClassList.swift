import SGCBase
import SGCData
import SGCTokenizer

/// Names and colors of classes in a JSON file: `{"classes": [{"name": "road", "color": [128, 64, 128]}, …]}`.
enum ClassList {
    /// - Throws: `.io`, `.format`, `.argument` for an unknown key or a color outside 0...255, naming the file.
    static func read(_ path: String) throws(SGCError) -> [SemanticClass] {
        do throws(SGCError) {
            var reader = try JSONReader(
                File.readJSON(path, limits: JSONLimits(bytes: 1 << 24, depth: 8, keys: 1 << 18)))
            var classes: [SemanticClass] = []
            for var item in try reader.objects("classes", count: 1...Int(LabelMap.ignore) - 1) {
                let index = classes.count
                let given = try item.integers(
                    "color", default: defaultPalette(index + 1)[index].components, count: 3...3, range: 0...255)
                classes.append(
                    SemanticClass(
                        name: try item.string("name"), color: SIMD3(given.map { UInt8($0) })))
                try item.finish()
            }
            try reader.finish()
            return classes
        } catch {
            throw error.code == .io || error.code == .path ? error : error.within(shown(path))
        }
    }

    static func write(_ classes: [SemanticClass], to path: String) throws(SGCError) {
        try JSONFile.write(["classes": .array(classes.map(json))], to: path)
    }

    private static func json(_ item: SemanticClass) -> JSONValue {
        ["name": .string(item.name), "color": .array(item.color.components.map { JSONValue($0) })]
    }
}

extension SIMD3<UInt8> {
    fileprivate var components: [Int] { [Int(x), Int(y), Int(z)] }
}

extension DataConfiguration {
    /// The classes that the data itself names; empty when it names none or they are not used.
    func classes() throws(SGCError) -> [SemanticClass] {
        guard isLabelled else { return [] }
        if source == .scenes { return Scenes.classes }
        return classList.isEmpty ? [] : try ClassList.read(classList)
    }
}
