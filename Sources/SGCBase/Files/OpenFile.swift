import Glibc

/// An open file: a descriptor that is closed with the last reference.
///
/// Descriptors are never below 3 (a host that closed its standard output must not find its prints in our files) and are
/// closed in programs that the host starts. All calls continue after interruption by a signal. Safe to share between
/// threads: reading is by offset.
package final class OpenFile: Sendable {
    /// The path for messages.
    package let path: String
    /// For calls that this type does not wrap; nobody else closes it.
    let descriptor: Int32

    /// Opens `path` with the flags and mode of `open(2)`; messages call it `name`.
    /// - Throws: `.path` for an empty path or one with a NUL, `.io` when the system refuses.
    convenience init(path: String, flags: Int32, mode: mode_t = 0, name: String? = nil) throws(SGCError) {
        try File.check(path)
        let opened = retryingInterrupted { unsafe Glibc.open(path, flags | O_CLOEXEC, mode) }
        guard opened >= 0 else { throw systemFailure("open", name ?? path) }
        try self.init(adopting: opened, name: name ?? path)
    }

    /// Takes over a descriptor that is closed in programs that the host starts; messages call the file `name`.
    /// - Throws: `.io` when the system has no other descriptor for one below 3.
    init(adopting opened: Int32, name: String) throws(SGCError) {
        var descriptor = opened
        if opened < 3 {
            descriptor = fcntl(opened, F_DUPFD_CLOEXEC, 3)
            let error = errno
            close(opened)
            guard descriptor >= 0 else { throw systemFailure("open", name, error) }
        }
        self.path = name
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Opens a regular file for reading; anything else (directory, pipe, device) is refused without waiting for it.
    /// - Throws: `.path` or `.io`.
    package static func reading(_ path: String) throws(SGCError) -> OpenFile {
        let file = try OpenFile(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard try file.status().st_mode & S_IFMT == S_IFREG else {
            throw SGCError(.io, "\(shown(path)): expected a regular file")
        }
        return file
    }

    /// The present size in bytes.
    package func size() throws(SGCError) -> Int {
        Int(try status().st_size)
    }

    func status() throws(SGCError) -> stat {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw systemFailure("examine", path) }
        return status
    }

    /// Fills `buffer` from the bytes at `offset`.
    /// - Throws: `.truncated` when the file ends before, `.io`.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SGCError) {
        let count = try unsafe readSome(into: buffer, at: offset)
        guard count == buffer.count else {
            throw SGCError(
                .truncated,
                "\(shown(path)): expected \(buffer.count) bytes at offset \(offset), got \(count) before the end")
        }
    }

    /// Reads `count` bytes at `offset`; the caller has bounded `count`.
    /// - Throws: `.truncated` when the file ends before, `.io`.
    package func read(_ count: Int, at offset: Int) throws(SGCError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try unsafe bytes.withUnsafeMutableBufferPointer { (buffer) throws(SGCError) in
            try unsafe read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
        return bytes
    }

    /// Reads until `buffer` is full or the file ends, and returns how many bytes there were.
    func readSome(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SGCError) -> Int {
        guard offset >= 0, !offset.addingReportingOverflow(buffer.count).overflow else {
            throw SGCError(.argument, "\(shown(path)): offset \(offset) is not in any file")
        }
        var done = 0
        while done < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = retryingInterrupted {
                unsafe pread(descriptor, rest.baseAddress, rest.count, offset + done)
            }
            guard count >= 0 else { throw systemFailure("read", path) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Writes all of `buffer` at `offset`.
    /// - Throws: `.io`, also when the disk is full or the file would exceed the size limit of the process.
    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(SGCError) {
        var done = 0
        while done < buffer.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
            let count = withoutFileSizeSignal {
                retryingInterrupted { unsafe pwrite(descriptor, rest.baseAddress, rest.count, offset + done) }
            }
            guard count > 0 else { throw systemFailure("write", path, count == 0 ? ENOSPC : errno) }
            done += count
        }
    }

    /// Brings everything written so far to the disk.
    ///
    /// After a failure the written data may be lost whatever a second attempt says, so there must be none.
    func sync() throws(SGCError) {
        guard retryingInterrupted({ fsync(descriptor) }) == 0 else { throw systemFailure("sync", path) }
    }

    func setMode(_ mode: mode_t) throws(SGCError) {
        guard fchmod(descriptor, mode) == 0 else { throw systemFailure("set the mode of", path) }
    }

    /// Takes the exclusive advisory lock of the file without waiting; true when it was free.
    ///
    /// File systems without locks count as free.
    func tryLock() -> Bool {
        retryingInterrupted { flock(descriptor, LOCK_EX | LOCK_NB) } == 0 || errno != EWOULDBLOCK
    }

    func unlock() {
        flock(descriptor, LOCK_UN)
    }

    /// Runs `body` with a copy of the descriptor, which `body` has to close.
    func withDuplicate<Result>(_ body: (Int32) throws(SGCError) -> Result) throws(SGCError) -> Result {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw systemFailure("open", path) }
        return try body(copy)
    }
}

/// Repeats a system call that a signal interrupted before it did anything.
func retryingInterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// What the system says about a call that failed; call it before anything else can change `errno`.
package func systemFailure(_ verb: String, _ path: String, _ error: Int32 = errno) -> SGCError {
    // strerror of this C library (2.32 and later) keeps its text per thread.
    let reason = unsafe strerror(error).map { unsafe String(cString: $0) } ?? "error \(error)"
    return SGCError(.io, "\(shown(path)): cannot \(verb): \(reason)")
}

/// A path for a message.
package func shown(_ path: String) -> String {
    quoted(path, limit: 256)
}

/// Runs `call` so that exceeding RLIMIT_FSIZE is an error of the call and does not end the process with SIGXFSZ.
private func withoutFileSizeSignal(_ call: () -> Int) -> Int {
    var sizeSignal = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&sizeSignal)
    unsafe sigaddset(&sizeSignal, SIGXFSZ)
    unsafe pthread_sigmask(SIG_BLOCK, &sizeSignal, &before)
    let result = call()
    let error = errno
    if result < 0, error == EFBIG {
        var now = timespec()
        unsafe sigtimedwait(&sizeSignal, nil, &now)
    }
    unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    errno = error
    return result
}
