package import SGCBase
import SGCTensor

/// Named parameters in safetensors files, float32, each with its digest.
package enum WeightsFile {
    /// A parameter under the name it has in the file.
    package struct Entry {
        package let name: String
        package let parameter: Parameter

        package init(_ name: String, _ parameter: Parameter) {
            self.name = name
            self.parameter = parameter
        }
    }

    /// Writes the parameters atomically.
    ///
    /// - Throws: `.io`; see ``SafetensorsWriter``.
    package static func write(
        _ entries: [Entry], to path: String, metadata: [(key: String, value: String)] = []
    ) throws(SGCError) {
        try unsafe SafetensorsWriter.write(path, tensors: try described(entries), metadata: metadata) {
            (index, sink) throws(SGCError) in
            try unsafe entries[index].parameter.value.withBytes { (bytes) throws(SGCError) in try unsafe sink(bytes) }
        }
    }

    /// Reads every parameter from the file, which must hold exactly these, several at a time. After an error what they
    /// hold is undefined.
    ///
    /// - Throws: `.mismatch` naming missing and surplus tensors, `.checksum`, `.numeric`, `.truncated`, `.io`.
    package static func read(_ entries: [Entry], from path: String) throws(SGCError) {
        let file = try SafetensorsFile(path: path)
        try file.require(try described(entries), anyFloat: true)
        let stored = entries.map { file.tensor($0.name)?.type }
        for (entry, type) in zip(entries, stored) where type != .float32 {
            guard type == .bfloat16 else {
                throw SGCError(
                    .unsupported,
                    "\(path): expected F32 or BF16 for \(entry.name), got \(type?.rawValue ?? "nothing")")
            }
            let value = try Tensor(uninitialized: entry.parameter.shape, .bfloat16, on: entry.parameter.value.device)
            try unsafe value.withMutableBytes { (bytes) throws(SGCError) in
                try unsafe file.read(entry.name, into: bytes)
            }
            try entry.parameter.assign(value.cast(to: .float32))
        }
        try readTogether(zip(entries, stored).filter { $0.1 == .float32 }.map(\.0), from: file)
    }

    /// Reads float32 tensors into the parameters' own memory, on as many threads as their device has: what takes the time
    /// is checking them.
    private static func readTogether(_ entries: [Entry], from file: SafetensorsFile) throws(SGCError) {
        for entry in entries { try entry.parameter.discardValues() }
        let failure = FirstFailure()
        let parts = shares(of: entries, count: entries.first?.parameter.value.device.threads ?? 1)
        parallelFor(parts.count, grain: 1, threads: parts.count) { range in
            for index in range.flatMap({ parts[$0] }) where !isExiting() {
                do throws(SGCError) {
                    try unsafe entries[index].parameter.value.withMutableBytes { (bytes) throws(SGCError) in
                        try unsafe file.read(entries[index].name, into: bytes)
                    }
                } catch {
                    return failure.note(error, at: index)
                }
            }
        }
        stopAtExit()
        for entry in entries { entry.parameter.value.forgetPacking() }
        if let error = failure.error { throw error }
    }

    /// The entries in order, split into ranges of about equally many numbers.
    private static func shares(of entries: [Entry], count: Int) -> [Range<Int>] {
        let total = entries.reduce(0) { $0 + $1.parameter.shape.count }
        var shares: [Range<Int>] = []
        var (start, sum) = (0, 0)
        for (index, entry) in entries.enumerated() {
            sum += entry.parameter.shape.count
            let isFull = shares.count < count - 1 && sum * count >= total * (shares.count + 1)
            guard isFull || index == entries.count - 1 else { continue }
            shares.append(start..<index + 1)
            start = index + 1
        }
        return shares
    }

    private static func described(_ entries: [Entry]) throws(SGCError) -> [SafetensorsTensor] {
        var tensors: [SafetensorsTensor] = []
        for entry in entries {
            tensors.append(
                try SafetensorsTensor(name: entry.name, type: .float32, shape: entry.parameter.shape.dimensions))
        }
        return tensors
    }
}

/// What went wrong first, in the order of the entries, whichever thread came upon it.
private final class FirstFailure: @unchecked Sendable {
    // Proof for @unchecked: `first` is touched under `gate` only.
    private var first: (index: Int, error: SGCError)?
    private static let gate = ForkSafeLock(())

    var error: SGCError? { Self.gate.withLock { _ in first?.error } }

    func note(_ error: SGCError, at index: Int) {
        Self.gate.withLock { _ in
            if index < first?.index ?? .max { first = (index, error) }
        }
    }
}
