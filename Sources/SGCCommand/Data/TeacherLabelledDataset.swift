import SGCBase
import SGCData
import SGCTensor
import SGCTokenizer

/// A dataset whose labels a segmentation gives: computed at the first use of each example, and kept.
///
/// Around it belongs what is drawn by chance (crops, flips), so that an example needs the network once.
struct TeacherLabelledDataset: Dataset {
    private let base: AnyDataset
    private let teacher: Teacher
    private let storage: Storage

    init(_ base: AnyDataset, _ teacher: Teacher) {
        self.base = base
        self.teacher = teacher
        storage = Storage(count: base.count, device: Device(sharing: teacher.device))
    }

    var count: Int { base.count }
    func name(at index: Int) -> String { base.name(at: index) }

    func sample(at index: Int, random: inout RandomSource) throws(SGCError) -> Sample {
        var sample = try base.sample(at: index, random: &random)
        let (width, height) = (sample.image.width, sample.image.height)
        let ids: [UInt16]
        if let kept = storage.kept(index) {
            ids = kept
        } else {
            do throws(SGCError) {
                ids = try storage.labels(of: sample.image, teacher)
            } catch {
                guard error.code == .numeric else { throw error.within(sample.name) }
                Console.note("\(sample.name): without labels: \(error.message)")
                ids = Array(repeating: LabelMap.ignore, count: width * height)
            }
            storage.keep(ids, index)
        }
        sample.labels = try LabelMap(width: width, height: height, ids: ids)
        return sample
    }

    /// A byte for each pixel where that holds the ids, as most do.
    private final class Storage: Sendable {
        private let device: Device
        /// The network takes all threads for one image: other readers wait.
        private let worker = Worker.compute()
        private let narrow: Lock<[[UInt8]?]>
        private let wide: Lock<[Int: [UInt16]]>

        init(count: Int, device: Device) {
            self.device = device
            narrow = Lock(Array(repeating: nil, count: count))
            wide = Lock([:])
        }

        func labels(of image: PixelImage, _ teacher: Teacher) throws(SGCError) -> [UInt16] {
            try worker.run { () throws(SGCError) in
                try teacher.answer(to: image, wantsLabels: true, on: device).labels
            }
        }

        func kept(_ index: Int) -> [UInt16]? {
            if let map = narrow.withLock({ $0[index] }) {
                return map.map { $0 == UInt8.max ? LabelMap.ignore : UInt16($0) }
            }
            return wide.withLock { $0[index] }
        }

        func keep(_ ids: [UInt16], _ index: Int) {
            if ids.allSatisfy({ $0 < UInt16(UInt8.max) || $0 == LabelMap.ignore }) {
                narrow.withLock { $0[index] = ids.map { UInt8(truncatingIfNeeded: $0) } }
            } else {
                wide.withLock { $0[index] = ids }
            }
        }
    }
}
