import SGCBase

/// What was measured while a run went on: one series of numbers for each figure.
struct TrainingHistory: Sendable, Equatable {
    /// A figure over the steps.
    struct Series: Sendable, Equatable {
        let name: String
        fileprivate(set) var steps: [Double] = []
        fileprivate(set) var values: [Double] = []
    }

    /// In the order in which the figures first came.
    private(set) var series: [Series] = []

    init() {}

    /// Adds the figures of a step; those that are not finite are left out.
    mutating func add(step: Int, _ row: [(name: String, value: Double)]) {
        for item in row where item.name != "step" && item.value.isFinite {
            let known = series.firstIndex { $0.name == item.name }
            if known == nil { series.append(Series(name: item.name)) }
            let index = known ?? series.count - 1
            series[index].steps.append(Double(step))
            series[index].values.append(item.value)
        }
    }

    /// Reads the lines of a run's `metrics.jsonl`: an object with a `step` on each.
    ///
    /// - Throws: `.format` for a line that is not such an object, with its number.
    init(jsonLines: String) throws(SGCError) {
        for (number, line) in jsonLines.split(whereSeparator: \.isNewline).enumerated() {
            let value: JSONValue
            do throws(SGCError) {
                value = try JSONValue(parsing: String(line))
            } catch {
                throw error.within("metrics, line \(number + 1)")
            }
            guard case .object(let object) = value, case .integer(let step)? = object["step"] else {
                throw SGCError(
                    .format, "metrics, line \(number + 1): expected an object with a step, got \(value.summary)")
            }
            add(step: Int(step), object.members.compactMap { member in member.value.asDouble.map { (member.key, $0) } })
        }
    }

    subscript(name: String) -> Series? { series.first { $0.name == name } }
}

extension TrainingHistory.Series {
    /// At most `count` points: means of equally many neighbours.
    func reduced(to count: Int) -> (steps: [Double], values: [Double]) {
        guard values.count > count, count > 0 else { return (steps, values) }
        var result: (steps: [Double], values: [Double]) = ([], [])
        for bucket in 0..<count {
            let range = bucket * values.count / count..<(bucket + 1) * values.count / count
            result.steps.append(steps[range].reduce(0, +) / Double(range.count))
            result.values.append(values[range].reduce(0, +) / Double(range.count))
        }
        return result
    }
}

extension JSONValue {
    /// The number, where this is one.
    var asDouble: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
