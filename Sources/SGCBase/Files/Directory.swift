import Glibc

/// Directories: creating, listing, removing.
package enum Directory {
    /// Creates a directory and those above it that are missing; it is no error when it exists.
    /// - Throws: `.path` or `.io`.
    package static func create(_ path: String) throws(SGCError) {
        try File.check(path)
        if unsafe mkdir(path, 0o777) == 0 { return }
        switch errno {
        case ENOENT:
            try create(try File.split(path).directory)
            guard unsafe mkdir(path, 0o777) == 0 || errno == EEXIST else { throw systemFailure("create", path) }
        case EEXIST:
            // May be a link to a directory; opening follows it.
            _ = try OpenFile(path: path, flags: O_RDONLY | O_DIRECTORY)
        case let error: throw systemFailure("create", path, error)
        }
    }

    /// The names in a directory, without `.` and `..`, sorted by their bytes.
    /// - Throws: `.io`, and `.path` when a name is not UTF-8.
    package static func list(_ path: String) throws(SGCError) -> [String] {
        let directory = try OpenFile(path: path, flags: O_RDONLY | O_DIRECTORY)
        return try directory.withDuplicate { (descriptor) throws(SGCError) in
            guard let stream = unsafe fdopendir(descriptor) else {
                let error = errno
                close(descriptor)
                throw systemFailure("list", path, error)
            }
            defer { unsafe closedir(stream) }
            var names: [String] = []
            while true {
                errno = 0
                guard let entry = unsafe readdir(stream) else {
                    guard errno == 0 else { throw systemFailure("list", path) }
                    break
                }
                // d_name ends with a NUL within the entry that readdir lends until its next call.
                let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    unsafe String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard let name else { throw SGCError(.path, "\(shown(path)): expected names in UTF-8, got another") }
                if name != ".", name != ".." { names.append(name) }
            }
            return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
    }

    /// Removes a directory with everything in it, not following links; it is no error when there is none.
    ///
    /// For directories that the library made itself.
    /// - Throws: `.io`, `.limit` below 64 levels.
    package static func removeTree(_ path: String) throws(SGCError) {
        try removeTree(path, levels: 64)
    }

    private static func removeTree(_ path: String, levels: Int) throws(SGCError) {
        guard levels > 0 else { throw SGCError(.limit, "\(shown(path)): expected at most 64 levels of directories") }
        switch try File.kind(path) {
        case nil: return
        case .directory?:
            for name in try list(path) { try removeTree("\(path)/\(name)", levels: levels - 1) }
            guard unsafe rmdir(path) == 0 || errno == ENOENT else { throw systemFailure("remove", path) }
        default: try File.remove(path)
        }
    }

    /// Brings the entries of a directory to the disk, so that a rename in it survives a power loss.
    static func sync(_ path: String) throws(SGCError) {
        try OpenFile(path: path, flags: O_RDONLY | O_DIRECTORY).sync()
    }

    /// Brings a directory with all files and directories in it to the disk.
    static func syncTree(_ path: String) throws(SGCError) {
        for name in try list(path) {
            let child = "\(path)/\(name)"
            switch try File.kind(child) {
            case .directory?: try syncTree(child)
            case .regular?: try OpenFile.reading(child).sync()
            default: throw SGCError(.path, "\(shown(child)): expected a regular file or a directory")
            }
        }
        try sync(path)
    }
}
