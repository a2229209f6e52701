import CHost
import Glibc

/// A lock around a value that every thread of the process shares, usable in a forked child.
///
/// `fork()` waits until no thread holds the lock, so the child finds it free and its value whole. For the few values that
/// live as long as the process (`static let`): an instance is never freed. The lock must be a leaf: its holder takes no
/// other lock and does not fork.
@safe
package final class ForkSafeLock<Value>: @unchecked Sendable {
    // Proof for @unchecked: `value` is touched only between lock and unlock of `mutex`.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    package init(_ value: sending Value) {
        unsafe mutex = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        self.value = value
        // More locks than the table holds would be a defect of ours; such a lock still works, only not across a fork.
        _ = unsafe chost_lock_across_fork(mutex)
    }

    /// Runs `body` with exclusive access to the value.
    ///
    /// Not re-entrant.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
