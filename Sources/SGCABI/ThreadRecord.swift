import Glibc

/// What the façade remembers of a host's thread: the text of its last failure, and whether a log callback runs on it.
///
/// Reached through a pthread key, made at a thread's first failure or callback, and freed when the thread ends.
@safe
struct ThreadRecord {
    /// Bytes of a message with its NUL.
    static let messageBytes = 512

    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        let code = unsafe pthread_key_create(&key) { record in
            unsafe record?.deallocate()
        }
        return code == 0 ? key : nil
    }()

    /// `messageBytes` of text, then one byte: how many callbacks are running on the thread.
    private let bytes: UnsafeMutablePointer<UInt8>

    /// The calling thread's record.
    /// - Parameter create: makes one when there is none.
    /// - Returns: `nil` when there is none, or none can be made.
    static func current(create: Bool) -> ThreadRecord? {
        guard let key else { return nil }
        if let known = unsafe pthread_getspecific(key) {
            return unsafe ThreadRecord(bytes: known.assumingMemoryBound(to: UInt8.self))
        }
        guard create, let fresh = unsafe calloc(messageBytes + 1, 1) else { return nil }
        guard unsafe pthread_setspecific(key, fresh) == 0 else {
            unsafe free(fresh)
            return nil
        }
        return unsafe ThreadRecord(bytes: fresh.assumingMemoryBound(to: UInt8.self))
    }

    /// The message as C sees it, ended by NUL; lives as long as the thread.
    var text: UnsafePointer<CChar> {
        unsafe UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self)
    }

    /// Stores a message, cut at a character's end to fit, with control characters made visible as `?`.
    func setMessage(_ message: String) {
        var count = 0
        for character in message.unicodeScalars {
            let isControl = character.value < 32 || character.value == 127
            let encoded = UTF8.encode(isControl ? "?" : character)
            guard let encoded, count + encoded.count < Self.messageBytes else { break }
            for byte in encoded {
                unsafe bytes[count] = byte
                count += 1
            }
        }
        unsafe bytes[count] = 0
    }

    /// Makes the message empty.
    func clearMessage() {
        unsafe bytes[0] = 0
    }

    /// Whether a callback of the host is running on this thread.
    var isInsideCallback: Bool { unsafe bytes[Self.messageBytes] > 0 }

    /// Notes that a callback begins; `false` when one is running already.
    func enterCallback() -> Bool {
        guard !isInsideCallback else { return false }
        unsafe bytes[Self.messageBytes] = 1
        return true
    }

    /// Notes that the callback has ended.
    func leaveCallback() {
        unsafe bytes[Self.messageBytes] = 0
    }
}
