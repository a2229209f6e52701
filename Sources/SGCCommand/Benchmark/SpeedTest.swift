import SGCBase
import SGCTensor

/// How fast one kind of work is on this machine.
struct SpeedTest {
    let part: Workload.Part
    /// Of each call after the first.
    let seconds: [Double]
    /// The most bytes of tensors at once, weights included.
    let peakBytes: Int
    /// What the operations of all timed calls took, the longest first; empty when nobody asked.
    let operations: [OperationTimes.Entry]

    /// Calls once to warm up, then for about `budget` seconds, three times at least.
    init(_ part: Workload.Part, times: OperationTimes?, budget: Double) throws(SGCError) {
        self.part = part
        try part.run()
        part.device.memory.resetPeak()
        _ = times?.take()
        var seconds: [Double] = []
        let end = monotonicSeconds() + budget
        while seconds.count < 3 || monotonicSeconds() < end {
            try Interruption.cancellation.check()
            let began = monotonicSeconds()
            try part.run()
            seconds.append(monotonicSeconds() - began)
        }
        self.seconds = seconds
        peakBytes = part.device.memory.peakBytes
        operations = times?.take() ?? []
    }

    var median: Double { seconds.sorted()[seconds.count / 2] }

    /// Billions of floating-point operations per second.
    var rate: Double { part.operations / 1e9 / max(1e-9, median) }

    private var total: Double { seconds.reduce(0, +) }

    /// What was spent outside of operations: pixels, handing work to threads, memory, Swift.
    private var rest: Double { max(0, total - operations.reduce(0) { $0 + $1.seconds }) }

    var json: JSONValue {
        var object = JSONObject()
        object["images"] = JSONValue(part.images)
        object["seconds"] = .number(median)
        object["fastest_seconds"] = .number(seconds.min() ?? median)
        object["calls"] = JSONValue(seconds.count)
        object["images_per_second"] = .number(Double(part.images) / max(1e-9, median))
        object["gflop"] = .number(part.operations / 1e9)
        object["gflop_per_second"] = .number(rate)
        object["peak_memory_bytes"] = JSONValue(peakBytes)
        if !operations.isEmpty {
            let calls = Double(seconds.count)
            object["operations"] = .array(
                operations.map {
                    [
                        "name": .string($0.name), "calls": .number(Double($0.calls) / calls),
                        "seconds": .number($0.seconds / calls),
                    ]
                })
            object["other_seconds"] = .number(rest / calls)
        }
        return .object(object)
    }

    var text: String {
        let images = part.images == 1 ? "image" : "\(part.images) images"
        let perSecond = Double(part.images) / max(1e-9, median)
        let summary =
            "\(compact(median * 1e3)) ms for one \(images), \(compact(perSecond)) images/s, "
            + "\(compact(rate)) GFLOP/s, \(byteText(Double(peakBytes)))"
        return table([(part.name, summary)]) + profile
    }

    /// The operations' shares; what takes less than a thousandth is not worth a line.
    private var profile: String {
        guard !operations.isEmpty else { return "" }
        let calls = Double(seconds.count)
        let shown = operations.filter { $0.seconds >= 0.001 * total }
        func line(_ name: String, _ seconds: Double, _ note: String) -> (String, String) {
            (
                "  \(name)",
                "\(fixed(100 * seconds / max(1e-9, total), 1)) %, \(compact(seconds / calls * 1e3)) ms\(note)"
            )
        }
        let rows = shown.map { line($0.name, $0.seconds, ", \(compact(Double($0.calls) / calls)) calls") }
        return table(rows + [line("outside of operations", rest, "")])
    }
}
