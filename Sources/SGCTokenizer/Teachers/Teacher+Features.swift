package import SGCBase
import SGCONNX
package import SGCTensor

/// What a network sees in each place of a batch of images.
package struct TeacherFeatures {
    /// `[N, rows, columns, C]`, float32; 0 for images without an answer.
    package let values: Tensor
    /// Whether the network's numbers for each image were all finite.
    package let isFinite: [Bool]
}

extension Teacher {
    /// Features of places, or the scores of classes, on the network's own grid.
    ///
    /// Tokens that stand for no place (class token, registers) are left out. A single vector for the whole image is a grid
    /// of one place.
    /// - Parameter pixels: `[N, H, W, 3]` in −1...1.
    /// - Throws: `.state` for a teacher that gives neither; `.mismatch` for an output that is neither `[N, T, C]` with a
    ///   token for each patch, nor `[N, C, h, w]` or `[N, C]`; what the operators throw.
    package func features(_ pixels: Tensor) throws(SGCError) -> TeacherFeatures {
        try features(of: answer(pixels), on: pixels.device)
    }

    /// The features that an answer holds.
    func features(of answer: Answer, on device: Device) throws(SGCError) -> TeacherFeatures {
        guard answer.value.type.isReal, !isIDs(answer) else {
            throw SGCError(.state, "teacher: the network gives class ids, which are no features")
        }
        let output = try answer.value.tensor(on: device)
        let map: Tensor
        switch output.rank {
        case 4: map = try output.channelsLast()
        case 3:
            let tokens = try output.natural()
            let grid = try grid(tokens: tokens.shape[1], answer)
            let places = try tokens.sliced(axis: 1, grid.prefix..<tokens.shape[1])
            map = try places.reshaped([tokens.shape[0], grid.rows, grid.columns, tokens.shape[2]])
        case 2: map = try output.natural().reshaped([output.shape[0], 1, 1, output.shape[1]])
        default:
            throw SGCError(
                .mismatch, "teacher: expected features [N, T, C], [N, C, h, w] or [N, C], got \(output.shape)")
        }
        guard map.count > 0 else { throw SGCError(.mismatch, "teacher: expected features, got \(map.shape)") }
        return try checked(map.cast(to: .float32))
    }

    /// The features on a grid of `rows` × `columns` places, interpolated: what a latent of each place is to be like.
    package func features(_ pixels: Tensor, rows: Int, columns: Int) throws(SGCError) -> TeacherFeatures {
        let own = try features(pixels)
        return TeacherFeatures(
            values: try own.values.resampled(height: rows, width: columns), isFinite: own.isFinite)
    }

    /// C of the features: as the graph says, else as a black image shows.
    package func featureChannels() throws(SGCError) -> Int {
        let output = loaded.model.graph.outputs.first { $0.name == description.output }
        if let shape = output?.shape, shape.count >= 2,
            case .fixed(let count) = shape[shape.count == 4 ? 1 : shape.count - 1]
        {
            return count
        }
        // Large enough for the strides of any network in use.
        let size = networkSize(height: 64, width: 64)
        return try features(.zeros([1, size.height, size.width, 3], on: loaded.device)).values.shape.last
    }

    /// Rows and columns of a sequence of tokens, and how many tokens stand before them.
    private func grid(tokens: Int, _ answer: Answer) throws(SGCError) -> (rows: Int, columns: Int, prefix: Int) {
        let patch = description.multiple
        if patch > 1 {
            let (rows, columns) = (answer.height / patch, answer.width / patch)
            let prefix = tokens - rows * columns
            if rows > 0, columns > 0, prefix >= 0, description.prefixTokens < 0 || prefix == description.prefixTokens {
                return (rows, columns, prefix)
            }
        } else {
            // Without a known patch: as many tokens as a grid of the image's proportions has, perhaps with a class token.
            for prefix in description.prefixTokens < 0 ? [0, 1] : [description.prefixTokens] {
                let places = tokens - prefix
                guard places > 0 else { continue }
                let proportion = Double(answer.height) / Double(answer.width)
                let rows = max(1, Int((Double(places) * proportion).squareRoot().rounded()))
                if places % rows == 0 { return (rows, places / rows, prefix) }
            }
        }
        throw SGCError(
            .mismatch,
            "teacher: \(tokens) tokens are no grid of an image of \(answer.width)x\(answer.height) in patches of \(patch); "
                + "the description's multiple and prefix_tokens say what they are")
    }

    /// Sets the features of images with a number that is not finite to 0.
    private func checked(_ map: Tensor) throws(SGCError) -> TeacherFeatures {
        // 0 · x is 0 for finite numbers only, and their sum shows whether one was not.
        let sums = try map.scaled(by: 0).reshaped([map.shape[0], map.count / map.shape[0]]).sum([1]).floats
        let isFinite = sums.map { $0 == 0 }
        if isFinite.allSatisfy({ $0 }) { return TeacherFeatures(values: map, isFinite: isFinite) }
        var parts: [Tensor] = []
        for (index, good) in isFinite.enumerated() {
            let part = try map.sliced(axis: 0, index..<index + 1)
            parts.append(good ? part : try .zeros(part.shape, on: map.device))
        }
        return TeacherFeatures(values: try Tensor.concatenated(parts, axis: 0), isFinite: isFinite)
    }
}
