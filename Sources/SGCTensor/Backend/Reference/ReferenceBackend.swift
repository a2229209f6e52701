/// The oracle: plain loops that read like the formulas, one thread, nothing clever.
///
/// Operands are read into arrays of Double, everything is computed in Double, and results are rounded once to their
/// type. A float32 result is therefore the correctly rounded one up to Double's own error, and a float64 computation,
/// in which gradients are checked by finite differences, runs through the same lines. It is for tests and small
/// inputs: the arrays are ordinary Swift memory, outside the device's pool and budget.
///
/// Each family of operations is an extension in a file of its own beside this one.
package final class ReferenceBackend: Sendable {
    package init() {}
}

extension ReferenceBackend: Backend {}
