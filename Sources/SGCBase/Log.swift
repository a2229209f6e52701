/// The one way in which the library says what it does without being asked.
///
/// Nothing is printed: lines go to the receiver that the host or the command installed, and nowhere when there is none.
package enum Log {
    /// How important a line is.
    ///
    /// The raw values are those of `include/sgc.h`.
    package enum Level: Int32, Sendable {
        /// Something failed that no error reports.
        case error = 0
        /// Worth a look; the operation goes on.
        case warning = 1
        /// What was done: loaded, saved, skipped a step.
        case info = 2
        /// For those who develop the library.
        case debug = 3
    }

    /// Receives lines without line ends, on any thread, possibly several at once.
    package typealias Receiver = @Sendable (Level, String) -> Void

    private static let receiver = ForkSafeLock<Receiver?>(nil)

    /// Makes `receiver` the only one; `nil` for silence.
    package static func send(to receiver: Receiver?) {
        Self.receiver.withLock { $0 = receiver }
    }

    /// Hands a line to the receiver; `message` is not evaluated when there is none.
    package static func write(_ level: Level, _ message: @autoclosure () -> String) {
        let current = receiver.withLock { $0 }
        if let current {
            current(level, message())
        }
    }
}
