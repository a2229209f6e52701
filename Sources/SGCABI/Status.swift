import CHost
import CSGC
import SGCBase

/// Runs the body of an exported function: what it throws becomes the status and the thread's last error.
///
/// The body computes in the default floating-point environment; the host's, and its errno, are put back afterwards.
func withStatus(_ body: () throws(SGCError) -> Void) -> sgc_status {
    var host = chost_state()
    unsafe chost_enter(&host)
    defer { unsafe chost_leave(&host) }
    do throws(SGCError) {
        if let record = ThreadRecord.current(create: false), record.isInsideCallback {
            throw SGCError(.state, "libsgc must not be called from its own log callback")
        }
        try body()
        ThreadRecord.current(create: false)?.clearMessage()
        return sgc_status(SGC_OK)
    } catch {
        ThreadRecord.current(create: true)?.setMessage(error.message)
        return error.code.rawValue
    }
}

/// The names of the statuses as C text, in the order of their values from 0 on.
private let statusNames: [StaticString] = [
    "SGC_OK", "SGC_E_ARG", "SGC_E_HANDLE", "SGC_E_STATE", "SGC_E_ABI", "SGC_E_NOMEM", "SGC_E_LIMIT", "SGC_E_FORMAT",
    "SGC_E_TRUNCATED", "SGC_E_UNSUPPORTED", "SGC_E_CHECKSUM", "SGC_E_MISMATCH", "SGC_E_RANGE", "SGC_E_NUMERIC",
    "SGC_E_IO", "SGC_E_PATH", "SGC_E_CANCELLED", "SGC_E_FORKED", "SGC_E_INTERNAL",
]

/// The name of a status; text that lives for ever.
func statusName(_ status: sgc_status) -> StaticString {
    statusNames.indices.contains(Int(status)) ? statusNames[Int(status)] : "SGC_E_?"
}

extension StaticString {
    /// The text as C sees it, ended by NUL; lives for ever.
    ///
    /// Only for literals, which are never single code points.
    var asCString: UnsafePointer<CChar> {
        unsafe UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
