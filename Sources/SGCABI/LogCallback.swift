import CSGC
import SGCBase

/// The host's receiver of log lines; calling it is its promise to be callable from any thread.
@safe
struct LogCallback: @unchecked Sendable {
    // Proof for @unchecked: the header requires a callback that any thread may call.
    private let callback: sgc_log_callback
    private let userData: UnsafeMutableRawPointer?

    /// Makes the callback the process's one receiver; none for NULL.
    static func install(_ callback: sgc_log_callback?, _ userData: UnsafeMutableRawPointer?) {
        guard let callback = unsafe callback else { return Log.send(to: nil) }
        let receiver = unsafe LogCallback(callback: callback, userData: userData)
        Log.send { level, line in receiver.call(level, line) }
    }

    /// Calls the host, unless this thread is in the callback already; marks the thread meanwhile.
    private func call(_ level: Log.Level, _ line: String) {
        guard let record = ThreadRecord.current(create: true), record.enterCallback() else { return }
        defer { record.leaveCallback() }
        unsafe line.withCString { unsafe callback(level.rawValue, $0, userData) }
    }
}
