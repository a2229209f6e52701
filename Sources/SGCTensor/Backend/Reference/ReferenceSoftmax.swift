import Glibc
package import SGCBase

extension ReferenceBackend: SoftmaxBackend {
    package func softmax(_ x: Tensor, logarithm: Bool) throws(SGCError) -> Tensor {
        var values = try read(x, "softmax")
        for row in rows(of: x) {
            let logProbabilities = logSoftmax(values[row])
            values.replaceSubrange(row, with: logarithm ? logProbabilities : logProbabilities.map(exp))
        }
        return try make(values, like: x, "softmax")
    }

    package func softmaxGradient(_ y: Tensor, _ dy: Tensor, logarithm: Bool) throws(SGCError) -> Tensor {
        let output = try read(y, "softmax")
        var gradient = try read(dy, "softmax")
        for row in rows(of: y) {
            if logarithm {
                let sum = gradient[row].reduce(0, +)
                for i in row { gradient[i] -= exp(output[i]) * sum }
            } else {
                let sum = zip(output[row], gradient[row]).reduce(0) { $0 + $1.0 * $1.1 }
                for i in row { gradient[i] = output[i] * (gradient[i] - sum) }
            }
        }
        return try make(gradient, like: y, "softmax")
    }

    package func crossEntropy(
        _ logits: Tensor, labels: Tensor, smoothing: Double
    ) throws(SGCError) -> (loss: Tensor, gradient: Tensor) {
        let values = try read(logits, "cross-entropy")
        let classes = try readIndices(labels, "cross-entropy")
        let counted = max(1, classes.count { $0 >= 0 })
        var gradient = [Double](repeating: 0, count: values.count)
        var loss = 0.0
        for (row, label) in zip(rows(of: logits), classes) where label >= 0 {
            for (c, logProbability) in logSoftmax(values[row]).enumerated() {
                let target = (c == label ? 1 - smoothing : 0) + smoothing / Double(row.count)
                // A class without weight costs nothing, even where its logarithm is infinite.
                if target != 0 { loss -= target * logProbability / Double(counted) }
                gradient[row.lowerBound + c] = (exp(logProbability) - target) / Double(counted)
            }
        }
        return (
            try make([loss], like: logits, shape: [], "cross-entropy"),
            try make(gradient, like: logits, "cross-entropy")
        )
    }

    /// The rows along the last axis, as ranges of positions.
    private func rows(of x: Tensor) -> [Range<Int>] {
        (0..<x.shape.rows).map { $0 * x.shape.last..<($0 + 1) * x.shape.last }
    }
}

/// x − log Σ eˣ, with the maximum subtracted first.
private func logSoftmax(_ row: ArraySlice<Double>) -> [Double] {
    let largest = row.max() ?? 0
    let logSum = log(row.reduce(0) { $0 + exp($1 - largest) })
    return row.map { $0 - largest - logSum }
}
