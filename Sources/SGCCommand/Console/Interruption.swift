import Glibc
import SGCBase
import Synchronization

/// SIGINT and SIGTERM: the first asks to stop at the next good moment, the second ends the process at once.
///
/// Their handler touches one atomic number and may call `_exit`, both of which a handler is allowed. Blocking the signals
/// and waiting for them on a thread would not do: OpenBLAS starts a thread when it is loaded, before `main`, which blocks
/// nothing, and a signal that reaches it would end the process.
enum Interruption {
    /// The first signal that came; 0 when none did.
    private static let first = Atomic<Int32>(0)

    /// The first signal that came; nil when none did.
    static var received: Int32? {
        let number = first.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// What computations ask.
    static let cancellation = Cancellation { received != nil }

    /// Starts to watch.
    static func begin() {
        for number in [SIGINT, SIGTERM] {
            _ = signal(number) { number in
                let (isFirst, _) = Interruption.first.compareExchange(
                    expected: 0, desired: number, ordering: .relaxed)
                if !isFirst { _exit(128 + number) }
            }
        }
    }
}
