import Glibc

/// Writes files so that a crash, a full disk or a failing disk leaves the old file or the new one, never a mixture.
package enum AtomicFile {
    /// Writes a file under a temporary name in the same directory, brings it to the disk, and renames it.
    ///
    /// The mode of an existing file is kept; a new one gets 0666 less the umask. When anything fails, the temporary file
    /// is removed and what was at `path` is untouched. A kill may leave a temporary file `.NAME.tmp-XXXXXXXX`.
    /// - Throws: `.path` when `path` names something that is not a regular file (links are not followed), `.io`, and
    ///   whatever `body` throws.
    package static func write(
        _ path: String, body: (inout FileWriter) throws(SGCError) -> Void
    ) throws(SGCError) {
        let (directory, name) = try File.split(path)
        let existing = try File.status(path)
        guard existing.map({ $0.st_mode & S_IFMT == S_IFREG }) ?? true else {
            throw SGCError(.path, "\(shown(path)): expected a regular file or nothing to replace")
        }
        let temporary = "\(directory)/.\(name).tmp-\(File.randomSuffix())"
        let file = try OpenFile(
            path: temporary, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY, mode: 0o666, name: path)
        do throws(SGCError) {
            if let existing { try file.setMode(existing.st_mode & 0o777) }
            var writer = FileWriter(file)
            try body(&writer)
            try writer.flush()
            try file.sync()
            try File.rename(temporary, to: path)
        } catch {
            unsafe unlink(temporary)
            throw error
        }
        try Directory.sync(directory)
    }

    /// Writes `bytes` as a whole file, as ``write(_:body:)`` does.
    package static func write(_ path: String, _ bytes: [UInt8]) throws(SGCError) {
        try write(path) { (writer) throws(SGCError) in try writer.write(bytes) }
    }

    /// Writes `text` as a whole file in UTF-8, as ``write(_:body:)`` does.
    package static func write(_ path: String, text: String) throws(SGCError) {
        try write(path, Array(text.utf8))
    }
}

/// Writes the bytes of a new file one after another.
package struct FileWriter {
    private let file: OpenFile
    private var pending: [UInt8] = []
    private var flushed = 0

    /// What is collected before the system is called.
    private static let capacity = 1 << 16

    init(_ file: OpenFile) {
        self.file = file
    }

    /// How many bytes were written so far.
    package var count: Int { flushed + pending.count }

    package mutating func write(_ bytes: [UInt8]) throws(SGCError) {
        try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(SGCError) in
            try unsafe write(UnsafeRawBufferPointer(buffer))
        }
    }

    package mutating func write(_ text: String) throws(SGCError) {
        try write(Array(text.utf8))
    }

    package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(SGCError) {
        if pending.count + bytes.count > Self.capacity { try flush() }
        if bytes.count >= Self.capacity {
            try unsafe file.write(bytes, at: flushed)
            flushed += bytes.count
        } else {
            unsafe pending.append(contentsOf: bytes)
        }
    }

    /// Replaces bytes at an `offset` from the start of the file.
    package mutating func overwrite(at offset: Int, _ bytes: [UInt8]) throws(SGCError) {
        try flush()
        try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(SGCError) in
            try unsafe file.write(UnsafeRawBufferPointer(buffer), at: offset)
        }
    }

    mutating func flush() throws(SGCError) {
        try unsafe pending.withUnsafeBufferPointer { (buffer) throws(SGCError) in
            try unsafe file.write(UnsafeRawBufferPointer(buffer), at: flushed)
        }
        flushed += pending.count
        pending.removeAll(keepingCapacity: true)
    }
}
