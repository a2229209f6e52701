package import SGCBase

/// Which positions along an axis each result mixes, and with what weights: a sparse matrix, row by row.
package struct MixingWeights: Sendable {
    /// Positions along the axis before mixing.
    package let inputs: Int
    /// Row i has the entries `starts[i]..<starts[i + 1]`; one number more than there are rows.
    package private(set) var starts: [Int32] = [0]
    /// Of each entry, the input position and its weight.
    package private(set) var positions: [Int32] = []
    package private(set) var weights: [Float] = []

    /// No rows yet.
    package init(inputs: Int) { self.inputs = inputs }

    /// Positions along the axis after mixing.
    package var outputs: Int { starts.count - 1 }

    /// Adds an entry to the row that ``finishRow()`` will end. A row without entries gives 0.
    ///
    /// - Throws: `.range` for a position outside 0..<inputs.
    package mutating func add(_ position: Int, weight: Double) throws(SGCError) {
        guard position >= 0, position < inputs, let index = Int32(exactly: position) else {
            throw SGCError(.range, "mix: position \(position) is outside the \(inputs) of the axis")
        }
        positions.append(index)
        weights.append(Float(weight))
    }

    /// - Throws: `.limit` for 2³¹ entries.
    package mutating func finishRow() throws(SGCError) {
        guard let end = Int32(exactly: positions.count) else {
            throw SGCError(.limit, "mix: \(positions.count) entries are too many")
        }
        starts.append(end)
    }

    /// The adjoint: what each input gives to which output.
    package var transposed: MixingWeights {
        var result = MixingWeights(inputs: outputs)
        result.starts = [Int32](repeating: 0, count: inputs + 1)
        for position in positions { result.starts[Int(position) + 1] += 1 }
        for i in 0..<inputs { result.starts[i + 1] += result.starts[i] }
        result.positions = positions
        result.weights = weights
        var next = result.starts
        for output in 0..<outputs {
            for entry in Int(starts[output])..<Int(starts[output + 1]) {
                let place = Int(next[Int(positions[entry])])
                next[Int(positions[entry])] += 1
                result.positions[place] = Int32(output)
                result.weights[place] = weights[entry]
            }
        }
        return result
    }
}

extension Tensor {
    /// Each position along `axis` replaced by weighted sums of positions: any linear resampling along one axis.
    ///
    /// - Throws: `.argument` when `axis` does not have `weights.inputs` positions.
    package func mixed(axis: Int, _ weights: MixingWeights) throws(SGCError) -> Tensor {
        try requireFloating("mix")
        let split = try splitting(at: axis)
        guard split.count == weights.inputs else {
            throw SGCError(.argument, "mix: axis \(axis) of \(shape) has not \(weights.inputs) positions")
        }
        let target = try Shape(
            shape.dimensions.enumerated().map { $0.offset == split.axis ? weights.outputs : $0.element })
        let from = shape
        return try backend.mix(stopGradient, weights, outer: split.outer, inner: split.inner, shape: target).recorded(
            from: [self]
        ) { dy throws(SGCError) in
            [try dy.backend.mix(dy, weights.transposed, outer: split.outer, inner: split.inner, shape: from)]
        }
    }
}
