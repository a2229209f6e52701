import Glibc
import SGCBase

/// The files below a folder.
enum FolderListing {
    /// How deep folders may lie in folders.
    static let deepest = 64

    /// Paths of all regular files below `folder`, relative to it, in the order of their UTF-8 bytes.
    ///
    /// Links are followed; a link to a folder that contains it is passed over. Names that begin with a dot are left out.
    ///
    /// - Throws: `.io` for a folder that cannot be read, `.path` for a name that is not UTF-8, `.limit` for folders more
    ///   than ``deepest`` deep.
    static func files(below folder: String) throws(SGCError) -> [String] {
        var found: [String] = []
        try collect(folder, relative: "", ancestors: [], into: &found)
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private struct Identity: Equatable {
        let device: dev_t
        let number: ino_t
    }

    private static func collect(
        _ root: String, relative: String, ancestors: [Identity], into found: inout [String]
    ) throws(SGCError) {
        let folder = relative.isEmpty ? root : "\(root)/\(relative)"
        var status = stat()
        guard unsafe stat(folder, &status) == 0 else { throw FileBytes.failure("read", folder, errno) }
        let identity = Identity(device: status.st_dev, number: status.st_ino)
        guard !ancestors.contains(identity) else { return }
        guard ancestors.count < deepest else {
            throw SGCError(.limit, "\(folder): expected folders at most \(deepest) deep")
        }
        for name in try names(in: folder) {
            let inner = relative.isEmpty ? name : "\(relative)/\(name)"
            guard unsafe stat("\(root)/\(inner)", &status) == 0 else {
                throw FileBytes.failure("read", "\(root)/\(inner)", errno)
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                try collect(root, relative: inner, ancestors: ancestors + [identity], into: &found)
            } else if status.st_mode & S_IFMT == S_IFREG {
                found.append(inner)
            }
        }
    }

    private static func names(in folder: String) throws(SGCError) -> [String] {
        guard let stream = unsafe opendir(folder) else { throw FileBytes.failure("read", folder, errno) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = unsafe readdir(stream) {
            // d_name is NUL-terminated and valid until the next readdir; the copy is made here.
            let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
            guard let name = String(validating: bytes, as: UTF8.self) else {
                throw SGCError(
                    .path, "\(folder): expected UTF-8 file names, got \"\(String(decoding: bytes, as: UTF8.self))\"")
            }
            if !name.hasPrefix(".") { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw FileBytes.failure("read", folder, errno) }
        return names
    }
}
