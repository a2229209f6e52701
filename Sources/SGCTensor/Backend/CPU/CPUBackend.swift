/// The backend for processors: oneDNN for what it has, vector loops of CKernels for the rest; float32 and bfloat16.
///
/// Each family of operations is an extension in a file of its own beside this one.
package final class CPUBackend: Sendable {
    /// oneDNN primitives by descriptor: made once, used for every call of the same shape.
    let primitives = PrimitiveCache()

    package init() {}
}

extension CPUBackend: Backend {}
