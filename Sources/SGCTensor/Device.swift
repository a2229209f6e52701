import CKernels
package import SGCBase

/// Where tensors live and what computes on them: a backend, a memory pool, a thread count and a stop flag.
///
/// Operations take their device from their operands. A model and everything computed from it share one device.
package final class Device: Sendable {
    package let backend: any Backend
    package let memory: MemoryPool
    /// Threads that one operation may use; at least 1.
    package let threads: Int
    private let stopFlag: StopFlag

    /// - Parameters:
    ///   - backend: what computes.
    ///   - threads: threads that one operation may use.
    ///   - memoryBudget: the most bytes live at once; 0 means no limit.
    package init(backend: any Backend, threads: Int = 1, memoryBudget: Int = 0) {
        self.backend = backend
        self.threads = max(1, threads)
        memory = MemoryPool(budget: memoryBudget)
        stopFlag = StopFlag()
    }

    /// Makes running and later operations throw `.cancelled` until ``resume()``. Safe from any thread and from a
    /// signal handler.
    package func cancel() { stopFlag.isSet = true }

    /// Lets operations run again.
    package func resume() { stopFlag.isSet = false }

    /// - Throws: `.cancelled` after ``cancel()``. Every operation asks before it starts.
    package func checkCancellation() throws(SGCError) {
        if stopFlag.isSet { throw SGCError(.cancelled, "cancelled by the caller") }
    }
}

/// One word that is read and written atomically.
@safe private final class StopFlag: @unchecked Sendable {
    // Proof for @unchecked: the word is only touched through atomic loads and stores.
    private let word: UnsafeMutablePointer<Int32>

    init() {
        unsafe word = .allocate(capacity: 1)
        unsafe word.initialize(to: 0)
    }

    deinit {
        unsafe word.deallocate()
    }

    var isSet: Bool {
        get { unsafe sgc_atomic_load(word) != 0 }
        set { unsafe sgc_atomic_store(word, newValue ? 1 : 0) }
    }
}
