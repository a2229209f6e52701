package import SGCBase

/// Where tensors live and what computes on them: a backend, a memory pool, and a thread count.
///
/// Operations take their device from what goes in: where a model computes on another's images, results are on those images'
/// device, and what is derived from weights is on the weights'.
package final class Device: @unchecked Sendable {
    // Proof for @unchecked: `cancellation` is touched under `gate` only.
    package let backend: any Backend
    package let memory: MemoryPool
    /// Threads that one operation may use; at least 1.
    package let threads: Int
    private var cancellation = Cancellation.never
    /// One lock for all devices: a lock per device may be stuck in a forked child.
    private static let gate = ForkSafeLock(())

    /// - Parameters:
    ///   - backend: what computes.
    ///   - threads: threads that one operation may use.
    ///   - memoryBudget: the most bytes live at once; 0 means no limit.
    package init(backend: any Backend, threads: Int = 1, memoryBudget: Int = 0) {
        self.backend = backend
        self.threads = max(1, threads)
        memory = MemoryPool(budget: memoryBudget)
    }

    /// A device on the same memory and budget, with a cancellation of its own: what one caller stops goes on for others.
    package init(sharing other: Device) {
        backend = other.backend
        threads = other.threads
        memory = other.memory
    }

    /// Runs `body`; every operation in it throws `.cancelled` once `cancellation` is requested.
    package func withCancellation<R>(
        _ cancellation: Cancellation, _ body: () throws(SGCError) -> R
    ) throws(SGCError) -> R {
        let previous = exchange(cancellation)
        defer { _ = exchange(previous) }
        return try body()
    }

    /// Every operation asks before it starts.
    ///
    /// - Throws: `.cancelled` when the caller of ``withCancellation(_:_:)`` wants to stop.
    package func checkCancellation() throws(SGCError) {
        stopAtExit()
        try Self.gate.withLock { _ in cancellation }.check()
    }

    private func exchange(_ new: Cancellation) -> Cancellation {
        Self.gate.withLock { _ in
            let old = cancellation
            cancellation = new
            return old
        }
    }
}
