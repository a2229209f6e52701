import SGCBase
import Testing

@testable import SGCABI

private final class Thing: HandleObject {
    static let kind = HandleKind.tokenizer
    let onEnd: @Sendable () -> Void
    init(onEnd: @escaping @Sendable () -> Void = {}) { self.onEnd = onEnd }
    deinit { onEnd() }
}

private final class Other: HandleObject {
    static let kind = HandleKind.trainer
}

@Suite
struct HandleTableTests {
    private func isRefused(_ handle: UInt64, by table: HandleTable) -> Bool {
        do throws(SGCError) {
            _ = try table.object(handle, as: Thing.self)
            return false
        } catch {
            return error.code == .handle
        }
    }

    @Test("a handle finds its object, and only under its own type")
    func typed() throws {
        var table = HandleTable()
        let (thing, other) = (Thing(), Other())
        let (first, second) = try (table.insert(thing), table.insert(other))
        #expect(try table.object(first, as: Thing.self) === thing)
        #expect(try table.object(second, as: Other.self) === other)
        #expect(isRefused(second, by: table))
        #expect(first >> 48 == 0x5A01 && second >> 48 == 0x5A02)
    }

    @Test("freed, truncated, neighbouring and made-up values are refused")
    func strangers() throws {
        var table = HandleTable()
        let handles = try (0..<10).map { _ in try table.insert(Thing()) }
        for handle in handles {
            for wrong in [0, handle & 0xFFFF_FFFF, handle + 1, handle - 1, handle ^ 1 << 47, handle << 16, ~handle] {
                #expect(isRefused(wrong, by: table))
            }
        }
        var random = RandomSource(seed: 5)
        for _ in 0..<100_000 where !isRefused(random.next(), by: table) {
            Issue.record("a random value was accepted")
        }
        _ = try table.remove(handles[3], as: Thing.self)
        #expect(isRefused(handles[3], by: table))
        #expect(table.count == 9)
    }

    @Test("a slot that is used again does not bring an old handle back")
    func reuse() throws {
        var table = HandleTable()
        var last: UInt64 = 0
        for _ in 0..<100_000 {
            let handle = try table.insert(Thing())
            #expect(handle != last)
            #expect(isRefused(last, by: table))
            _ = try table.remove(handle, as: Thing.self)
            last = handle
        }
        #expect(table.count == 0)
    }

    @Test("no more than 65,536 are alive at once")
    func full() throws {
        var table = HandleTable()
        for _ in 0..<65_536 { _ = try table.insert(Thing()) }
        #expect { try table.insert(Thing()) } throws: { ($0 as? SGCError)?.code == .limit }
    }

    @Test("an object lives until its handle and the calls on it are gone")
    func lifetime() throws {
        let ended = Lock(false)
        var table = HandleTable()
        let handle = try table.insert(Thing { ended.withLock { $0 = true } })
        var inUse: Thing? = try table.object(handle, as: Thing.self)
        _ = try table.remove(handle, as: Thing.self)
        #expect(!ended.withLock { $0 })
        #expect(inUse != nil)
        inUse = nil
        #expect(ended.withLock { $0 })
    }
}
