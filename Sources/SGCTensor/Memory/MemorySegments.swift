import Glibc

/// Memory for large blocks: segments of the system's, which are divided as requests come and whose pieces join again as
/// blocks come back.
///
/// A request takes the smallest free piece that is large enough, so that what one phase of a loop leaves free serves the next,
/// whatever its sizes: gradients lie where activations were.
struct MemorySegments {
    /// A part of a segment that is one block, or free. Two free ones never lie side by side.
    private struct Piece {
        let offset: Int
        let size: Int
        var isFree: Bool
    }

    @safe private struct Segment {
        let address: UnsafeMutableRawPointer
        /// In their order.
        var pieces: [Piece]

        /// Whether nothing in it is in use.
        var isFree: Bool { pieces.count == 1 && pieces[0].isFree }
    }

    /// A free piece, and its place.
    private struct FreePiece {
        let size: Int
        let segment: Int
        let offset: Int

        static func < (a: FreePiece, b: FreePiece) -> Bool {
            (a.size, a.segment, a.offset) < (b.size, b.segment, b.offset)
        }
    }

    /// `nil` where one was given back.
    private var segments: [Segment?] = []
    /// In the order of their sizes.
    private var free: [FreePiece] = []
    /// Of all free pieces.
    private(set) var freeBytes = 0
    /// Of segments of which nothing is in use: what ``giveBack(except:)`` can give back.
    private(set) var unusedBytes = 0

    /// A block of `size` bytes from what is free; `nil` when no piece is large enough.
    ///
    /// - Parameter mayDivide: whether a larger piece will do.
    mutating func take(_ size: Int, mayDivide: Bool) -> MemoryPool.Block? {
        let index = position(of: FreePiece(size: size, segment: 0, offset: 0))
        guard index < free.count, mayDivide || free[index].size == size, let segment = segments[free[index].segment]
        else { return nil }
        let found = free.remove(at: index)
        freeBytes -= size
        if segment.isFree { unusedBytes -= found.size }
        let rest = found.size - size
        if rest > 0 { insert(FreePiece(size: rest, segment: found.segment, offset: found.offset + size)) }
        let place = piece(at: found.offset, in: found.segment)
        var pieces = [Piece(offset: found.offset, size: size, isFree: false)]
        if rest > 0 { pieces.append(Piece(offset: found.offset + size, size: rest, isFree: true)) }
        segments[found.segment]?.pieces.replaceSubrange(place...place, with: pieces)
        return unsafe MemoryPool.Block(
            address: segment.address + found.offset, capacity: size, segment: found.segment)
    }

    /// Takes over memory of the system's as one block.
    mutating func add(_ address: UnsafeMutableRawPointer, size: Int) -> MemoryPool.Block {
        let segment = unsafe Segment(address: address, pieces: [Piece(offset: 0, size: size, isFree: false)])
        let index = segments.firstIndex { $0 == nil } ?? segments.count
        if index < segments.count { segments[index] = segment } else { segments.append(segment) }
        return unsafe MemoryPool.Block(address: address, capacity: size, segment: index)
    }

    /// Takes a block back, and joins it with what is free beside it.
    mutating func release(_ block: MemoryPool.Block) {
        let index = block.segment
        guard segments.indices.contains(index), let segment = segments[index] else { return }
        let offset = unsafe block.address - segment.address
        let place = piece(at: offset, in: index)
        var (first, last) = (place, place)
        var (start, size) = (offset, block.capacity)
        freeBytes += size
        if place > 0, segment.pieces[place - 1].isFree {
            first = place - 1
            start = segment.pieces[first].offset
            size += segment.pieces[first].size
            remove(segment.pieces[first], of: index)
        }
        if place + 1 < segment.pieces.count, segment.pieces[place + 1].isFree {
            last = place + 1
            size += segment.pieces[last].size
            remove(segment.pieces[last], of: index)
        }
        segments[index]?.pieces.replaceSubrange(first...last, with: [Piece(offset: start, size: size, isFree: true)])
        insert(FreePiece(size: size, segment: index, offset: start))
        if segments[index]?.isFree == true { unusedBytes += size }
    }

    /// Gives all segments of which nothing is in use back to the system, but for segment `kept`.
    mutating func giveBack(except kept: Int? = nil) {
        for (index, segment) in segments.enumerated() where index != kept {
            guard let segment, segment.isFree else { continue }
            remove(segment.pieces[0], of: index)
            freeBytes -= segment.pieces[0].size
            unusedBytes -= segment.pieces[0].size
            segments[index] = nil
            unsafe Glibc.free(segment.address)
        }
    }

    /// Where the piece that begins at `offset` stands among those of its segment.
    private func piece(at offset: Int, in index: Int) -> Int {
        guard let pieces = segments[index]?.pieces else { return 0 }
        return firstIndex(below: pieces.count) { pieces[$0].offset >= offset }
    }

    /// Where a free piece is, or would be.
    private func position(of piece: FreePiece) -> Int {
        firstIndex(below: free.count) { !(free[$0] < piece) }
    }

    private mutating func insert(_ piece: FreePiece) {
        free.insert(piece, at: position(of: piece))
    }

    private mutating func remove(_ piece: Piece, of index: Int) {
        free.remove(at: position(of: FreePiece(size: piece.size, segment: index, offset: piece.offset)))
    }

    /// The first index for which `condition` holds, which it does for all behind it; `count` where there is none.
    private func firstIndex(below count: Int, where condition: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if condition(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
