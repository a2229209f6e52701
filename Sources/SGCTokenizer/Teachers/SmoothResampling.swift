import SGCBase
import SGCTensor

extension Tensor {
    /// The image `[N, H, W, C]` at another size: interpolated where it grows, averaged with overlapping triangles where it
    /// shrinks (as Pillow does), so that no pixel is passed over.
    func resampled(height: Int, width: Int) throws(SGCError) -> Tensor {
        if shape[1] == height && shape[2] == width { return self }
        if height >= shape[1] && width >= shape[2] {
            return try resized(height: height, width: width, mode: .bilinear)
        }
        var result = self
        for (axis, extent) in [(1, height), (2, width)] where shape[axis] != extent {
            result = try result.mixed(axis: axis, MixingWeights(resampling: shape[axis], to: extent))
        }
        return result
    }
}

extension MixingWeights {
    /// Weights of a triangle around the place of each output, as wide as the distance of two outputs, or of two inputs if
    /// that is more.
    ///
    /// - Throws: `.argument` for an axis without positions.
    fileprivate init(resampling inputs: Int, to outputs: Int) throws(SGCError) {
        guard inputs > 0, outputs > 0 else {
            throw SGCError(.argument, "resample: cannot make \(outputs) positions of \(inputs)")
        }
        self.init(inputs: inputs)
        let step = Double(inputs) / Double(outputs)
        let reach = max(1, step)
        for output in 0..<outputs {
            let middle = (Double(output) + 0.5) * step
            let first = max(0, Int((middle - reach).rounded(.down)))
            let last = min(inputs - 1, Int((middle + reach).rounded(.up)))
            let weights = (first...max(first, last)).map { max(0, 1 - abs(Double($0) + 0.5 - middle) / reach) }
            let total = weights.reduce(0, +)
            for (offset, weight) in weights.enumerated() where weight > 0 {
                try add(first + offset, weight: weight / total)
            }
            try finishRow()
        }
    }
}
