import Glibc

/// A directory that is replaced as a whole, of which the generation before is kept as `NAME.previous`.
///
/// At every moment, also between any two system calls of a replacement, `NAME` or `NAME.previous` is a complete
/// generation that is on the disk. Renaming two directories is not one atomic step: a crash between the two renames
/// leaves `NAME.previous` alone, and ``all(of:)`` makes the loader find it.
package enum DirectoryGenerations {
    /// Writes a new generation: `body` fills the directory whose path it gets; then everything in it is brought to the
    /// disk and it takes the place of `path`.
    ///
    /// When anything fails, the new directory is removed and the existing generations stay. One replacement at a time
    /// runs in a parent directory, across processes; what a killed one left behind is removed.
    /// - Parameter marker: A file that every generation holds. A directory without it, unless empty, was not made by the
    ///   library and is not replaced.
    /// - Throws: `.path` when `path` names something that must not be replaced, `.state` when another replacement does
    ///   not end within a minute, `.io`, and whatever `body` throws.
    package static func replace(
        _ path: String, marker: String, body: (String) throws(SGCError) -> Void
    ) throws(SGCError) {
        let (parent, name) = try File.split(path)
        let current = "\(parent)/\(name)"
        let lock = try lock(parent)
        defer { lock.unlock() }

        try checkReplaceable(current, marker: marker)
        try checkReplaceable(previous(of: current), marker: marker)
        try sweep(parent, name)

        let temporary = "\(parent)/\(temporaryPrefix(name))\(File.randomSuffix())"
        guard unsafe mkdir(temporary, 0o777) == 0 else { throw systemFailure("create", temporary) }
        do throws(SGCError) {
            try body(temporary)
            guard try File.exists("\(temporary)/\(marker)") else {
                throw SGCError(.internalError, "\(shown(path)): expected the new generation to hold \(marker)")
            }
            try Directory.syncTree(temporary)
            try swap(temporary, current)
        } catch {
            try? Directory.removeTree(temporary)
            throw error
        }
        try Directory.sync(parent)
        // The new generation is in place and safe; what cannot be removed now, the next replacement removes.
        try? sweep(parent, name)
    }

    /// The generations that exist, the newest first.
    ///
    /// A loader takes the first; when it is damaged, the next is the one before.
    package static func all(of path: String) throws(SGCError) -> [String] {
        let (parent, name) = try File.split(path)
        let candidates = [path, previous(of: "\(parent)/\(name)")]
        var found: [String] = []
        // A replacement between the two looks can make both miss; it then has put a new one in place.
        for _ in 0..<3 where found.isEmpty {
            for candidate in candidates where try File.exists(candidate) { found.append(candidate) }
        }
        return found
    }

    /// The newest generation; a loader opens this directory.
    /// - Throws: `.io` when there is none.
    package static func newest(of path: String) throws(SGCError) -> String {
        guard let newest = try all(of: path).first else {
            throw SGCError(.io, "\(shown(path)): expected a directory, got nothing")
        }
        return newest
    }

    private static func previous(of path: String) -> String { path + ".previous" }

    private static func temporaryPrefix(_ name: String) -> String { "\(name).tmp-" }

    /// Puts `temporary` in the place of `current`, which becomes the previous generation.
    private static func swap(_ temporary: String, _ current: String) throws(SGCError) {
        let previous = previous(of: current)
        guard try File.exists(current) else {
            // The previous generation, if any, is the only one: keep it until the new one is in place.
            try File.rename(temporary, to: current)
            return
        }
        // Under a temporary name, the oldest generation is removed by the sweep.
        let oldest = "\(current).tmp-\(File.randomSuffix())"
        let hasPrevious = try File.exists(previous)
        if hasPrevious { try File.rename(previous, to: oldest) }
        do throws(SGCError) {
            try File.rename(current, to: previous)
            do throws(SGCError) {
                try File.rename(temporary, to: current)
            } catch {
                try? File.rename(previous, to: current)
                throw error
            }
        } catch {
            if hasPrevious { try? File.rename(oldest, to: previous) }
            throw error
        }
    }

    private static func checkReplaceable(_ path: String, marker: String) throws(SGCError) {
        switch try File.kind(path) {
        case nil: return
        case .directory?:
            let names = try Directory.list(path)
            guard names.isEmpty || names.contains(marker) else {
                throw SGCError(
                    .path, "\(shown(path)): expected a directory with \(marker) in it to replace, got one without")
            }
        default:
            throw SGCError(.path, "\(shown(path)): expected a directory or nothing to replace")
        }
    }

    /// Removes the temporary directories of replacements; the caller holds the lock, so none is in use.
    private static func sweep(_ parent: String, _ name: String) throws(SGCError) {
        let prefix = temporaryPrefix(name)
        for entry in try Directory.list(parent)
        where entry.hasPrefix(prefix) && entry.utf8.count == prefix.utf8.count + 8 {
            try Directory.removeTree("\(parent)/\(entry)")
        }
    }

    /// Takes the lock of the parent directory, waiting for at most a minute.
    private static func lock(_ parent: String) throws(SGCError) -> OpenFile {
        let directory = try OpenFile(path: parent, flags: O_RDONLY | O_DIRECTORY)
        for _ in 0..<6_000 {
            if directory.tryLock() { return directory }
            var pause = timespec(tv_sec: 0, tv_nsec: 10_000_000)
            unsafe nanosleep(&pause, nil)
        }
        throw SGCError(.state, "\(shown(parent)): expected to replace a directory in it, but another replacement runs")
    }
}
