import Glibc
import SGCBase
import Testing

@Suite struct FileTests {
    private func mode(_ path: String) -> mode_t {
        var status = stat()
        unsafe stat(path, &status)
        return status.st_mode & 0o777
    }

    @Test("what is written atomically is read back, and no temporary file stays")
    func roundTrip() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/a.bin"
            let bytes = (0..<200_001).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            for part in [bytes, [], [1, 2, 3]] {
                try AtomicFile.write(path, part)
                #expect(try File.read(path, limit: 1 << 20) == part)
            }
            try AtomicFile.write(path) { (writer) throws(SGCError) in
                try writer.write("head")
                try writer.write(bytes)
                try writer.write("tail")
                try writer.overwrite(at: 1, Array("EA".utf8))
            }
            #expect(try File.read(path, limit: 1 << 20) == Array("hEAd".utf8) + bytes + Array("tail".utf8))
            #expect(try Directory.list(directory) == ["a.bin"])
        }
    }

    @Test("a failed write leaves the old file and removes the temporary one")
    func failedWrite() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/a.txt"
            try AtomicFile.write(path, text: "old")
            let error = failure {
                try AtomicFile.write(path) { (writer) throws(SGCError) in
                    try writer.write("new")
                    throw SGCError(.cancelled, "stop")
                }
            }
            #expect(error == SGCError(.cancelled, "stop"))
            #expect(try File.read(path, limit: 10) == Array("old".utf8))
            #expect(try Directory.list(directory) == ["a.txt"])
        }
    }

    @Test("the mode of an existing file is kept")
    func keepsMode() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/a"
            try AtomicFile.write(path, text: "1")
            unsafe chmod(path, 0o640)
            try AtomicFile.write(path, text: "2")
            #expect(mode(path) == 0o640)
        }
    }

    @Test("links, directories and pipes are not replaced")
    func targets() throws {
        try withTemporaryDirectory { directory in
            try AtomicFile.write(directory + "/target", text: "target")
            unsafe symlink("target", directory + "/link")
            try Directory.create(directory + "/directory")
            unsafe mkfifo(directory + "/pipe", 0o600)
            for name in ["link", "directory", "pipe"] {
                #expect(failure { try AtomicFile.write("\(directory)/\(name)", text: "x") }?.code == .path, "\(name)")
            }
            #expect(try File.read(directory + "/target", limit: 10) == Array("target".utf8))
            #expect(failure { try AtomicFile.write(directory + "/none/a", text: "x") }?.code == .io)
            #expect(failure { try AtomicFile.write("", text: "x") }?.code == .path)
            #expect(failure { try AtomicFile.write("a\0b", text: "x") }?.code == .path)
            #expect(failure { try AtomicFile.write(directory + "/..", text: "x") }?.code == .path)
            #expect(try Directory.list(directory) == ["directory", "link", "pipe", "target"])
        }
    }

    @Test("reading what is not a regular file fails at once")
    func notRegular() throws {
        try withTemporaryDirectory { directory in
            unsafe mkfifo(directory + "/pipe", 0o600)
            for path in [directory, directory + "/pipe", "/dev/zero", directory + "/missing"] {
                let error = failure { _ = try File.read(path, limit: 10) }
                #expect(error?.code == .io, "\(path)")
                #expect(error?.message.hasPrefix("\"\(path)\": ") == true)
            }
            #expect(
                failure { _ = try File.read(directory + "/missing", limit: 10) }?.message.contains("No such file")
                    == true)
        }
    }

    @Test("the limit of a read is checked")
    func limit() throws {
        try withTemporaryDirectory { directory in
            try AtomicFile.write(directory + "/a", text: "12345")
            #expect(try File.read(directory + "/a", limit: 5).count == 5)
            #expect(failure { _ = try File.read(directory + "/a", limit: 4) }?.code == .limit)
        }
    }

    @Test("a full disk and a file above the process's size limit are errors")
    func sizeLimit() throws {
        try withTemporaryDirectory { directory in
            var before = rlimit()
            let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
            unsafe getrlimit(resource, &before)
            var limited = before
            // Far above what any other test writes at the same time.
            limited.rlim_cur = 1 << 30
            unsafe setrlimit(resource, &limited)
            defer { unsafe setrlimit(resource, &before) }
            let error = failure {
                try AtomicFile.write(directory + "/large") { (writer) throws(SGCError) in
                    try writer.overwrite(at: 1 << 30, [1])
                }
            }
            #expect(error?.code == .io)
            #expect(error?.message.contains("File too large") == true)
            let left = try Directory.list(directory)
            #expect(left == [])
        }
    }

    @Test("directories are created, listed in order, told apart, and removed without following links")
    func directories() throws {
        try withTemporaryDirectory { directory in
            try Directory.create(directory + "/a/b/c")
            try Directory.create(directory + "/a/b/c")
            for name in ["é", "B", "a10", "a9"] { try AtomicFile.write("\(directory)/a/b/\(name)", text: name) }
            #expect(try Directory.list(directory + "/a/b") == ["B", "a10", "a9", "c", "é"])
            try AtomicFile.write(directory + "/keep", text: "keep")
            unsafe symlink(directory + "/keep", directory + "/a/link")
            unsafe symlink(directory, directory + "/a/loop")
            #expect(try File.kind(directory + "/a/link") == .symbolicLink)
            #expect(try File.kind(directory + "/a/b") == .directory)
            #expect(try File.kind(directory + "/keep") == .regular)
            #expect(try File.kind(directory + "/none") == nil)
            #expect(failure { try Directory.create(directory + "/keep") }?.code == .io)
            #expect(failure { _ = try Directory.list(directory + "/none") }?.code == .io)
            try Directory.removeTree(directory + "/a")
            #expect(try Directory.list(directory) == ["keep"])
            try File.remove(directory + "/keep")
            try File.remove(directory + "/keep")
            #expect(try Directory.list(directory) == [])
        }
    }

    @Test("a JSON file's errors name the file")
    func json() throws {
        try withTemporaryDirectory { directory in
            try AtomicFile.write(directory + "/config.json", text: "{\n x}")
            #expect(
                failure { _ = try File.readJSON(directory + "/config.json") }?.message.hasPrefix("config.json:2:2: ")
                    == true)
        }
    }
}

