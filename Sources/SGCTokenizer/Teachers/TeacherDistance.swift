package import SGCBase
import SGCONNX
package import SGCTensor

/// The distance of images that a perceptual teacher sees (LPIPS, Zhang et al. 2018, Eq. 1).
///
/// Of each tap both values are brought to unit length in each place, and the squares of their differences are weighted
/// (by the linear heads where there are some), added over channels, and averaged over places; taps are added.
package struct TeacherDistance: PerceptualLoss {
    package let teacher: Teacher

    /// Keeps the length of zero vectors, and the gradient of their root, finite.
    private static let epsilon = 1e-10

    /// - Throws: `.state` for a teacher of another kind.
    package init(_ teacher: Teacher) throws(SGCError) {
        guard teacher.description.kind == .perceptual else {
            throw SGCError(
                .state, "teacher: expected one of kind perceptual, got \(teacher.description.kind.rawValue)")
        }
        self.teacher = teacher
    }

    package func callAsFunction(_ reconstruction: Tensor, _ original: Tensor) throws(SGCError) -> Tensor {
        let perImage = try distances(reconstruction, original)
        return try perImage.mean()
    }

    /// The distance of each pair, `[N]`, with a gradient for the first.
    ///
    /// - Throws: `.mismatch` for a tap that is no map `[N, C, h, w]` or does not fit its head.
    package func distances(_ reconstruction: Tensor, _ original: Tensor) throws(SGCError) -> Tensor {
        let theirs = try teacher.answers(reconstruction)
        let ours = try teacher.answers(original.stopGradient)
        var total: Tensor?
        for (index, (a, b)) in zip(theirs, ours).enumerated() {
            let name = teacher.description.taps[index]
            guard a.value.shape.rank == 4, a.value.type.isReal, a.value.shape.count > 0 else {
                throw SGCError(
                    .mismatch, "teacher: expected a map [N, C, h, w] of \(quoted(name)), got \(a.value.shape)")
            }
            let difference = try unit(a.value, on: reconstruction.device) - unit(b.value, on: reconstruction.device)
            var squares = try difference.square()
            if index < teacher.heads.count {
                let head = teacher.heads[index]
                guard head.count == squares.shape.last else {
                    throw SGCError(
                        .mismatch,
                        "teacher: \(quoted(name)) has \(squares.shape.last) channels, its head has \(head.count) weights"
                    )
                }
                squares = try squares * head
            }
            var term = try squares.sum([3]).mean([1, 2])
            if index < teacher.description.tapWeights.count {
                term = try term * teacher.description.tapWeights[index]
            }
            total = try total.map { (sum) throws(SGCError) in try sum + term } ?? term
        }
        guard let total else { throw SGCError(.internalError, "teacher: a distance without taps") }
        return total
    }

    /// `[N, h, w, C]` with vectors of length 1.
    private func unit(_ value: Value, on device: Device) throws(SGCError) -> Tensor {
        let map = try value.tensor(on: device).channelsLast().cast(to: .float32)
        let lengths = try map.square().sum([3], keepsAxes: true).scaled(by: 1, plus: Self.epsilon).squareRoot()
        return try map / lengths
    }
}

extension Teacher {
    /// The weights of channels of each tap, `[C]` each, from the safetensors file beside the network.
    ///
    /// Without names in the description the tensors are called as in LPIPS: `lin0.model.1.weight` and so on.
    static func readHeads(
        _ description: TeacherDescription, beside path: String, on device: Device
    ) throws(SGCError) -> [Tensor] {
        guard !description.heads.isEmpty else { return [] }
        let file = try SafetensorsFile(opening: EnclosedFiles(beside: path).open(description.heads))
        var heads: [Tensor] = []
        for index in description.taps.indices {
            let name =
                description.headTensors.isEmpty ? "lin\(index).model.1.weight" : description.headTensors[index]
            guard let stored = file.tensor(name), stored.type == .float32, stored.byteCount > 0 else {
                throw SGCError(.mismatch, "\(shown(description.heads)): expected a float32 tensor \(quoted(name))")
            }
            let head = try Tensor(uninitialized: [stored.byteCount / 4], on: device)
            try unsafe head.withMutableBytes { (bytes) throws(SGCError) in try unsafe file.read(name, into: bytes) }
            heads.append(head)
        }
        return heads
    }
}
