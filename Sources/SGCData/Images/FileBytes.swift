import Glibc
package import SGCBase

/// Whole files in memory.
package enum FileBytes {
    /// The largest file that ``read(_:limit:)`` takes by default: 128 MiB.
    package static let largestFile = 128 << 20

    /// All bytes of the regular file at `path`.
    ///
    /// - Throws: `.io` when it cannot be opened or read or is no regular file, `.limit` when it has more than `limit`
    ///   bytes.
    package static func read(_ path: String, limit: Int = largestFile) throws(SGCError) -> [UInt8] {
        // O_NONBLOCK: opening a pipe that nobody writes would wait for ever.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw failure("read", path, errno) }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw failure("read", path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SGCError(.io, "\(path): expected a regular file")
        }
        guard status.st_size <= limit else {
            throw SGCError(.limit, "\(path): expected at most \(limit) bytes, got \(status.st_size)")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            // The buffer lives for the call, and `filled` is below its count.
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(file, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            if count > 0 {
                filled += count
            } else if count == 0 {
                // The file shrank meanwhile: what is there is what it is now.
                bytes.removeLast(bytes.count - filled)
            } else if errno != EINTR {
                throw failure("read", path, errno)
            }
        }
        return bytes
    }

    /// An `.io` error: what was tried on which file, and what the system said.
    package static func failure(_ verb: String, _ path: String, _ code: Int32) -> SGCError {
        // The text is the thread's own (glibc 2.32 and later) and copied at once.
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return SGCError(.io, "\(path): cannot \(verb): \(reason)")
    }
}