@Suite struct DirectoryGenerationsTests {
    private func save(_ path: String, _ text: String) throws {
        try DirectoryGenerations.replace(path, marker: "config.json") { (temporary) throws(SGCError) in
            try AtomicFile.write(temporary + "/config.json", text: text)
            try Directory.create(temporary + "/deep")
            try AtomicFile.write(temporary + "/deep/data", text: text)
        }
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try File.read(path + "/config.json", limit: 100), as: UTF8.self)
    }

    @Test("two generations are kept, and no more")
    func generations() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model"
            for generation in 1...4 { try save(path, "\(generation)") }
            #expect(try Directory.list(directory) == ["model", "model.previous"])
            #expect(try DirectoryGenerations.all(of: path).map(text) == ["4", "3"])
            #expect(try File.read(path + "/deep/data", limit: 10) == Array("4".utf8))
            try save(path + "/", "5")
            #expect(try DirectoryGenerations.all(of: path).map(text) == ["5", "4"])
        }
    }

    @Test("a crash between the renames leaves the previous generation, which the next save keeps")
    func crashBetweenRenames() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model"
            for generation in 1...2 { try save(path, "\(generation)") }
            // The state of a process that was killed after `model` had become `model.previous`.
            try Directory.removeTree(path + ".previous")
            unsafe rename(path, path + ".previous")
            try Directory.create(path + ".tmp-0123abcd")
            try AtomicFile.write(path + ".tmp-0123abcd/config.json", text: "half")
            #expect(try text(DirectoryGenerations.newest(of: path)) == "2")
            try save(path, "3")
            #expect(try DirectoryGenerations.all(of: path).map(text) == ["3", "2"])
            #expect(try Directory.list(directory) == ["model", "model.previous"])
        }
    }

    @Test("a failed save leaves both generations")
    func failedSave() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model"
            for generation in 1...2 { try save(path, "\(generation)") }
            let error = failure {
                try DirectoryGenerations.replace(path, marker: "config.json") { (temporary) throws(SGCError) in
                    try AtomicFile.write(temporary + "/config.json", text: "3")
                    throw SGCError(.io, "disk full")
                }
            }
            #expect(error == SGCError(.io, "disk full"))
            #expect(try DirectoryGenerations.all(of: path).map(text) == ["2", "1"])
            #expect(try Directory.list(directory) == ["model", "model.previous"])
        }
    }

    @Test("what the library did not make is not replaced")
    func foreign() throws {
        try withTemporaryDirectory { directory in
            try Directory.create(directory + "/photos")
            try AtomicFile.write(directory + "/photos/1.png", text: "x")
            try AtomicFile.write(directory + "/file", text: "x")
            unsafe symlink("photos", directory + "/link")
            try Directory.create(directory + "/empty")
            for name in ["photos", "file", "link", "."] {
                #expect(failure { try save("\(directory)/\(name)", "x") }?.code == .path, "\(name)")
            }
            try save(directory + "/empty", "1")
            #expect(try text(directory + "/empty") == "1")
            #expect(try File.read(directory + "/photos/1.png", limit: 1) == Array("x".utf8))
            #expect(failure { _ = try DirectoryGenerations.newest(of: directory + "/none") }?.code == .io)
        }
    }
}

@Suite struct ByteReaderTests {
    @Test("numbers are little-endian, reads are bounded, and a failed read does not move")
    func reads() throws {
        var reader = ByteReader([1, 2, 3, 4, 0xFF, 0xFF, 0, 0, 0x80, 0x3F, 9], source: "bytes")
        #expect(try reader.integer(UInt32.self) == 0x0403_0201)
        #expect(try reader.integer(Int16.self) == -1)
        #expect(try reader.float() == 1)
        #expect(failure { _ = try reader.integer(UInt16.self) }?.code == .truncated)
        #expect(failure { _ = try reader.take(.max) }?.code == .truncated)
        #expect(failure { _ = try reader.take(-1) }?.code == .format)
        #expect(failure { try reader.finish() }?.message == "bytes: expected the end at offset 10, got 1 more bytes")
        #expect(try Array(reader.take(1)) == [9])
        try reader.finish()
    }
}
