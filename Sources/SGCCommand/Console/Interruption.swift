import Glibc
import SGCBase

/// SIGINT and SIGTERM: the first asks to stop at the next good moment, the second ends the process at once.
///
/// Nothing runs in a signal handler: the signals are blocked in every thread and one thread waits for them.
enum Interruption {
    private static let state = Lock<Int32?>(nil)
    private static let isWatching = Lock(false)

    /// The first signal that came; nil when none did.
    static var received: Int32? { state.withLock { $0 } }

    /// What computations ask.
    static let cancellation = Cancellation { received != nil }

    /// Starts to watch; to be called on the main thread before others exist.
    static func begin() throws(SGCError) {
        let isFirst = isWatching.withLock { watching in
            defer { watching = true }
            return !watching
        }
        guard isFirst else { return }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGINT)
        unsafe sigaddset(&signals, SIGTERM)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        let watched = signals
        try LibraryThread { watch(watched) }.detach()
    }

    private static func watch(_ signals: sigset_t) {
        var signals = signals
        while true {
            var number: Int32 = 0
            guard unsafe sigwait(&signals, &number) == 0 else { continue }
            let isSecond = state.withLock { first in
                defer { first = first ?? number }
                return first != nil
            }
            if isSecond { _exit(128 + number) }
        }
    }
}
