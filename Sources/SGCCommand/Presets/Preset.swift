import SGCBase

/// A named configuration whose every number says where it comes from.
struct Preset: Sendable {
    struct Setting: Sendable {
        /// The key, with dots.
        let path: String
        /// The value in JSON, or a bare word.
        let value: String
        /// Where it comes from.
        let origin: String

        init(_ path: String, _ value: String, _ origin: String) {
            self.path = path
            self.value = value
            self.origin = origin
        }
    }

    let name: String
    let summary: String
    let settings: [Setting]

    /// The settings as the object that a configuration file would hold.
    func json() throws(SGCError) -> JSONValue {
        var result = JSONValue.object(JSONObject())
        for setting in settings { try result.set(setting.path, toText: setting.value) }
        return result
    }

    static let all: [Preset] = [.demo, .drive, .wideDrive, .live, .experiment, .nuScenes, .imageNet, .vqgan]

    /// - Throws: `.argument`, naming the nearest.
    static func named(_ name: String) throws(SGCError) -> Preset {
        if let preset = all.first(where: { $0.name == name }) { return preset }
        let names = all.map(\.name)
        let advice = nearest(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
        throw SGCError(
            .argument, "preset: expected one of \(names.joined(separator: ", ")), got \(quoted(name))\(advice)")
    }
}
