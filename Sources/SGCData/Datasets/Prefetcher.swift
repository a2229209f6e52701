import Glibc
package import SGCBase

/// Prepares batches ahead of their use, on a thread of its own.
///
/// Batches come in the order of the reader, whatever the timing; an error comes in the place of the batch that met it,
/// and stands. For one consumer: it is not `Sendable`.
package final class Prefetcher {
    private enum Entry: Sendable {
        case batch(Batch)
        case end
        case failure(SGCError)
    }

    /// How long the consumer waited for data.
    package struct Wait: Sendable, Equatable {
        /// Seconds spent waiting in ``Prefetcher/next()``.
        package var waited = 0.0
        /// Seconds since the first call of ``Prefetcher/next()``.
        package var elapsed = 0.0
        /// The data-wait share, in 0...1: 0 when data is always ready.
        package var share: Double { elapsed > 0 ? min(1, waited / elapsed) : 0 }
    }

    private let queue: BoundedQueue<Entry>
    private let thread: LibraryThread
    /// The process that has the thread; a forked child has not.
    private let process = getpid()
    /// `end` or `failure`, once it was met.
    private var last: Entry?
    private var began: Double?
    private var waited = 0.0

    /// Starts to read.
    ///
    /// - Parameter depth: how many batches may be ready ahead of the consumer; one more is in preparation.
    /// - Throws: `.argument` when `depth` is below 1; `.outOfMemory` when there are no more threads.
    package init<Source: Dataset>(_ reader: BatchReader<Source>, depth: Int = 2) throws(SGCError) {
        guard depth > 0 else { throw SGCError(.argument, "prefetch: expected a depth of at least 1, got \(depth)") }
        let queue = BoundedQueue<Entry>(depth: depth)
        self.queue = queue
        // The thread holds the queue and not the prefetcher, whose end is what stops it.
        thread = try LibraryThread { Self.fill(queue, from: reader) }
    }

    /// Stops the thread, after the examples that are being read, and waits for it.
    deinit {
        // A forked child has neither the thread nor, perhaps, a lock that it can take.
        guard getpid() == process else { return }
        queue.close()
        thread.join()
    }

    /// The next batch, once it is ready; nil after the last.
    ///
    /// - Throws: what reading the batch threw, again at every later call; `.forked` in a forked child.
    package func next() throws(SGCError) -> Batch? {
        guard getpid() == process else {
            throw SGCError(.forked, "prefetch: expected the process that began to read, got its forked child")
        }
        let start = monotonicSeconds()
        began = began ?? start
        let entry = last ?? queue.pop() ?? .end
        waited += monotonicSeconds() - start
        switch entry {
        case .batch(let batch): return batch
        case .end:
            last = .end
            return nil
        case .failure(let error):
            last = .failure(error)
            throw error
        }
    }

    /// How long the consumer waited, until now.
    package var wait: Wait {
        guard let began else { return Wait() }
        return Wait(waited: waited, elapsed: monotonicSeconds() - began)
    }

    private static func fill<Source: Dataset>(_ queue: BoundedQueue<Entry>, from reader: BatchReader<Source>) {
        var reader = reader
        do {
            while let batch = try reader.next(isCancelled: { queue.isClosed }) {
                guard queue.push(.batch(batch)) else { return }
            }
            queue.push(.end)
        } catch {
            queue.push(.failure(error))
        }
    }
}
