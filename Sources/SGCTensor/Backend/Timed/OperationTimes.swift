import SGCBase

/// How often each kind of operation was called and how long that took.
package final class OperationTimes: @unchecked Sendable {
    // Proof for @unchecked: `entries` is touched under `gate` only.

    /// What one kind of operation took.
    package struct Entry: Sendable {
        package let name: String
        package fileprivate(set) var calls = 0
        package fileprivate(set) var seconds = 0.0
    }

    private var entries: [String: Entry] = [:]
    /// One lock for all: a lock per object would fill the table of those that survive a fork.
    private static let gate = ForkSafeLock(())

    package init() {}

    /// Runs `body` and adds its time to that of the operation `name`.
    func measure<R>(_ name: String, _ body: () throws(SGCError) -> R) throws(SGCError) -> R {
        let began = monotonicSeconds()
        let result = try body()
        let seconds = monotonicSeconds() - began
        Self.gate.withLock { _ in
            entries[name, default: Entry(name: name)].calls += 1
            entries[name]?.seconds += seconds
        }
        return result
    }

    /// What was counted since the last call, the longest first; counting starts anew.
    package func take() -> [Entry] {
        Self.gate.withLock { _ in
            defer { entries = [:] }
            return entries.values.sorted { ($1.seconds, $0.name) < ($0.seconds, $1.name) }
        }
    }
}
