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
        guard unsafe stat(folder, &status) == 0 else { throw systemFailure("read", folder) }
        let identity = Identity(device: status.st_dev, number: status.st_ino)
        guard !ancestors.contains(identity) else { return }
        guard ancestors.count < deepest else {
            throw SGCError(.limit, "\(folder): expected folders at most \(deepest) deep")
        }
        for name in try Directory.list(folder) where !name.hasPrefix(".") {
            let inner = relative.isEmpty ? name : "\(relative)/\(name)"
            guard unsafe stat("\(root)/\(inner)", &status) == 0 else {
                throw systemFailure("read", "\(root)/\(inner)")
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                try collect(root, relative: inner, ancestors: ancestors + [identity], into: &found)
            } else if status.st_mode & S_IFMT == S_IFREG {
                found.append(inner)
            }
        }
    }
}
