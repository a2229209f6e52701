import SGCBase
import SGCData
import SGCTensor

extension Device {
    /// How many threads prepare data while this device computes: half as many as compute, which have work of their own.
    var readers: Int { max(1, threads / 2) }
}

extension Dataset {
    /// Calls `body` with every example in its order, while those that follow are read beside it.
    ///
    /// - Parameter device: what `body` computes on.
    /// - Throws: the error of an example that cannot be read, in its place or, at most one batch, before; what `body` throws.
    func forEach(beside device: Device, _ body: (Sample) throws(SGCError) -> Void) throws(SGCError) {
        let order = try SampleOrder(count: count, random: RandomSource(seed: 0), isShuffled: false)
        // Images may be large: a dozen at most are in memory, read or being read.
        let readers = min(device.readers, 4)
        let prefetcher = try Prefetcher(
            BatchReader(self, order: order, batchSize: readers, epochs: 1, threads: readers), depth: 4 / readers)
        while let batch = try prefetcher.next() {
            for sample in batch.samples { try body(sample) }
        }
    }
}
