package import SGCBase

/// Examples that are used together.
package struct Batch: Sendable, Equatable {
    package let samples: [Sample]
    /// Where the order goes on after this batch; what a checkpoint saves once the batch is used.
    package let next: DataCursor
}

/// What happens to examples that cannot be read.
package struct BadSamplePolicy: Sendable {
    /// An example that was skipped.
    package struct Skipped: Sendable, Equatable {
        package let name: String
        package let error: SGCError
        /// How many were skipped so far in this epoch.
        package let countInEpoch: Int
    }

    /// How many examples of each epoch may be unreadable, as a share of all, in 0..<1.
    ///
    /// With 0 the first is an error.
    package let maximumFraction: Double
    /// Is called for each skipped example, in their order, on the thread that asked for the batch.
    package let report: @Sendable (Skipped) -> Void

    /// Every unreadable example is an error.
    package static var strict: BadSamplePolicy { BadSamplePolicy() }

    private init() {
        maximumFraction = 0
        report = { _ in }
    }

    /// - Throws: `.argument` when the fraction is not in 0..<1.
    package init(maximumFraction: Double, report: @escaping @Sendable (Skipped) -> Void) throws(SGCError) {
        guard maximumFraction >= 0, maximumFraction < 1 else {
            throw SGCError(.argument, "bad samples: expected a maximum fraction in 0..<1, got \(maximumFraction)")
        }
        self.maximumFraction = maximumFraction
        self.report = report
    }

    /// Whether an error says that a file is damaged.
    ///
    /// Others (ids outside the class list, sizes that differ) say that the
    /// data does not fit the task, and are never passed over.
    static func isUnreadable(_ error: SGCError) -> Bool {
        switch error.code {
        case .format, .truncated, .checksum, .unsupported, .limit, .io: true
        default: false
        }
    }
}

/// Reads a dataset batch by batch in a given order.
///
/// With a number of epochs it ends after them, the last batch perhaps smaller; without, batches run on across the ends of
/// epochs and all are full.
package struct BatchReader<Source: Dataset>: Sendable {
    private let source: Source
    private var order: SampleOrder
    private let batchSize: Int
    /// The epoch that is not read any more; nil for no end.
    private let endEpoch: Int?
    private let threads: Int
    private let policy: BadSamplePolicy
    private var skipped = 0
    private var skippedEpoch = 0

    /// - Parameters:
    ///   - order: which examples come, and from where on.
    ///   - epochs: how many epochs to read, counted from epoch 0; nil for no end.
    ///   - threads: how many examples of a batch are read at the same time; batches do not depend on it.
    /// - Throws: `.argument` when `batchSize` is below 1 or the order is one of another number of examples.
    package init(
        _ source: Source, order: SampleOrder, batchSize: Int, epochs: Int? = nil, threads: Int = 1,
        policy: BadSamplePolicy = .strict
    ) throws(SGCError) {
        guard batchSize > 0 else {
            throw SGCError(.argument, "batches: expected a batch size of at least 1, got \(batchSize)")
        }
        guard order.count == source.count else {
            throw SGCError(.argument, "batches: expected an order of \(source.count) examples, got \(order.count)")
        }
        self.source = source
        self.order = order
        self.batchSize = batchSize
        endEpoch = epochs
        self.threads = threads
        self.policy = policy
    }

    /// The next batch; nil at the end.
    ///
    /// - Parameter isCancelled: is asked before each example, on the threads that read.
    /// - Throws: the error of an example that may not be skipped; `.cancelled`.
    package mutating func next(isCancelled: @escaping @Sendable () -> Bool = { false }) throws(SGCError) -> Batch? {
        var samples: [Sample] = []
        while samples.count < batchSize, order.cursor.epoch < endEpoch ?? .max {
            let visits = visits(atMost: batchSize - samples.count)
            let read = concurrentMap(visits, threads: threads) { [source] visit throws(SGCError) in
                guard !isCancelled() else { throw SGCError(.cancelled, "reading a batch was cancelled") }
                var random = visit.random
                return try source.sample(at: visit.index, random: &random)
            }
            for (visit, result) in zip(visits, read) {
                switch result {
                case .success(let sample): samples.append(sample)
                case .failure(let error): try skip(visit, error)
                }
            }
        }
        return samples.isEmpty ? nil : Batch(samples: samples, next: order.cursor)
    }

    /// The next of the order, up to the end.
    private mutating func visits(atMost count: Int) -> [SampleOrder.Visit] {
        var visits: [SampleOrder.Visit] = []
        while visits.count < count, order.cursor.epoch < endEpoch ?? .max { visits.append(order.next()) }
        return visits
    }

    /// Counts and reports an unreadable example, or throws its error when it is one too many.
    private mutating func skip(_ visit: SampleOrder.Visit, _ error: SGCError) throws(SGCError) {
        guard BadSamplePolicy.isUnreadable(error) else { throw error }
        if visit.cursor.epoch != skippedEpoch {
            skippedEpoch = visit.cursor.epoch
            skipped = 0
        }
        // Below `count`, because the fraction is below 1: every epoch has an example that is used.
        let allowed = Int(policy.maximumFraction * Double(order.count))
        guard skipped < allowed else {
            guard allowed > 0 else { throw error }
            throw SGCError(
                error.code,
                "\(error.message) (expected at most \(allowed) unreadable of \(order.count), this is one more)")
        }
        skipped += 1
        policy.report(
            BadSamplePolicy.Skipped(name: source.name(at: visit.index), error: error, countInEpoch: skipped))
    }
}
