import CHost
import Glibc

/// A thread of the library's own: 8 MiB of stack, all signals blocked, the default floating-point environment.
package struct LibraryThread: Sendable {
    private let thread: pthread_t

    /// Starts a thread that runs `body`; it is to be joined or detached once.
    /// - Parameter stackBytes: Another size of its stack; at least 16 KiB, and a multiple of the page size.
    /// - Throws: `.outOfMemory` when the system refuses a thread.
    package init(stackBytes: Int = 8 << 20, _ body: @escaping @Sendable () -> Void) throws(SGCError) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackBytes)
        // The new thread inherits the mask: no signal of the host can reach it.
        var mask = chost_signal_mask()
        unsafe chost_block_signals(&mask)
        defer { unsafe chost_unblock_signals(&mask) }
        let work = unsafe Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, &attributes,
            { argument in
                chost_default_environment()
                // The one release for the one retain above.
                if let argument = unsafe argument {
                    unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                }
                return nil
            }, work.toOpaque())
        guard code == 0 else {
            unsafe work.release()
            throw SGCError(
                .outOfMemory, "the system refused a thread with a stack of \(stackBytes) bytes (error \(code))")
        }
        self.thread = thread
    }

    package var isCurrent: Bool { pthread_equal(pthread_self(), thread) != 0 }

    /// Waits until the function has returned.
    package func join() {
        pthread_join(thread, nil)
    }

    /// Lets the thread end on its own.
    package func detach() {
        pthread_detach(thread)
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
