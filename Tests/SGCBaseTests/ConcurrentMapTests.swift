import Glibc
import SGCBase
import Testing

@Suite("Concurrent map")
struct ConcurrentMapTests {
    @Test("Results and errors come in the order of the elements", arguments: [0, 1, 3, 64])
    func order(threads: Int) throws {
        let results = concurrentMap(Array(0..<20), threads: threads) { element throws(SGCError) in
            guard element % 7 != 3 else { throw SGCError(.range, "\(element)") }
            usleep(UInt32(20 - element) * 100)
            return element * element
        }
        #expect(results.count == 20)
        for (element, result) in results.enumerated() {
            switch result {
            case .success(let square):
                #expect(square == element * element)
                #expect(element % 7 != 3)
            case .failure(let error): #expect(element % 7 == 3 && error.message == "\(element)")
            }
        }
        #expect(concurrentMap([Int](), threads: threads) { $0 }.isEmpty)
    }

    @Test("As many are computed at the same time as there are threads, and no more")
    func together() throws {
        let running = Lock((now: 0, most: 0))
        let results = concurrentMap(Array(0..<12), threads: 3) { element throws(SGCError) in
            running.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            // The first three meet; each waits until the others are here.
            if element < 3 { for _ in 0..<5_000 where running.withLock({ $0.most }) < 3 { usleep(1_000) } }
            running.withLock { $0.now -= 1 }
            return element
        }
        #expect(try results.map { try $0.get() } == Array(0..<12))
        #expect(running.withLock { $0.most } == 3)
    }
}
