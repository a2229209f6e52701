import Glibc
import SGCBase

/// The allocator of everything whose size a file or a caller controls.
///
/// Running out is an error, never a crash: `malloc` is checked, and a byte budget is kept. Freed blocks are kept for
/// the next request of the same size, so that a steady training or encoding loop makes no system allocation.
package final class MemoryPool: @unchecked Sendable {
    // Proof for @unchecked: `state` is touched under `gate` only.
    private struct State {
        var cached: [Int: [Block]] = [:]
        var cachedBytes = 0
        var liveBytes = 0
        var peakBytes = 0
        var systemAllocations = 0
    }

    /// A block of memory; `@unchecked` because it is only an address, owned by the pool or by one Storage.
    @safe struct Block: @unchecked Sendable {
        let address: UnsafeMutableRawPointer
        let capacity: Int
    }

    /// The most bytes that may be live at once; 0 means no limit.
    package let budget: Int
    private var state = State()
    /// One lock for all pools, held for a few instructions: a lock per pool may be stuck in a forked child.
    private static let gate = ForkSafeLock(())

    /// Alignment of every block, in bytes: a cache line and an AVX-512 vector.
    static let alignment = 64
    /// Freed blocks are kept while live and kept bytes together stay below twice the peak plus this slack.
    private static let cacheSlack = 64 << 20

    package init(budget: Int = 0) {
        self.budget = max(0, budget)
    }

    private func withState<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
        try Self.gate.withLock { _ throws(E) in try body(&state) }
    }

    deinit {
        releaseCache()
    }

    /// Bytes handed out and not yet returned.
    package var liveBytes: Int { withState { $0.liveBytes } }
    /// The highest ``liveBytes`` so far.
    package var peakBytes: Int { withState { $0.peakBytes } }
    /// How often memory was asked of the system; constant over a steady loop.
    package var systemAllocations: Int { withState { $0.systemAllocations } }

    /// Makes ``peakBytes`` start again from what is live now.
    package func resetPeak() {
        withState { $0.peakBytes = $0.liveBytes }
    }

    /// - Throws: `.outOfMemory` when the budget or the machine cannot give `bytes`.
    func allocate(_ bytes: Int) throws(SGCError) -> Block {
        let capacity = Self.rounded(bytes)
        return try withState { (state) throws(SGCError) -> Block in
            guard budget == 0 || state.liveBytes + capacity <= budget else {
                throw SGCError(
                    .outOfMemory,
                    "memory: \(capacity) bytes more than the \(state.liveBytes) in use exceed the budget of \(budget)")
            }
            var block = state.cached[capacity]?.popLast()
            if block != nil {
                state.cachedBytes -= capacity
            } else {
                if budget > 0, state.liveBytes + state.cachedBytes + capacity > budget { Self.emptyCache(&state) }
                block = Self.systemBlock(capacity)
                if block == nil {
                    Self.emptyCache(&state)
                    block = Self.systemBlock(capacity)
                }
                state.systemAllocations += 1
            }
            guard let block else {
                throw SGCError(.outOfMemory, "memory: the system has no \(capacity) bytes (\(state.liveBytes) in use)")
            }
            state.liveBytes += capacity
            state.peakBytes = max(state.peakBytes, state.liveBytes)
            return block
        }
    }

    func release(_ block: Block) {
        withState { state in
            state.liveBytes -= block.capacity
            if state.liveBytes + state.cachedBytes + block.capacity <= 2 * state.peakBytes + Self.cacheSlack {
                state.cached[block.capacity, default: []].append(block)
                state.cachedBytes += block.capacity
            } else {
                unsafe Glibc.free(block.address)
            }
        }
    }

    /// Gives every kept block back to the system.
    package func releaseCache() {
        withState { Self.emptyCache(&$0) }
    }

    private static func emptyCache(_ state: inout State) {
        for blocks in state.cached.values {
            for block in blocks { unsafe Glibc.free(block.address) }
        }
        state.cached.removeAll()
        state.cachedBytes = 0
    }

    private static func systemBlock(_ capacity: Int) -> Block? {
        guard let address = unsafe aligned_alloc(alignment, capacity) else { return nil }
        return unsafe Block(address: address, capacity: capacity)
    }

    /// Small sizes to whole cache lines, larger ones to whole pages: few distinct sizes, so that blocks are found again.
    private static func rounded(_ bytes: Int) -> Int {
        let unit = bytes < 4096 ? alignment : 4096
        return max(alignment, (bytes + unit - 1) / unit * unit)
    }
}
