package import SGCBase

extension Tensor {
    /// `a` where `mask` is not 0, `b` elsewhere, with broadcasting. All three of one floating type.
    ///
    /// What is not selected does not matter, be it NaN or infinite; nor does its gradient. The mask has none.
    package static func selected(_ mask: Tensor, _ a: Tensor, _ b: Tensor) throws(SGCError) -> Tensor {
        try a.requireFloating("select")
        guard a.dataType == b.dataType, a.dataType == mask.dataType else {
            throw SGCError(
                .argument, "select: expected one type, got \(mask.dataType), \(a.dataType) and \(b.dataType)")
        }
        let shape = try mask.shape.broadcast(with: try a.shape.broadcast(with: b.shape))
        let (shapeA, shapeB, chosen) = (a.shape, b.shape, mask.stopGradient)
        let (needsA, needsB) = (a.place != nil, b.place != nil)
        let y = try a.backend.select(chosen, a.stopGradient, b.stopGradient, shape: shape)
        return y.recorded(from: [a, b]) { dy throws(SGCError) in
            let zero = try Tensor.zeros([], dy.dataType, on: dy.device)
            return [
                needsA ? try selected(chosen, dy, zero).summed(to: shapeA) : nil,
                needsB ? try selected(chosen, zero, dy).summed(to: shapeB) : nil,
            ]
        }
    }
}
