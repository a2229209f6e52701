import Glibc
import SGCBase

/// Runs `body` with the path of an empty directory that is removed afterwards.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
    let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    let path = "\(base)/sgc-tests-\(getpid())-\(UInt32.random(in: .min ... .max))"
    try Directory.create(path)
    defer { try? Directory.removeTree(path) }
    try body(path)
}
