import SGCBase
import SGCData

/// A dataset of a kind that is known at run time only.
struct AnyDataset: Dataset {
    private let base: any Dataset

    init(_ base: any Dataset) { self.base = base }

    var count: Int { base.count }
    func name(at index: Int) -> String { base.name(at: index) }

    func sample(at index: Int, random: inout RandomSource) throws(SGCError) -> Sample {
        try base.sample(at: index, random: &random)
    }
}

/// Some of the examples of a dataset.
struct DatasetSelection: Dataset {
    private let base: AnyDataset
    private let indices: [Int]

    /// - Parameter indices: of examples of `base`, at least one.
    init(_ base: AnyDataset, indices: [Int]) {
        self.base = base
        self.indices = indices
    }

    var count: Int { indices.count }
    func name(at index: Int) -> String { base.name(at: indices[index]) }

    func sample(at index: Int, random: inout RandomSource) throws(SGCError) -> Sample {
        try base.sample(at: indices[index], random: &random)
    }
}

/// A dataset without its labels.
struct UnlabelledDataset: Dataset {
    private let base: AnyDataset

    init(_ base: AnyDataset) { self.base = base }

    var count: Int { base.count }
    func name(at index: Int) -> String { base.name(at: index) }

    func sample(at index: Int, random: inout RandomSource) throws(SGCError) -> Sample {
        var sample = try base.sample(at: index, random: &random)
        sample.labels = nil
        return sample
    }
}

/// A dataset whose examples stay in memory after their first use.
///
/// For examples that need no random numbers: what is drawn (crops, flips) belongs around it.
struct CachedDataset: Dataset {
    private let base: AnyDataset
    private let storage: Storage

    init(_ base: AnyDataset) {
        self.base = base
        storage = Storage(count: base.count)
    }

    var count: Int { base.count }
    func name(at index: Int) -> String { base.name(at: index) }

    func sample(at index: Int, random: inout RandomSource) throws(SGCError) -> Sample {
        if let kept = storage.samples.withLock({ $0[index] }) { return kept }
        let sample = try base.sample(at: index, random: &random)
        storage.samples.withLock { $0[index] = sample }
        return sample
    }

    private final class Storage: Sendable {
        let samples: Lock<[Sample?]>

        init(count: Int) { samples = Lock(Array(repeating: nil, count: count)) }
    }
}
