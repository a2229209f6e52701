import SGCBase
import Testing

@testable import SGCTensor

/// What is freed is used again, whatever its size, and blocks never overlap.
@Suite struct MemoryPoolTests {
    private static let mebibyte = 1 << 20

    @Test("what was one large block serves smaller ones, and joins again")
    func splitting() throws {
        let pool = MemoryPool()
        let whole = try pool.allocate(8 * Self.mebibyte)
        let start = unsafe whole.address
        pool.release(whole)
        var parts: [MemoryPool.Block] = []
        for _ in 0..<8 { parts.append(try pool.allocate(Self.mebibyte)) }
        #expect(pool.systemAllocations == 1 && pool.liveBytes == 8 * Self.mebibyte)
        let places = parts.map { part in unsafe part.address - start }
        #expect(Set(places) == Set((0..<8).map { $0 * Self.mebibyte }))
        // Freed in any order, they are one again.
        for index in [3, 0, 7, 4, 1, 6, 2, 5] { pool.release(parts[index]) }
        let again = try pool.allocate(8 * Self.mebibyte)
        #expect(unsafe again.address == start && pool.systemAllocations == 1)
        pool.release(again)
        #expect(pool.liveBytes == 0)
    }

    @Test("a request takes the smallest piece that is large enough")
    func bestFit() throws {
        let pool = MemoryPool()
        let blocks = try [5, 2, 3].map { try pool.allocate($0 * Self.mebibyte) }
        for block in blocks { pool.release(block) }
        let taken = try pool.allocate(2 * Self.mebibyte - 100)
        #expect(unsafe taken.address == blocks[1].address && pool.systemAllocations == 3)
        #expect(try unsafe pool.allocate(4 * Self.mebibyte).address == blocks[0].address)
    }

    @Test("blocks of a random life never overlap, and a loop that is repeated asks the system for nothing")
    func randomLife() throws {
        let pool = MemoryPool()
        func round() throws {
            var random = RandomSource(seed: 4)
            var live: [(block: MemoryPool.Block, mark: UInt8)] = []
            for step in 0..<2000 {
                if live.count > 40 || (!live.isEmpty && random.integer(below: 3) == 0) {
                    let (block, mark) = live.remove(at: random.integer(below: live.count))
                    let bytes = unsafe UnsafeRawBufferPointer(start: block.address, count: block.capacity)
                    #expect(
                        unsafe bytes[0] == mark && bytes[block.capacity / 2] == mark
                            && bytes[block.capacity - 1] == mark)
                    pool.release(block)
                } else {
                    // Small ones and large ones, from a few bytes to a mebibyte.
                    let block = try pool.allocate(1 << (4 + random.integer(below: 17)) | random.integer(below: 4096))
                    let mark = UInt8(truncatingIfNeeded: step)
                    unsafe block.address.initializeMemory(as: UInt8.self, repeating: mark, count: block.capacity)
                    live.append((block, mark))
                }
            }
            for (block, _) in live { pool.release(block) }
        }
        for _ in 0..<3 { try round() }
        let allocations = pool.systemAllocations
        try round()
        #expect(pool.systemAllocations == allocations && pool.liveBytes == 0)
    }

    @Test("a budget holds, and what is kept makes room for what is wanted")
    func budget() throws {
        let pool = MemoryPool(budget: 8 * Self.mebibyte)
        let small = try (0..<4).map { _ in try pool.allocate(2 * Self.mebibyte) }
        let error = #expect(throws: SGCError.self) { try pool.allocate(1) }
        #expect(error?.code == .outOfMemory)
        for block in small { pool.release(block) }
        // No piece is large enough: the free segments go back to the system first.
        pool.release(try pool.allocate(8 * Self.mebibyte))
        #expect(pool.systemAllocations == 5 && pool.peakBytes == 8 * Self.mebibyte)
    }

    @Test("with a budget nothing that is kept adds to what is wanted, however small what is in use")
    func strictBudget() throws {
        let pool = MemoryPool(budget: 8 * Self.mebibyte)
        pool.release(try pool.allocate(8 * Self.mebibyte))
        let first = try pool.allocate(4 * Self.mebibyte)
        let second = try pool.allocate(Self.mebibyte / 2)
        pool.release(first)
        // Were the second a piece of what came first, that could not be given back.
        let third = try pool.allocate(6 * Self.mebibyte)
        #expect(pool.liveBytes + pool.keptBytes <= 8 * Self.mebibyte)
        pool.release(second)
        pool.release(third)
    }

    @Test("a block in use keeps its segment, and a loop beside it still asks the system for nothing")
    func pinned() throws {
        let pool = MemoryPool()
        var pins: [MemoryPool.Block] = []
        // Each leaves most of a segment free that can never be given back.
        for size in 10...40 {
            pool.release(try pool.allocate(size * Self.mebibyte))
            pins.append(try pool.allocate(Self.mebibyte))
        }
        pool.release(try pool.allocate(64 * Self.mebibyte))
        let allocations = pool.systemAllocations
        for _ in 0..<3 { pool.release(try pool.allocate(64 * Self.mebibyte)) }
        #expect(pool.systemAllocations == allocations)
        for pin in pins { pool.release(pin) }
        pool.releaseCache()
        #expect(pool.keptBytes == 0 && pool.liveBytes == 0)
    }

    @Test("no more than twice the peak is kept, and what a loop wants stays")
    func limit() throws {
        let pool = MemoryPool()
        // Growing sizes never fit what was freed: all together they are two gibibytes.
        for size in 1...64 {
            pool.release(try pool.allocate(size * Self.mebibyte))
            #expect(pool.keptBytes <= 2 * size * Self.mebibyte + 64 << 20)
        }
        let allocations = pool.systemAllocations
        for _ in 0..<3 { pool.release(try pool.allocate(64 * Self.mebibyte)) }
        #expect(pool.systemAllocations == allocations)
        pool.releaseCache()
        #expect(pool.keptBytes == 0 && pool.liveBytes == 0)
    }
}
