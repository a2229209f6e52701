import Glibc
import SGCBase

/// A thread that runs one function; signals are never delivered to it.
struct WorkerThread {
    private let thread: pthread_t

    /// - Throws: `.limit` when the system starts no more threads.
    init(_ body: @escaping @Sendable () -> Void) throws(SGCError) {
        // The new thread inherits the mask, so it is set here and restored: no signal of the host can reach it.
        var all = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        let work = unsafe Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                // The one release for the one retain above.
                if let argument = unsafe argument {
                    unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                }
                return nil
            }, work.toOpaque())
        guard status == 0 else {
            unsafe work.release()
            throw SGCError(.limit, "cannot start a thread: error \(status)")
        }
        self.thread = thread
    }

    /// Waits until the function has returned; to be called once.
    func join() {
        pthread_join(thread, nil)
    }

    private final class Work {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
