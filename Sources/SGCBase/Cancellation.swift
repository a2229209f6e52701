import CHost

/// Stops the calling thread for good once the process is ending; called between the operations of a ``Worker``'s work.
package func stopAtExit() {
    chost_stop_at_exit()
}

/// Whether the process is ending: work that is shared out over threads stops early then.
package func isExiting() -> Bool {
    chost_is_exiting()
}

/// Makes the end of the process wait for running work before it destroys what libraries below have made until now.
package func watchExit() {
    chost_watch_exit()
}

/// How a long operation learns that its caller does not want the result any more.
///
/// The operation asks often enough to stop within 100 ms. Asking costs one atomic load.
package struct Cancellation: Sendable {
    private let wasRequested: @Sendable () -> Bool

    /// - Parameter wasRequested: called from any thread, often; must return at once.
    package init(_ wasRequested: @escaping @Sendable () -> Bool) {
        self.wasRequested = wasRequested
    }

    /// An operation that nobody can cancel.
    package static let never = Cancellation { false }

    /// Whether the caller asked to stop.
    package var isRequested: Bool { wasRequested() }

    /// - Throws: `.cancelled` when the caller asked to stop.
    package func check() throws(SGCError) {
        if isRequested {
            throw SGCError(.cancelled, "cancelled by the caller")
        }
    }
}
