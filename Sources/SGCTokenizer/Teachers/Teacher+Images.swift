import SGCBase
import SGCONNX
import SGCTensor

// From pixels to what the network takes, and to the value that it gives.
extension Teacher {
    /// What the network gave for a batch of images.
    struct Answer {
        let value: Value
        /// The size at which the network saw the images.
        let height: Int, width: Int
    }

    /// The size to which an image is brought: the graph's where it is fixed, else the description's, else its own, in
    /// multiples of the description's.
    package func networkSize(height: Int, width: Int) -> (height: Int, width: Int) {
        let shape = loaded.model.graph.inputs.first { $0.name == description.input }?.shape ?? []
        func side(_ axis: Int, _ described: Int?, _ own: Int) -> Int {
            if axis < shape.count, case .fixed(let extent) = shape[axis] { return extent }
            let multiple = description.multiple
            return max(1, ((described ?? own) + multiple - 1) / multiple) * multiple
        }
        return (side(2, description.size.first, height), side(3, description.size.last, width))
    }

    /// The one value of a teacher that gives labels or features; no gradient is followed.
    ///
    /// - Throws: `.state` for a teacher of another kind; as ``answers(_:)``.
    func answer(_ pixels: Tensor) throws(SGCError) -> Answer {
        guard description.kind == .features || description.kind == .segmentation else {
            throw SGCError(
                .state, "teacher: expected one of kind segmentation or features, got \(description.kind.rawValue)")
        }
        guard let answer = try answers(pixels.stopGradient).first else {
            throw SGCError(.internalError, "teacher: a network without output")
        }
        return answer
    }

    /// Computes the values that the program was made for.
    ///
    /// - Parameter pixels: `[N, H, W, 3]` in −1...1; a watched tensor is followed.
    /// - Returns: one answer for each value.
    /// - Throws: `.mismatch` for a batch that the network does not take; what the operators throw.
    func answers(_ pixels: Tensor) throws(SGCError) -> [Answer] {
        let size = networkSize(height: pixels.shape[1], width: pixels.shape[2])
        let x = try normalized(pixels.resampled(height: size.height, width: size.width))
        let images = pixels.shape[0]
        let names = program.outputs.map(\.name)
        let batch = fixedBatch ?? images
        guard batch > 0, images % batch == 0 else {
            throw SGCError(.mismatch, "teacher: the network takes batches of \(batch) images, got \(images)")
        }
        var parts: [[Value]] = []
        for start in stride(from: 0, to: images, by: batch) {
            let part = try x.sliced(axis: 0, start..<start + batch)
            let input = Value.device(GraphTensor(channelsLast: part))
            parts.append(try program.run([description.input: input], wanting: names))
        }
        var answers: [Answer] = []
        for index in names.indices {
            let value = try Value.batch(parts.map { $0[index] })
            guard value.shape.rank > 0, value.shape[0] == images else {
                throw SGCError(
                    .mismatch,
                    "teacher: expected \(quoted(names[index])) for each of \(images) images, got \(value.shape)")
            }
            answers.append(Answer(value: value, height: size.height, width: size.width))
        }
        return answers
    }

    /// The number of images that the graph demands in each run; `nil` when any will do.
    private var fixedBatch: Int? {
        let input = loaded.model.graph.inputs.first { $0.name == description.input }
        if case .fixed(let count)? = input?.shape?.first { return count }
        return nil
    }

    /// (255 · (x + 1) / 2 · scale − mean) / std, channel by channel.
    private func normalized(_ x: Tensor) throws(SGCError) -> Tensor {
        let half = 127.5 * description.scale
        let gain = description.std.map { Float(half / $0) }
        let shift = zip(description.mean, description.std).map { Float((half - $0) / $1) }
        return try x * Tensor(gain, shape: [3], on: x.device) + Tensor(shift, shape: [3], on: x.device)
    }
}

extension Value {
    /// Results of several runs as one batch.
    fileprivate static func batch(_ parts: [Value]) throws(SGCError) -> Value {
        guard let first = parts.first else { throw SGCError(.internalError, "teacher: a batch without images") }
        guard parts.count > 1 else { return first }
        if case .host(let head) = first {
            let extents = [parts.reduce(0) { $0 + $1.shape[0] }] + head.shape.dimensions.dropFirst()
            var integers: [Int64] = []
            var reals: [Double] = []
            for part in parts {
                let array = try part.array()
                if array.type.isReal { reals += array.reals } else { integers += array.integers }
            }
            return .host(
                head.type.isReal
                    ? try HostArray(reals: reals, type: head.type, shape: Shape(extents))
                    : try HostArray(integers: integers, type: head.type, shape: Shape(extents)))
        }
        var tensors: [Tensor] = []
        for part in parts {
            guard case .device(let tensor) = part else {
                throw SGCError(.internalError, "teacher: values of one batch differ in kind")
            }
            tensors.append(try tensor.natural())
        }
        return .device(GraphTensor(try Tensor.concatenated(tensors, axis: 0)))
    }
}
