import CKernels

/// Runs `body` over 0..<`count`, split into contiguous ranges of at least `grain` on up to `threads` threads.
///
/// `body` must not throw and must write nothing that another range reads: results then do not depend on the split.
package func parallelFor(_ count: Int, grain: Int, threads: Int, _ body: (Range<Int>) -> Void) {
    guard threads > 1, count > grain else {
        if count > 0 { body(0..<count) }
        return
    }
    withoutActuallyEscaping(body) { escapable in
        var box = RangeBody(run: escapable)
        unsafe withUnsafeMutablePointer(to: &box) { pointer in
            // The pointer is valid here and GOMP returns only after every thread has finished.
            unsafe sgc_parallel_for(
                count, grain, Int32(threads),
                { context, begin, end in
                    guard let context = unsafe context, begin < end else { return }
                    unsafe context.assumingMemoryBound(to: RangeBody.self).pointee.run(begin..<end)
                }, pointer)
        }
    }
}

private struct RangeBody {
    let run: (Range<Int>) -> Void
}

/// Runs `body` on 0..<`count` in blocks that up to `threads` threads take as they get free: where a block takes long, or
/// its thread has something of its own, such as scratch memory, to work with.
///
/// `body` gets the number of its thread, below `threads`. It must not throw and must write nothing that another block
/// reads: results then do not depend on who took which.
func parallelBlocks(_ count: Int, of block: Int, threads: Int, _ body: (_ thread: Int, Range<Int>) -> Void) {
    withoutActuallyEscaping(body) { escapable in
        var box = BlockBody(run: escapable)
        unsafe withUnsafeMutablePointer(to: &box) { pointer in
            // The pointer is valid here and GOMP returns only after every thread has finished.
            unsafe sgc_parallel_blocks(
                count, block, Int32(threads),
                { context, thread, begin, end in
                    guard let context = unsafe context, begin < end else { return }
                    unsafe context.assumingMemoryBound(to: BlockBody.self).pointee.run(thread, begin..<end)
                }, pointer)
        }
    }
}

private struct BlockBody {
    let run: (_ thread: Int, Range<Int>) -> Void
}
