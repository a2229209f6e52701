import Glibc
import SGCBase

/// The figures of every step in three forms: `metrics.csv`, `metrics.jsonl` and a TensorBoard event file.
final class MetricsLog {
    typealias Row = [(name: String, value: Double)]

    private let directory: String
    private let lines: AppendingFile
    private let events: EventFile
    private var csv: AppendingFile
    /// Of `metrics.csv`, in order; the first is `step`.
    private var columns: [String]

    private static func csvPath(_ directory: String) -> String { "\(directory)/metrics.csv" }
    private static func linesPath(_ directory: String) -> String { "\(directory)/metrics.jsonl" }

    /// Goes on with the logs in `directory` after `step`; what they have of later steps is dropped.
    init(directory: String, after step: Int) throws(SGCError) {
        self.directory = directory
        columns = try Self.truncateCSV(Self.csvPath(directory), after: step)
        try Self.truncateLines(Self.linesPath(directory), after: step)
        csv = try AppendingFile(Self.csvPath(directory))
        lines = try AppendingFile(Self.linesPath(directory))
        events = try EventFile(directory: directory, seconds: Self.wallTime())
    }

    /// Adds the figures of a step; a figure that no earlier step had becomes a new last column of the CSV file.
    func add(step: Int, _ row: Row) throws(SGCError) {
        let row = row.filter { $0.name != "step" }
        let missing = row.map(\.name).filter { !columns.contains($0) }
        if !missing.isEmpty { try widen(by: missing) }
        var fields = [String(step)]
        for column in columns.dropFirst() {
            fields.append(row.first { $0.name == column }.map { Self.text($0.value) } ?? "")
        }
        try csv.append(fields.joined(separator: ",") + "\n")
        var object = JSONObject()
        object["step"] = JSONValue(step)
        for item in row { object[item.name] = .numberOrNull(item.value) }
        try lines.append(try JSONValue.object(object).serialized() + "\n")
        try events.add(step: step, seconds: Self.wallTime(), scalars: row)
    }

    /// Rewrites the CSV file with more columns.
    private func widen(by names: [String]) throws(SGCError) {
        let path = Self.csvPath(directory)
        let rows = columns.isEmpty ? [] : try Self.textLines(path).dropFirst()
        if columns.isEmpty { columns = ["step"] }
        columns += names
        let header = columns.joined(separator: ",")
        let blanks = String(repeating: ",", count: names.count)
        let text = ([header] + rows.map { $0 + blanks }).map { $0 + "\n" }.joined()
        try AtomicFile.write(path, text: text)
        csv = try AppendingFile(path)
    }

    private static func text(_ value: Double) -> String {
        value.isNaN ? "nan" : value.isFinite ? value.description : value > 0 ? "inf" : "-inf"
    }

    /// - Returns: the columns.
    private static func truncateCSV(_ path: String, after step: Int) throws(SGCError) -> [String] {
        guard try File.exists(path) else { return [] }
        let rows = try textLines(path)
        guard let header = rows.first else { return [] }
        let columns = header.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let kept = rows.dropFirst().filter { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            return fields.count == columns.count && Int(fields[0]).map { $0 <= step } ?? false
        }
        try AtomicFile.write(path, text: ([header] + kept).map { $0 + "\n" }.joined())
        return columns
    }

    private static func truncateLines(_ path: String, after step: Int) throws(SGCError) {
        guard try File.exists(path) else { return }
        var kept = ""
        for line in try textLines(path) {
            // A line that a crash cut short is dropped.
            guard let value = try? JSONValue(parsing: line), case .integer(let number)? = value["step"],
                number <= Int64(step)
            else { continue }
            kept += line + "\n"
        }
        try AtomicFile.write(path, text: kept)
    }

    private static func textLines(_ path: String) throws(SGCError) -> [String] {
        let bytes = try File.read(path, limit: 1 << 32)
        return bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func wallTime() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
