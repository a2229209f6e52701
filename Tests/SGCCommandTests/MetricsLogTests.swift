import SGCBase
import Testing

@testable import SGCCommand

@Suite("Metrics of a run")
struct MetricsLogTests {
    private func text(_ path: String) throws -> String {
        String(decoding: try File.read(path, limit: 1 << 20), as: UTF8.self)
    }

    @Test("A figure that comes later is a new column, and missing ones are empty")
    func columns() throws {
        let folder = try TemporaryFolder()
        let log = try MetricsLog(directory: folder.path, after: 0)
        try log.add(step: 1, [("loss", 1.5)])
        try log.add(step: 2, [("gan", .infinity), ("loss", .nan)])
        try log.add(step: 3, [("gan", 2)])
        #expect(try text("\(folder.path)/metrics.csv") == "step,loss,gan\n1,1.5,\n2,nan,inf\n3,,2.0\n")
        #expect(
            try text("\(folder.path)/metrics.jsonl")
                == "{\"step\":1,\"loss\":1.5}\n{\"step\":2,\"gan\":null,\"loss\":null}\n{\"step\":3,\"gan\":2.0}\n")
    }

    @Test("What was logged after the checkpoint is dropped on resume, and a line that was cut short")
    func truncation() throws {
        let folder = try TemporaryFolder()
        let log = try MetricsLog(directory: folder.path, after: 0)
        for step in 1...4 { try log.add(step: step, [("loss", Double(step))]) }
        try AppendingFile("\(folder.path)/metrics.csv").append("5,")
        try AppendingFile("\(folder.path)/metrics.jsonl").append("{\"step\":5,\"lo")
        let next = try MetricsLog(directory: folder.path, after: 2)
        try next.add(step: 3, [("loss", 9)])
        #expect(try text("\(folder.path)/metrics.csv") == "step,loss\n1,1.0\n2,2.0\n3,9.0\n")
        #expect(
            try text("\(folder.path)/metrics.jsonl")
                == "{\"step\":1,\"loss\":1.0}\n{\"step\":2,\"loss\":2.0}\n{\"step\":3,\"loss\":9.0}\n")
    }
}
