import Glibc

/// Whole files, and what is at a path.
package enum File {
    /// What a path names, not following symbolic links.
    package enum Kind: Sendable {
        case regular, directory, symbolicLink, other
    }

    /// Reads a whole regular file.
    /// - Throws: `.io` when it cannot be opened or is not a regular file, `.limit` above `limit` bytes (checked before
    ///   memory is taken), `.truncated` or `.io` when it changes while it is read.
    package static func read(_ path: String, limit: Int) throws(SGCError) -> [UInt8] {
        let file = try OpenFile.reading(path)
        let size = try file.size()
        guard size <= limit else {
            throw SGCError(.limit, "\(shown(path)): expected at most \(limit) bytes, got \(size)")
        }
        let bytes = try file.read(size, at: 0)
        guard try file.size() == size else {
            throw SGCError(.io, "\(shown(path)): expected \(size) bytes, but the file grew while it was read")
        }
        return bytes
    }

    /// Reads a JSON file; see ``JSONValue/init(parsing:source:limits:)``, whose errors name the file.
    package static func readJSON(
        _ path: String, limits: JSONLimits = .configuration
    ) throws(SGCError) -> JSONValue {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return try JSONValue(parsing: try read(path, limit: limits.bytes), source: name, limits: limits)
    }

    /// What is at `path`; nil when there is nothing.
    /// - Throws: `.path` or `.io` when the system does not tell.
    package static func kind(_ path: String) throws(SGCError) -> Kind? {
        guard let status = try status(path) else { return nil }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .regular
        case S_IFDIR: .directory
        case S_IFLNK: .symbolicLink
        default: .other
        }
    }

    package static func exists(_ path: String) throws(SGCError) -> Bool {
        try status(path) != nil
    }

    /// Removes a file; it is no error when there is none.
    package static func remove(_ path: String) throws(SGCError) {
        try check(path)
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw systemFailure("remove", path) }
    }

    static func rename(_ old: String, to new: String) throws(SGCError) {
        try check(old)
        try check(new)
        guard unsafe Glibc.rename(old, new) == 0 else { throw systemFailure("rename to \(shown(new))", old) }
    }

    /// The status of what is at `path`, not following a link; nil when there is nothing.
    static func status(_ path: String) throws(SGCError) -> stat? {
        try check(path)
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw systemFailure("examine", path)
        }
        return status
    }

    /// Refuses what the C calls would cut short or take for another path.
    static func check(_ path: String) throws(SGCError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw SGCError(.path, "expected a path without NUL, got \(shown(path))")
        }
    }

    /// The directory and the last component of a path; trailing slashes do not count.
    /// - Throws: `.path` when the last component is not a name.
    static func split(_ path: String) throws(SGCError) -> (directory: String, name: String) {
        try check(path)
        var bytes = Array(path.utf8)[...]
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
        let name = String(decoding: slash.map { bytes[($0 + 1)...] } ?? bytes, as: UTF8.self)
        guard !name.isEmpty, name != ".", name != ".." else {
            throw SGCError(.path, "\(shown(path)): expected a path that ends in a name")
        }
        guard let slash else { return (".", name) }
        return (slash == 0 ? "/" : String(decoding: bytes[..<slash], as: UTF8.self), name)
    }

    /// Eight random hexadecimal digits for the name of a temporary file.
    static func randomSuffix() -> String {
        // The system's source, as reproducible names would clash.
        let digits = String(UInt32.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
