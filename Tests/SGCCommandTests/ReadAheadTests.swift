import SGCBase
import SGCData
import SGCTensor
import Testing

@testable import SGCCommand

@Suite("Reading ahead")
struct ReadAheadTests {
    @Test("Every example comes once and in its order, however many threads read", arguments: [1, 2, 5, 16])
    func order(threads: Int) throws {
        let device = Device(backend: CPUBackend(), threads: threads)
        #expect(device.readers == max(1, threads / 2))
        let scenes = try SceneDataset(SceneSet(seed: 5, width: 16, height: 8), count: 11)
        var seen: [Sample] = []
        try scenes.forEach(beside: device) { seen.append($0) }
        #expect(seen.map(\.name) == (0..<11).map { scenes.name(at: $0) })
        var random = RandomSource(seed: 1)
        #expect(try seen.last == scenes.sample(at: 10, random: &random))
    }

    @Test("What the caller throws ends it, and a file that is missing is named")
    func errors() throws {
        let device = Device(backend: CPUBackend(), threads: 4)
        let scenes = try SceneDataset(SceneSet(seed: 5, width: 16, height: 8), count: 11)
        var count = 0
        let own = try failure {
            try scenes.forEach(beside: device) { _ throws(SGCError) in
                count += 1
                if count == 4 { throw SGCError(.cancelled, "enough") }
            }
        }
        #expect(count == 4 && own.message == "enough")
        let missing = ImageFiles(paths: ["/nonexistent/a.png"])
        #expect(try failure { try missing.forEach(beside: device) { _ in } }.message.contains("/nonexistent/a.png"))
    }
}
