import CHost
import Glibc

/// The files below one directory, for names that come from inside other files.
///
/// The one place that opens such names: relative, without links, never outside the directory.
package final class EnclosedFiles: Sendable {
    private let directory: OpenFile
    /// How a component-wise walk is asked for in tests.
    private let stepwise: Bool

    /// - Parameters:
    ///   - directory: As the caller gave it; links in it are followed.
    ///   - stepwise: Whether to do without the kernel's own check, as on kernels that have none.
    /// - Throws: `.path` or `.io`.
    package init(directory: String, stepwise: Bool = false) throws(SGCError) {
        self.directory = try OpenFile(path: directory, flags: O_RDONLY | O_DIRECTORY)
        self.stepwise = stepwise
    }

    /// The files beside and below the file at `path`.
    package convenience init(beside path: String) throws(SGCError) {
        try self.init(directory: File.split(path).directory)
    }

    /// Opens the regular file `name` for reading.
    ///
    /// - Parameter name: One or more components with `/` between them.
    /// - Throws: `.path` for a name that is empty, absolute, longer than 255 bytes, or has a NUL, a backslash or a component
    ///   that is empty, `.` or `..`; for links on the way, for what is not a regular file, and for a file that has other
    ///   names. `.io` when the system refuses.
    package func open(_ name: String) throws(SGCError) -> OpenFile {
        try Self.check(name)
        let descriptor = retryingInterrupted {
            unsafe stepwise
                ? chost_open_stepwise(directory.descriptor, name) : chost_open_beneath(directory.descriptor, name)
        }
        guard descriptor >= 0 else {
            switch errno {
            case ELOOP, EXDEV, ENOTDIR, ENXIO, ENAMETOOLONG:
                throw SGCError(
                    .path,
                    "\(shown(name)): expected a regular file below \(shown(directory.path)), reached without symbolic links"
                )
            case let error: throw systemFailure("open", name, error)
            }
        }
        let file = try OpenFile(adopting: descriptor, name: name)
        let status = try file.status()
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SGCError(.path, "\(shown(name)): expected a regular file")
        }
        guard status.st_nlink == 1 else {
            throw SGCError(.path, "\(shown(name)): expected a file with one name, got one with \(status.st_nlink)")
        }
        return file
    }

    private static func check(_ name: String) throws(SGCError) {
        let components = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isPlain = components.allSatisfy { component in
            !component.isEmpty && !component.elementsEqual(".".utf8) && !component.elementsEqual("..".utf8)
        }
        guard isPlain, name.utf8.count <= 255, !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "\\")) else {
            throw SGCError(
                .path,
                "\(shown(name)): expected a relative name of at most 255 bytes without \"..\", backslash or NUL")
        }
    }
}
