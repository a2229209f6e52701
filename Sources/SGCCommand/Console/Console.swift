import Glibc
import SGCBase

/// Where the command writes: results to the standard output, all else to the standard error.
enum Console {
    /// Whether a person at a terminal reads the standard error.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// A line for the standard output.
    static func print(_ text: String) {
        write(text.hasSuffix("\n") ? text : text + "\n", to: STDOUT_FILENO)
    }

    /// A line for the standard error.
    static func note(_ text: String) {
        write(text.hasSuffix("\n") ? text : text + "\n", to: STDERR_FILENO)
    }

    /// Text as it is for the standard error.
    static func draw(_ text: String) {
        write(text, to: STDERR_FILENO)
    }

    /// Nobody is left to tell when a write fails.
    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            // The buffer lives for the call, and `done` is below its count.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            if count > 0 {
                done += count
            } else if errno != EINTR {
                return
            }
        }
    }
}
