import Glibc
import SGCBase
import Testing

/// How many threads this process has, from the kernel's own count.
private func threadCount() -> Int {
    guard let folder = unsafe opendir("/proc/self/task") else { return -1 }
    defer { unsafe closedir(folder) }
    var count = -2  // "." and ".."
    while unsafe readdir(folder) != nil { count += 1 }
    return count
}

/// Runs `body` on `count` threads of the host and waits for all of them.
private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    final class Start: Sendable {
        let index: Int
        let body: @Sendable (Int) -> Void
        init(_ index: Int, _ body: @escaping @Sendable (Int) -> Void) {
            self.index = index
            self.body = body
        }
    }
    var threads: [pthread_t] = []
    for index in 0..<count {
        var thread = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(index, body)).toOpaque()
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                if let argument = unsafe argument {
                    let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                    start.body(start.index)
                }
                return nil
            }, start)
        #expect(code == 0)
        threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
}

// Serialized: some tests count the threads of the process.
@Suite(.serialized)
struct WorkerTests {
    @Test("returns what the closure returns, from another thread")
    func value() throws {
        let worker = Worker()
        let host = pthread_self()
        let (answer, thread) = try worker.run { () throws(SGCError) in (42, pthread_self()) }
        #expect(answer == 42)
        #expect(pthread_equal(host, thread) == 0)
    }

    @Test("throws what the closure throws, and works on afterwards")
    func errors() throws {
        let worker = Worker()
        let problem = SGCError(.range, "token 9 of 8")
        #expect(throws: problem) {
            try worker.run { () throws(SGCError) in throw problem }
        }
        #expect(try worker.run { () throws(SGCError) in 1 } == 1)
    }

    @Test("a call from the worker's own thread runs at once")
    func reentrant() throws {
        let worker = Worker()
        let nested = try worker.run { () throws(SGCError) in
            try worker.run { () throws(SGCError) in 7 }
        }
        #expect(nested == 7)
    }

    @Test("16 callers are served one at a time, each with its own result")
    func manyCallers() {
        let worker = Worker()
        let results = Lock([Int](repeating: -1, count: 16))
        let log = Lock([Int]())
        onThreads(16) { index in
            for round in 0..<200 {
                let result = try? worker.run { () throws(SGCError) in
                    // Not atomic on purpose: one at a time, no addition is lost.
                    let before = log.withLock { $0.count }
                    log.withLock { $0.append(index) }
                    return log.withLock { $0.count } == before + 1 ? round : -1000
                }
                results.withLock { $0[index] += result == round ? 1 : -1000 }
            }
        }
        #expect(results.withLock { $0 } == [Int](repeating: 199, count: 16))
        #expect(log.withLock { $0.count } == 3200)
    }

    @Test("the thread blocks signals and has the default floating-point environment")
    func surroundings() throws {
        fesetround(FE_UPWARD)
        defer { fesetround(FE_TONEAREST) }
        let worker = Worker()
        let (blocked, rounding) = try worker.run { () throws(SGCError) in
            var mask = sigset_t()
            unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
            let blocked = [SIGINT, SIGTERM, SIGALRM, SIGUSR1].allSatisfy { unsafe sigismember(&mask, $0) == 1 }
            return (blocked, fegetround())
        }
        #expect(blocked)
        #expect(rounding == FE_TONEAREST)
    }

    @Test("10,000 workers come and go without leaving a thread")
    func cycles() throws {
        let before = threadCount()
        for i in 0..<10_000 {
            #expect(try Worker().run { () throws(SGCError) in i } == i)
        }
        // A joined thread leaves the kernel's list a moment after pthread_join returns; other tests run threads, too.
        var after = threadCount()
        for _ in 0..<100 where after > before + 8 {
            usleep(10_000)
            after = threadCount()
        }
        #expect(after <= before + 8)
    }

    @Test("a worker may be let go on another worker's thread")
    func lastOwner() throws {
        final class Owner: @unchecked Sendable { var worker: Worker? = Worker() }
        let owner = Owner()
        #expect(try owner.worker?.run { () throws(SGCError) in 1 } == 1)
        let other = Worker()
        #expect(
            try other.run { () throws(SGCError) in
                owner.worker = nil
                return 2
            } == 2)
    }

    @Test("idling begins after a call that no other follows, and ends before the thread does")
    func idling() throws {
        let log = Lock([(event: String, thread: pthread_t)]())
        let note: @Sendable (String) -> Void = { event in log.withLock { $0.append((event, pthread_self())) } }
        do {
            let worker = Worker(idling: Worker.Idling(begin: { note("begin") }, end: { note("end") }))
            for _ in 0..<3 {
                try worker.run { () throws(SGCError) in note("call") }
            }
        }
        let (events, threads) = log.withLock { log in (log.map(\.event), log.map(\.thread)) }
        // The next call may come before the worker sees that there was none.
        #expect(events.filter { $0 == "call" }.count == 3)
        #expect(events.first == "call" && events.suffix(2) == ["begin", "end"])
        #expect(threads.allSatisfy { pthread_equal($0, threads[0]) != 0 })
    }
}
