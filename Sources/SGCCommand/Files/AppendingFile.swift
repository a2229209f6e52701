import Glibc
import SGCBase

/// A file that grows: a log. Every piece is handed to the system at once, so that a reader sees what was logged.
final class AppendingFile: Sendable {
    private let path: String
    private let descriptor: Int32

    /// Opens `path`, creating it when there is none.
    /// - Throws: `.io`.
    init(_ path: String) throws(SGCError) {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw systemFailure("open", path) }
    }

    deinit { close(descriptor) }

    /// - Throws: `.io`, also when the disk is full.
    func append(_ bytes: [UInt8]) throws(SGCError) {
        var done = 0
        while done < bytes.count {
            // The buffer lives for the call, and `done` is below its count.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            if count > 0 {
                done += count
            } else if errno != EINTR {
                throw systemFailure("write", path)
            }
        }
    }

    func append(_ text: String) throws(SGCError) { try append(Array(text.utf8)) }
}
