/// The one error type of the library: what class of failure it is, and one sentence for a person.
///
/// The raw values of ``Code`` are the `sgc_status` values of `include/sgc.h` and never change.
/// A message says *what was expected, what came, and where*: `encode: expected 3 channels, got 4 in image 2`.
package struct SGCError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The class of a failure. Callers branch on it; people read the message.
    package enum Code: Int32, Sendable, CaseIterable {
        /// An argument is outside what the documentation allows.
        case argument = 1
        /// A handle is NULL, stale, foreign, of another type, or damaged.
        case handle = 2
        /// The object is busy or not in the state that the call needs.
        case state = 3
        /// Caller and library disagree about the size or version of a structure.
        case abi = 4
        /// The memory budget or the machine's memory is exhausted.
        case outOfMemory = 5
        /// A stated limit (size, count, depth) is exceeded.
        case limit = 6
        /// A file or text does not follow its format.
        case format = 7
        /// A file ends before its content does.
        case truncated = 8
        /// The content is valid but this version cannot do it.
        case unsupported = 9
        /// Stored and computed digests differ.
        case checksum = 10
        /// Two things that belong together do not fit (model and tokens, tensor and shape).
        case mismatch = 11
        /// A value lies outside its range (a token, a class id, a pixel).
        case range = 12
        /// A number is NaN or infinite where it must be finite.
        case numeric = 13
        /// The operating system refused to read or write.
        case io = 14
        /// A path is not allowed.
        case path = 15
        /// The caller cancelled the operation.
        case cancelled = 16
        /// The handle was created before a fork and cannot be used in the child.
        case forked = 17
        /// A defect of this library.
        case internalError = 18
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// The same failure with the operation that met it in front: `context: message`.
    package func within(_ context: String) -> SGCError {
        SGCError(code, "\(context): \(message)")
    }
}
