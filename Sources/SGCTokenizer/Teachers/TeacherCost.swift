package import SGCBase
import SGCONNX
import SGCTensor

/// What one run of a network takes, counted while it runs.
///
/// A multiplication with its addition counts as two operations, in convolutions and products of matrices; norms,
/// activations and additions, a few percent of a network's time, are not counted.
package struct TeacherCost: Sendable {
    /// A value inside the network.
    package struct Tap: Sendable {
        package let name: String
        /// The operator that computes it.
        package let op: String
        package let shape: [Int]
    }

    /// Floating-point operations by operator, the largest first; only operators that have any.
    package let operations: [(op: String, count: Double)]
    /// Every value that nodes compute, in the order of computation.
    package let taps: [Tap]

    package var total: Double { operations.reduce(0) { $0 + $1.count } }
}

extension Teacher {
    /// Counts what a run on one image of this size takes.
    ///
    /// - Throws: what the operators throw.
    package func cost(height: Int, width: Int) throws(SGCError) -> TeacherCost {
        var options = options
        options.precision = .float32
        options.fuses = false
        let program = try loaded.program(computing: program.outputs.map(\.name), options: options)
        var counts: [String: Double] = [:]
        var taps: [TeacherCost.Tap] = []
        _ = try program.run(sampleInputs(height: height, width: width)) { node, operations, outputs in
            if operations > 0 { counts[node.op, default: 0] += operations }
            for (name, shape) in zip(node.outputs, outputs) where !name.isEmpty {
                taps.append(TeacherCost.Tap(name: name, op: node.op, shape: shape.dimensions))
            }
        }
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return TeacherCost(operations: sorted.map { ($0.key, $0.value) }, taps: taps)
    }

    /// Runs the network once on a made-up input.
    ///
    /// - Returns: seconds by operator, the largest first. What fusion made has names of its own (`Linear`, `Attention`).
    package func rehearse(height: Int, width: Int) throws(SGCError) -> [(op: String, seconds: Double)] {
        var times: [String: Double] = [:]
        let inputs = try sampleInputs(height: height, width: width)
        var last = monotonicSeconds()
        _ = try program.run(inputs) { node, _, _ in
            let now = monotonicSeconds()
            times[node.op, default: 0] += now - last
            last = now
        }
        return times.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }

    /// Zeros of the declared shapes: one of what may vary, but images of this size and texts of 16 tokens.
    private func sampleInputs(height: Int, width: Int) throws(SGCError) -> [String: Value] {
        let size = networkSize(height: height, width: width)
        var values: [String: Value] = [:]
        for info in program.inputs {
            let declared = info.shape ?? []
            let extents = declared.enumerated().map { axis, extent -> Int in
                if case .fixed(let count) = extent { return count }
                switch (declared.count, axis) {
                case (4, 1): return 3
                case (4, 2): return size.height
                case (4, 3): return size.width
                case (2, 1): return 16
                default: return 1
                }
            }
            let shape = try Shape(extents)
            values[info.name] =
                info.type == .float32
                ? .device(GraphTensor(try .zeros(shape, on: loaded.device)))
                : .host(
                    info.type.isReal
                        ? try HostArray(reals: Array(repeating: 0, count: shape.count), type: info.type, shape: shape)
                        : try HostArray(
                            integers: Array(repeating: 0, count: shape.count), type: info.type, shape: shape))
        }
        return values
    }
}
