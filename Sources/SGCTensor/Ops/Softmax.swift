package import SGCBase

extension Tensor {
    /// Softmax over the last axis.
    package func softmax() throws(SGCError) -> Tensor { try softmax(logarithm: false) }

    /// The logarithm of the softmax over the last axis.
    package func logSoftmax() throws(SGCError) -> Tensor { try softmax(logarithm: true) }

    private func softmax(logarithm: Bool) throws(SGCError) -> Tensor {
        try requireFloating("softmax")
        guard rank >= 1 else { throw SGCError(.argument, "softmax: expected at least one axis, got a scalar") }
        let y = try backend.softmax(stopGradient, logarithm: logarithm)
        return y.recorded(from: [self]) { dy throws(SGCError) in
            [try dy.backend.softmaxGradient(y, dy, logarithm: logarithm)]
        }
    }

    /// The mean cross-entropy of logits `[rows, classes]` with int32 labels `[rows]`; labels below 0 are ignored, and
    /// with no label left the loss is 0.
    ///
    /// - Throws: `.argument` for shapes that do not fit, `.range` for a label at or above the number of classes.
    package func crossEntropy(labels: Tensor, smoothing: Double = 0) throws(SGCError) -> Tensor {
        guard rank == 2, labels.dataType == .int32, labels.shape == [shape[0]] else {
            throw SGCError(.argument, "cross-entropy: logits \(shape) and labels \(labels.shape) do not fit")
        }
        let (_, largest) = try backend.indexRange(labels)
        guard largest < shape[1] else {
            throw SGCError(.range, "cross-entropy: label \(largest) is outside the \(shape[1]) classes")
        }
        let result = try backend.crossEntropy(stopGradient, labels: labels, smoothing: smoothing)
        return result.loss.recorded(from: [self]) { dy throws(SGCError) in [try result.gradient * dy.viewed(as: [])] }
    }
}
