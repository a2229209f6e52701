import Glibc
package import SGCBase

/// Files that are replaced as a whole: readers see the old content or the new one.
///
/// The content goes to a temporary name in the same folder and is renamed over `path`. It is not forced to the disk
/// (pictures can be made again): after a power failure the file may be the old one.
package struct AtomicFile {
    /// The system call that writes; a test puts one that fails in its place.
    var write: (Int32, RawSpan) -> Int = { file, bytes in
        // The span is valid for the call.
        unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
    }

    package init() {}

    /// Replaces the content of `path` by `bytes`.
    ///
    /// - Throws: `.io` when the system refuses (no such folder, no permission, disk full). What was at `path` is then
    ///   unchanged and nothing new is left beside it.
    package func replace(_ path: String, with bytes: [UInt8]) throws(SGCError) {
        let temporary = try temporaryFile(beside: path)
        do {
            try fill(temporary.file, path, bytes)
        } catch {
            close(temporary.file)
            unsafe unlink(temporary.path)
            throw error
        }
        // Network file systems report a full disk here.
        guard close(temporary.file) == 0, unsafe rename(temporary.path, path) == 0 else {
            let code = errno
            unsafe unlink(temporary.path)
            throw FileBytes.failure("write", path, code)
        }
    }

    private func fill(_ file: Int32, _ path: String, _ bytes: [UInt8]) throws(SGCError) {
        var written = 0
        while written < bytes.count {
            // The bytes of UInt8 are all initialized.
            let count = unsafe write(file, bytes.span.bytes.extracting(droppingFirst: written))
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw FileBytes.failure("write", path, errno)
            }
        }
    }

    /// Creates a file that did not exist, in the folder of `path`.
    private func temporaryFile(beside path: String) throws(SGCError) -> (path: String, file: Int32) {
        for attempt in 0..<1_000 {
            let candidate = "\(path).\(getpid()).\(attempt).tmp"
            let file = unsafe open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if file >= 0 { return (candidate, file) }
            guard errno == EEXIST || errno == EINTR else { throw FileBytes.failure("write", path, errno) }
        }
        throw SGCError(.io, "\(path): cannot write: every temporary name beside it is taken")
    }
}
