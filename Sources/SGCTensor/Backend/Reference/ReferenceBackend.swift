/// The oracle: plain generic loops in float32 and float64, one thread, nothing clever.
///
/// Each family of operations is an extension in a file of its own beside this one.
package final class ReferenceBackend: Sendable {
    package init() {}
}
