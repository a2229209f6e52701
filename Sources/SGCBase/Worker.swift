import CHost
import Glibc

/// A thread of the library's own that runs closures one after another while their callers wait.
///
/// All compute runs on such threads. The host's threads may have small stacks, signal handlers and a changed
/// floating-point environment; and a parallel runtime that was used from a host's thread hangs in a forked child, while one
/// used from a thread that does not exist in the child is built anew there. The thread has an 8 MiB stack, all signals
/// blocked and the default floating-point environment. It starts with the first call and ends with the worker. In a
/// forked child the first call starts a fresh one.
package final class Worker: @unchecked Sendable {
    /// What the thread does about what calls leave running in the background.
    package struct Idling: Sendable {
        let begin: @Sendable () -> Void
        let end: @Sendable () -> Void

        /// - Parameters:
        ///   - begin: is run after a call that no other follows yet.
        ///   - end: is run before the thread ends.
        package init(begin: @escaping @Sendable () -> Void, end: @escaping @Sendable () -> Void) {
            self.begin = begin
            self.end = end
        }
    }

    private let idling: Idling?
    // Proof for @unchecked: `crew` is touched under `gate` only (and in deinit, when nobody else can).
    private var crew: Crew?

    /// One lock for all workers, held for a few instructions: the per-worker locks of a parent may be stuck in a child.
    private static let gate = ForkSafeLock(())

    package init(idling: Idling? = nil) {
        self.idling = idling
    }

    deinit {
        if let crew, crew.process == getpid() {
            crew.stop()
        }
    }

    /// Runs `body` on the worker's thread after the calls that came before, and waits for it.
    ///
    /// On the worker's own thread `body` runs directly.
    /// - Throws: what `body` throws; `.outOfMemory` when the thread cannot be started; `.state` once the process is ending.
    package func run<Value>(_ body: () throws(SGCError) -> Value) throws(SGCError) -> Value {
        guard !chost_is_exiting() else { throw SGCError(.state, "the process is ending: no new work") }
        let crew = try currentCrew()
        if crew.isCurrentThread {
            return try body()
        }
        var result: Result<Value, SGCError>?
        withoutActuallyEscaping(body) { body in
            crew.perform {
                do throws(SGCError) {
                    result = .success(try body())
                } catch {
                    result = .failure(error)
                }
            }
        }
        guard let result else {
            throw SGCError(.internalError, "worker: a call ended without a result")
        }
        return try result.get()
    }

    /// The thread of this process, started if needed.
    private func currentCrew() throws(SGCError) -> Crew {
        try Self.gate.withLock { _ throws(SGCError) in
            if let crew, crew.process == getpid() {
                return crew
            }
            // A crew of the parent's: its thread exists there only, and its lock must not be touched here. The reference
            // that its thread held stays for ever, so letting go of it here does not take it down.
            let fresh = Crew(idling)
            try fresh.start()
            crew = fresh
            return fresh
        }
    }
}

/// One thread with its queue.
///
/// Held by the worker, and by the thread itself while it runs.
@safe
private final class Crew: @unchecked Sendable {
    // Proof for @unchecked: `queue`, `isStopping` and every job's state are touched under `mutex` only; `thread` is
    // written once, before another thread can see this object.
    let process = getpid()
    private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
    private let arrival: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
    private var queue: [Job] = []
    private var isStopping = false
    private var thread: LibraryThread?
    private let idling: Worker.Idling?

    init(_ idling: Worker.Idling?) {
        self.idling = idling
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(arrival, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe pthread_cond_destroy(arrival)
        unsafe mutex.deallocate()
        unsafe arrival.deallocate()
    }

    var isCurrentThread: Bool { thread?.isCurrent ?? false }

    /// - Throws: `.outOfMemory` when the system refuses a thread.
    func start() throws(SGCError) {
        do throws(SGCError) {
            thread = try LibraryThread { self.work() }
        } catch {
            throw error.within("worker")
        }
    }

    /// Queues `body` and waits until it has run.
    func perform(_ body: () -> Void) {
        withoutActuallyEscaping(body) { body in
            let job = Job(body)
            unsafe pthread_mutex_lock(mutex)
            queue.append(job)
            unsafe pthread_cond_signal(arrival)
            while !job.isDone {
                unsafe pthread_cond_wait(job.completion, mutex)
            }
            unsafe pthread_mutex_unlock(mutex)
        }
    }

    /// Ends the thread once its queue is empty, and waits for its end unless this is it.
    func stop() {
        unsafe pthread_mutex_lock(mutex)
        isStopping = true
        unsafe pthread_cond_signal(arrival)
        unsafe pthread_mutex_unlock(mutex)
        if isCurrentThread { thread?.detach() } else { thread?.join() }
    }

    /// The thread's life.
    private func work() {
        unsafe pthread_mutex_lock(mutex)
        while true {
            while queue.isEmpty && !isStopping {
                unsafe pthread_cond_wait(arrival, mutex)
            }
            guard !queue.isEmpty else { break }
            let job = queue.removeFirst()
            unsafe pthread_mutex_unlock(mutex)
            chost_begin_work()
            job.body?()
            job.body = nil
            unsafe pthread_mutex_lock(mutex)
            job.isDone = true
            unsafe pthread_cond_signal(job.completion)
            let isIdle = queue.isEmpty
            unsafe pthread_mutex_unlock(mutex)
            if isIdle { idling?.begin() }
            chost_end_work()
            unsafe pthread_mutex_lock(mutex)
        }
        unsafe pthread_mutex_unlock(mutex)
        idling?.end()
    }
}

/// A closure in the queue, and the condition on which its caller waits.
@safe
private final class Job {
    var body: (() -> Void)?
    var isDone = false
    let completion: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)

    init(_ body: @escaping () -> Void) {
        self.body = body
        unsafe pthread_cond_init(completion, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(completion)
        unsafe completion.deallocate()
    }
}
