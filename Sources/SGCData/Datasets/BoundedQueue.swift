import Glibc

/// A first-in-first-out queue between two threads, with a limit to what waits in it.
@safe
final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
    // Proof for @unchecked: `waiting` and `closed` are touched only between lock and unlock of `mutex`.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// Signals every change of `waiting` and `closed`.
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var waiting: [Element] = []
    private var closed = false
    private let depth: Int

    /// - Parameter depth: how many elements may wait, at least 1.
    init(depth: Int) {
        self.depth = max(1, depth)
        unsafe mutex = .allocate(capacity: 1)
        unsafe changed = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(changed, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(mutex)
        unsafe changed.deallocate()
        unsafe mutex.deallocate()
    }

    /// Appends `element`, once there is room.
    ///
    /// False when the queue is closed; the element is then dropped.
    @discardableResult
    func push(_ element: Element) -> Bool {
        locked {
            while waiting.count >= depth && !closed { unsafe pthread_cond_wait(changed, mutex) }
            guard !closed else { return false }
            waiting.append(element)
            return true
        }
    }

    /// Takes the oldest element, once there is one; nil when the queue is closed.
    func pop() -> Element? {
        locked {
            while waiting.isEmpty && !closed { unsafe pthread_cond_wait(changed, mutex) }
            return closed ? nil : waiting.removeFirst()
        }
    }

    /// Drops what waits and ends every wait, now and later.
    func close() {
        locked {
            closed = true
            waiting = []
        }
    }

    var isClosed: Bool {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return closed
    }

    /// Runs `body` with the lock held, then wakes whoever waits for a change.
    private func locked<Result>(_ body: () -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer {
            unsafe pthread_cond_broadcast(changed)
            unsafe pthread_mutex_unlock(mutex)
        }
        return body()
    }
}
