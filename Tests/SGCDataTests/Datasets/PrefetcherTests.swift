import Glibc
import SGCBase
import Testing

@testable import SGCData

@Suite("Reading batches")
struct PrefetcherTests {
    private let damaged = SGCError(.checksum, "damaged")

    private func reader(
        _ set: NumberedDataset, batchSize: Int, epochs: Int? = nil, isShuffled: Bool = false,
        from cursor: DataCursor = DataCursor(), threads: Int = 1, policy: BadSamplePolicy = .strict
    ) throws -> BatchReader<NumberedDataset> {
        let order = try SampleOrder(
            count: set.count, random: RandomSource(seed: 4), isShuffled: isShuffled, from: cursor)
        return try BatchReader(
            set, order: order, batchSize: batchSize, epochs: epochs, threads: threads, policy: policy)
    }

    private func numbers(_ batch: Batch?) -> [Int]? { batch?.samples.map { Int($0.image.pixels[0]) } }

    @Test("Batches run across epochs, or end with them")
    func batches() throws {
        var endless = try reader(NumberedDataset(count: 5), batchSize: 3)
        #expect(
            try (0..<4).map { _ in numbers(try endless.next()) } == [[0, 1, 2], [3, 4, 0], [1, 2, 3], [4, 0, 1]])
        var once = try reader(NumberedDataset(count: 5), batchSize: 3, epochs: 1)
        #expect(try (0..<4).map { _ in numbers(try once.next()) } == [[0, 1, 2], [3, 4], nil, nil])
    }

    @Test("The prefetcher delivers what the reader reads, in order, whoever is slow")
    func order() throws {
        var slow = NumberedDataset(count: 40)
        slow.microseconds = { $0 % 7 == 0 ? 3_000 : 0 }
        for depth in [1, 2, 5] {
            var plain = try reader(slow, batchSize: 3, epochs: 2, isShuffled: true)
            let ahead = try Prefetcher(try reader(slow, batchSize: 3, epochs: 2, isShuffled: true), depth: depth)
            var count = 0
            while let batch = try ahead.next() {
                #expect(batch == (try plain.next()))
                if count % 5 == 0 { usleep(4_000) }
                count += 1
            }
            #expect(count == 27)
            #expect(try plain.next() == nil)
            #expect(try ahead.next() == nil)
        }
    }

    @Test("Several threads give the batches of one, skip the same examples, and fail at the same one")
    func threads() throws {
        let log = Lock<[[String]]>([])
        func batches(threads: Int, failures: [Int: SGCError]) throws -> ([Batch], SGCError?) {
            log.withLock { $0.append([]) }
            let policy = try BadSamplePolicy(maximumFraction: 0.1) { skipped in
                log.withLock { $0[$0.count - 1].append("\(skipped.name) \(skipped.countInEpoch)") }
            }
            var set = NumberedDataset(count: 40, failures: failures)
            set.microseconds = { UInt32($0 * 37 % 11) * 100 }
            var reads = try reader(
                set, batchSize: 7, epochs: 3, isShuffled: true, threads: threads, policy: policy)
            var all: [Batch] = []
            do {
                while let batch = try reads.next() { all.append(batch) }
                return (all, nil)
            } catch {
                return (all, error)
            }
        }
        let cases: [[Int: SGCError]] = [
            [:], [3: damaged, 11: damaged, 30: damaged], [9: SGCError(.range, "wrong")],
        ]
        for failures in cases {
            let alone = try batches(threads: 1, failures: failures)
            let together = try batches(threads: 5, failures: failures)
            #expect(alone.0 == together.0)
            #expect(alone.1 == together.1)
            let skipped = log.withLock { $0.suffix(2) }
            #expect(skipped.first == skipped.last)
            #expect(skipped.first?.count == (failures.count == 3 ? 9 : 0))
        }
    }

    @Test("Going on from a batch's cursor yields the same batches, crops and all")
    func resume() throws {
        let set = NumberedDataset(count: 11)
        let whole = try Prefetcher(try reader(set, batchSize: 4, isShuffled: true))
        var cursor = DataCursor()
        for _ in 0..<9 {
            let expected = try #require(try whole.next())
            let resumed = try Prefetcher(try reader(set, batchSize: 4, isShuffled: true, from: cursor))
            #expect(try resumed.next() == expected)
            cursor = expected.next
        }
        #expect(cursor == DataCursor(epoch: 3, position: 3))
    }

    @Test("An error comes in its place, after the batches before it, and stays")
    func errors() throws {
        let set = NumberedDataset(count: 20, failures: [7: damaged])
        let ahead = try Prefetcher(try reader(set, batchSize: 3), depth: 4)
        usleep(20_000)
        #expect(numbers(try ahead.next()) == [0, 1, 2])
        #expect(numbers(try ahead.next()) == [3, 4, 5])
        for _ in 0..<2 { #expect(try failure { _ = try ahead.next() } == damaged) }
    }

    @Test("Unreadable examples are skipped and reported up to the allowed share of an epoch")
    func skipping() throws {
        let log = Lock<[BadSamplePolicy.Skipped]>([])
        let policy = try BadSamplePolicy(maximumFraction: 0.21) { skipped in log.withLock { $0.append(skipped) } }
        let two = NumberedDataset(count: 10, failures: [1: damaged, 4: damaged])
        var reads = try reader(two, batchSize: 4, epochs: 2, policy: policy)
        var all: [Int] = []
        while let batch = try reads.next() { all += numbers(batch) ?? [] }
        #expect(all == [0, 2, 3, 5, 6, 7, 8, 9, 0, 2, 3, 5, 6, 7, 8, 9])
        let skipped = log.withLock { $0 }
        #expect(skipped.map(\.name) == ["example 1", "example 4", "example 1", "example 4"])
        #expect(skipped.map(\.countInEpoch) == [1, 2, 1, 2])
        #expect(skipped[0].error == damaged)

        let three = NumberedDataset(count: 10, failures: [1: damaged, 4: damaged, 5: damaged])
        var tooMany = try reader(three, batchSize: 10, policy: policy)
        let error = try failure { _ = try tooMany.next() }
        #expect(error.code == .checksum)
        #expect(error.message.contains("at most 2 unreadable of 10"))
    }

    @Test(
        "What is wrong with the task and not with a file is never skipped", arguments: [SGCError.Code.range, .mismatch])
    func notSkipped(code: SGCError.Code) throws {
        let policy = try BadSamplePolicy(maximumFraction: 0.9) { _ in }
        let set = NumberedDataset(count: 10, failures: [0: SGCError(code, "wrong")])
        var reads = try reader(set, batchSize: 2, policy: policy)
        #expect(try failure { _ = try reads.next() }.code == code)
    }

    @Test("Arguments that cannot be are errors")
    func bad() throws {
        let set = NumberedDataset(count: 3)
        #expect(try failure { _ = try reader(set, batchSize: 0) }.code == .argument)
        #expect(try failure { _ = try Prefetcher(try reader(set, batchSize: 1), depth: 0) }.code == .argument)
        let order = try SampleOrder(count: 4, random: RandomSource(seed: 4))
        #expect(try failure { _ = try BatchReader(set, order: order, batchSize: 1) }.code == .argument)
        for fraction in [-0.1, 1, .nan] {
            #expect(try failure { _ = try BadSamplePolicy(maximumFraction: fraction) { _ in } }.code == .argument)
        }
    }

    @Test("A prefetcher that nobody reads from ends at once, with its thread")
    func ends() throws {
        let before = threadCount()
        for i in 0..<50 {
            var set = NumberedDataset(count: 100)
            set.microseconds = { _ in UInt32(i % 3) * 500 }
            _ = try Prefetcher(try reader(set, batchSize: 2))
        }
        // Other tests start threads, too; fifty left over would show.
        #expect(threadCount() < before + 40)
    }

    @Test("It reads ahead as far as its depth, and one batch more")
    func ahead() throws {
        let reads = Lock(0)
        var set = NumberedDataset(count: 100)
        set.microseconds = { _ in
            reads.withLock { $0 += 1 }
            return 0
        }
        let ahead = try Prefetcher(try reader(set, batchSize: 5), depth: 2)
        for _ in 0..<400 where reads.withLock({ $0 }) < 15 { usleep(5_000) }
        usleep(20_000)
        #expect(reads.withLock { $0 } == 15)
        _ = try ahead.next()
        for _ in 0..<400 where reads.withLock({ $0 }) < 20 { usleep(5_000) }
        #expect(reads.withLock { $0 } == 20)
    }

    @Test("The wait is measured: nearly all for slow data, little for data that is ready")
    func wait() throws {
        var slow = NumberedDataset(count: 100)
        slow.microseconds = { _ in 10_000 }
        let starved = try Prefetcher(try reader(slow, batchSize: 1))
        #expect(starved.wait == Prefetcher.Wait())
        for _ in 0..<10 { _ = try starved.next() }
        #expect(starved.wait.waited > 0.06)
        #expect(starved.wait.share > 0.5)
        let fed = try Prefetcher(try reader(NumberedDataset(count: 100), batchSize: 1))
        for _ in 0..<10 {
            _ = try fed.next()
            usleep(10_000)
        }
        #expect(fed.wait.elapsed > 0.1)
        #expect(fed.wait.share < 0.5)
    }

    @Test("The reading thread takes no signals")
    func signals() throws {
        let masks = Lock<[Bool]>([])
        var set = NumberedDataset(count: 4)
        set.microseconds = { _ in
            var mask = sigset_t()
            unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
            let blocked = [SIGINT, SIGTERM, SIGUSR1, SIGCHLD].map { unsafe sigismember(&mask, $0) == 1 }
            masks.withLock { $0 += blocked }
            return 0
        }
        var open = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&open)
        unsafe pthread_sigmask(SIG_SETMASK, &open, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        let ahead = try Prefetcher(try reader(set, batchSize: 4, epochs: 1))
        _ = try ahead.next()
        #expect(masks.withLock { $0 } == [Bool](repeating: true, count: 16))
        var own = sigset_t()
        unsafe pthread_sigmask(SIG_BLOCK, nil, &own)
        #expect(unsafe sigismember(&own, SIGUSR1) == 0, "the mask of the thread that starts it is as before")
    }

    @Test("A forked child gets an error and can drop the prefetcher")
    func fork() throws {
        typealias Fork = @convention(c) () -> pid_t
        // Swift hides fork; the child below calls nothing but the prefetcher and _exit.
        let symbol = unsafe try #require(dlsym(nil, "fork"))
        let fork = unsafe unsafeBitCast(symbol, to: Fork.self)
        var ahead: Prefetcher? = try Prefetcher(try reader(NumberedDataset(count: 9), batchSize: 2))
        _ = try ahead?.next()
        let child = fork()
        if child == 0 {
            alarm(20)
            var code: SGCError.Code? = nil
            do { _ = try ahead?.next() } catch { code = error.code }
            ahead = nil
            _exit(code == .forked ? 42 : 1)
        }
        var status: Int32 = 0
        #expect(unsafe waitpid(child, &status, 0) == child)
        #expect(status == 42 << 8)
        #expect(numbers(try ahead?.next()) == [2, 3])
    }

    @Test("A folder of files, prepared and prefetched, from a seed")
    func wholeWay() throws {
        let folder = try TemporaryFolder()
        for i in 0..<6 {
            try folder.write("images/\(i).png", gradient(width: 20, height: 12, mark: UInt8(i)))
            try folder.write(
                "labels/\(i).png", LabelMap(width: 20, height: 12, ids: [UInt16](repeating: UInt16(i), count: 240)))
        }
        let files = try ImageFolder(
            "\(folder.path)/images", labels: "\(folder.path)/labels", rules: LabelRules(classCount: 6))
        let set = PreparedDataset(files, try SamplePreparation(width: 8, height: 8, crop: .random, flip: true))
        let order = try SampleOrder(count: 6, random: RandomSource(seed: 8))
        let runs = try (0..<2).map { _ in
            let ahead = try Prefetcher(BatchReader(set, order: order, batchSize: 4, epochs: 2))
            return try (0..<3).compactMap { _ in try ahead.next() }
        }
        #expect(runs[0] == runs[1])
        for sample in runs[0].flatMap(\.samples) {
            let marks = stride(from: 2, to: sample.image.pixels.count, by: 3).map { UInt16(sample.image.pixels[$0]) }
            #expect(marks == (try #require(sample.labels)).ids)
        }
        // A file that breaks meanwhile is an error that names it.
        try folder.write("images/3.png", [0x89, 0x50])
        let broken = try Prefetcher(BatchReader(set, order: order, batchSize: 6, epochs: 1))
        let error = try failure { _ = try broken.next() }
        #expect(error.code == .truncated)
        #expect(error.message.contains("images/3.png"))
    }

    /// How many threads this process has.
    private func threadCount() -> Int {
        guard let folder = unsafe opendir("/proc/self/task") else { return 0 }
        defer { unsafe closedir(folder) }
        var count = -2
        while unsafe readdir(folder) != nil { count += 1 }
        return count
    }
}
