import Glibc
import SGCBase
import SGCTensor

/// What one run has taken so far, and what is left to it. Not for several threads at once.
///
/// Work is counted in floating-point operations: two for each multiplication with its addition in convolutions and
/// products of matrices. Everything else is as slow as memory, and each element that is read or written counts as the
/// operations that a processor could do meanwhile. What a kernel makes is announced before it is made, so that a run
/// ends before the node that would take too much.
package final class RunMeter {
    /// Operations that an element on the device counts as.
    private static let perElement = 32.0
    /// The same in plain memory, where elements are computed one by one.
    private static let perHostElement = 1024.0

    /// What the run may take in all.
    package var limits: RunLimits
    /// Operations in convolutions and products of matrices so far.
    package private(set) var products = 0.0
    /// Everything so far.
    private var operations = 0.0
    private var hostBytes = 0

    package init(_ limits: RunLimits = RunLimits()) {
        self.limits = limits
    }

    /// The limits of one value more.
    var left: RunLimits {
        var left = limits
        left.operations = max(0, limits.operations - operations)
        func most(_ elements: Int, _ cost: Double) -> Int {
            Int(min(Double(elements), left.operations / cost))
        }
        left.elements = most(limits.elements, Self.perElement)
        left.hostBytes = limits.hostBytes - hostBytes
        left.hostElements = most(min(limits.hostElements, left.hostBytes / 8), Self.perHostElement)
        return left
    }

    func announce(products count: Double) throws(SGCError) {
        try spend(2 * count)
        products += 2 * count
    }

    func announce(elements count: Double) throws(SGCError) { try spend(count * Self.perElement) }

    /// Counts the elements of a node's inputs or outputs.
    func announce(moving values: [Value?]) throws(SGCError) { try spend(Self.operations(moving: values)) }

    /// What reading or writing values counts as.
    static func operations(moving values: [Value?]) -> Double {
        values.reduce(0) { sum, value in
            guard let value else { return sum }
            return sum + Double(value.shape.count) * (value.isHost ? perHostElement : perElement)
        }
    }

    private func spend(_ count: Double) throws(SGCError) {
        guard operations + count <= limits.operations else {
            throw SGCError(
                .limit,
                "\(Self.text(count)) operations after \(Self.text(operations)) are more than the limit of "
                    + "\(Self.text(limits.operations)) for one run (operation_limit)")
        }
        operations += count
    }

    /// Counts values in plain memory that come to stay.
    ///
    /// - Throws: `.limit` when they are too large together.
    func hold(_ values: [Value?]) throws(SGCError) {
        hostBytes += Self.hostBytes(values)
        guard hostBytes <= limits.hostBytes else {
            throw SGCError(
                .limit,
                "values of \(hostBytes) bytes are in use in plain memory, more than the limit of \(limits.hostBytes)")
        }
    }

    /// Counts values that went.
    func release(_ values: [Value?]) { hostBytes -= Self.hostBytes(values) }

    private static func hostBytes(_ values: [Value?]) -> Int {
        values.reduce(0) { $0 + ($1?.isHost == true ? $1?.byteCount ?? 0 : 0) }
    }

    /// `1.2e15`.
    private static func text(_ count: Double) -> String {
        guard count.isFinite else { return "\(count)" }
        guard count >= 1000 else { return "\(Int(count))" }
        let exponent = Int(log10(count))
        let tenths = Int((count / pow(10, Double(exponent)) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)e\(exponent)"
    }
}
