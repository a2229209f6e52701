import Glibc
import SGCBase

/// The allocator of everything whose size a file or a caller controls.
///
/// Running out is an error, never a crash: `malloc` is checked, and a byte budget is kept. What is freed is kept for the next
/// requests, so that a steady training or encoding loop makes no system allocation: small blocks for those of the same size,
/// large ones for any that fit. With a budget large ones are not divided either: what is free can then always be given back,
/// and never keeps the whole above the budget.
package final class MemoryPool: @unchecked Sendable {
    // Proof for @unchecked: `state` is touched under `gate` only.
    private struct State {
        /// Small blocks that are free, by size.
        var small: [Int: [Block]] = [:]
        var smallBytes = 0
        var large = MemorySegments()
        var liveBytes = 0
        var peakBytes = 0
        var systemAllocations = 0

        /// Bytes that are free and kept.
        var keptBytes: Int { smallBytes + large.freeBytes }
        /// Those of them that could be given back: not what lies beside blocks in use.
        var unusedBytes: Int { smallBytes + large.unusedBytes }
    }

    /// A block of memory; `@unchecked` because it is only an address, owned by the pool or by one Storage.
    @safe struct Block: @unchecked Sendable {
        let address: UnsafeMutableRawPointer
        let capacity: Int
        /// Of a large block: the segment that it is a piece of.
        var segment = -1
    }

    /// The most bytes that may be live at once; 0 means no limit.
    package let budget: Int
    private var state = State()
    /// One lock for all pools, held for microseconds: a lock per pool may be stuck in a forked child.
    private static let gate = ForkSafeLock(())

    /// Alignment of every block, in bytes: a cache line and an AVX-512 vector.
    static let alignment = 64
    /// What could be given back is kept while it and the live bytes together stay below twice the peak plus this slack.
    private static let cacheSlack = 64 << 20
    /// From this size on blocks are pieces of segments. Small ones would leave segments in splinters.
    private static let largeSize = 256 << 10

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
    /// Bytes that are free, and kept for the next requests.
    package var keptBytes: Int { withState { $0.keptBytes } }
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
            var block = Self.kept(capacity, mayDivide: budget == 0, &state)
            if block == nil {
                if budget > 0, state.liveBytes + state.keptBytes + capacity > budget { Self.emptyCache(&state) }
                block = Self.systemBlock(capacity, &state)
                if block == nil {
                    Self.emptyCache(&state)
                    block = Self.systemBlock(capacity, &state)
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
            let most = 2 * state.peakBytes + Self.cacheSlack
            if block.capacity >= Self.largeSize {
                state.large.release(block)
                // What came back last is what a loop will want next.
                if state.liveBytes + state.unusedBytes > most { state.large.giveBack(except: block.segment) }
            } else if state.liveBytes + state.unusedBytes + block.capacity <= most {
                state.small[block.capacity, default: []].append(block)
                state.smallBytes += block.capacity
            } else {
                unsafe Glibc.free(block.address)
            }
        }
    }

    /// Gives what is kept back to the system, but for what lies beside blocks in use.
    package func releaseCache() {
        withState { Self.emptyCache(&$0) }
    }

    /// A free block of that size, of those that are kept.
    private static func kept(_ capacity: Int, mayDivide: Bool, _ state: inout State) -> Block? {
        if capacity >= largeSize { return state.large.take(capacity, mayDivide: mayDivide) }
        guard let block = state.small[capacity]?.popLast() else { return nil }
        state.smallBytes -= capacity
        return block
    }

    private static func emptyCache(_ state: inout State) {
        for blocks in state.small.values {
            for block in blocks { unsafe Glibc.free(block.address) }
        }
        state.small.removeAll()
        state.smallBytes = 0
        state.large.giveBack()
    }

    private static func systemBlock(_ capacity: Int, _ state: inout State) -> Block? {
        guard let address = unsafe aligned_alloc(alignment, capacity) else { return nil }
        if capacity >= largeSize { return unsafe state.large.add(address, size: capacity) }
        return unsafe Block(address: address, capacity: capacity)
    }

    /// Small sizes to whole cache lines, larger ones to whole pages: few distinct sizes, so that blocks are found again.
    private static func rounded(_ bytes: Int) -> Int {
        let unit = bytes < 4096 ? alignment : 4096
        return max(alignment, (bytes + unit - 1) / unit * unit)
    }
}
