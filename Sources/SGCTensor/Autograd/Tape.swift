package import SGCBase

/// Computes the gradients of an operation's inputs from the gradient of its output; `nil` where there is none.
package typealias Pullback = (Tensor) throws(SGCError) -> [Tensor?]

/// Where a tensor stands on a tape.
package struct TapePlace {
    let tape: Tape
    let index: Int
}

/// The record of what was computed from watched tensors, from which gradients are computed backwards.
///
/// Define-by-run: operations append themselves while they execute. Nodes live in an array, never as linked objects, so
/// that releasing a deep network cannot overflow the stack. A tape exists only inside ``run(_:)``, which empties it at
/// the end, so that tape and tensors do not keep each other alive.
package final class Tape {
    private struct Node {
        /// Tape indices of the inputs; -1 for an input that is not on the tape.
        let inputs: [Int]
        /// `nil` for a watched tensor, and after the gradient has passed.
        var pullback: Pullback?
    }

    private var nodes: [Node] = []

    private init() {}

    /// Runs `body` with a fresh tape.
    package static func run<R>(_ body: (Tape) throws(SGCError) -> R) throws(SGCError) -> R {
        let tape = Tape()
        defer { tape.nodes.removeAll() }
        return try body(tape)
    }

    /// The same tensor, with everything computed from it recorded from now on.
    package func watch(_ tensor: Tensor) -> Tensor {
        nodes.append(Node(inputs: [], pullback: nil))
        return Tensor(
            shape: tensor.shape, dataType: tensor.dataType, storage: tensor.storage,
            place: TapePlace(tape: self, index: nodes.count - 1))
    }

    fileprivate func append(_ output: Tensor, inputs: [Tensor], pullback: @escaping Pullback) -> Tensor {
        nodes.append(
            Node(inputs: inputs.map { $0.place?.tape === self ? $0.place?.index ?? -1 : -1 }, pullback: pullback))
        return Tensor(
            shape: output.shape, dataType: output.dataType, storage: output.storage,
            place: TapePlace(tape: self, index: nodes.count - 1))
    }

    /// The gradients of the scalar `loss` with respect to `targets`; `nil` where `loss` does not depend on one.
    ///
    /// Only nodes between `targets` and `loss` are visited, so that a partial gradient costs only its own path.
    ///
    /// - Parameters:
    ///   - seed: the gradient of `loss` with respect to itself; ones when `nil`.
    ///   - keepGraph: whether another gradient will be asked of the same tape. Otherwise each node is released as
    ///     soon as the gradient has passed it, and with it the activations that it saved.
    /// - Throws: `.argument` when `loss` was not computed on this tape; what the operations throw.
    package func gradient(
        of loss: Tensor, with targets: [Tensor], seed: Tensor? = nil, keepGraph: Bool = false
    ) throws(SGCError) -> [Tensor?] {
        guard let root = loss.place, root.tape === self, root.index < nodes.count else {
            throw SGCError(.argument, "gradient: the loss was not computed from watched tensors of this tape")
        }
        let targetIndices = targets.map { $0.place?.tape === self ? $0.place?.index ?? -1 : -1 }
        var depends = [Bool](repeating: false, count: root.index + 1)
        for index in targetIndices where index >= 0 && index <= root.index { depends[index] = true }
        for index in 0...root.index where !depends[index] {
            depends[index] = nodes[index].inputs.contains { $0 >= 0 && depends[$0] }
        }

        var gradients = [Tensor?](repeating: nil, count: root.index + 1)
        // A sum of gradients that this function made itself may be added to in place.
        var isOwned = [Bool](repeating: false, count: root.index + 1)
        if let seed {
            gradients[root.index] = seed
        } else {
            gradients[root.index] = try .ones(loss.shape, loss.dataType, on: loss.device)
        }
        let isTarget = Set(targetIndices)
        for index in stride(from: root.index, through: 0, by: -1) {
            guard depends[index], let upstream = gradients[index] else {
                if !keepGraph, !isTarget.contains(index) { nodes[index].pullback = nil }
                continue
            }
            guard let pullback = nodes[index].pullback else { continue }
            let results = try pullback(upstream)
            for (input, result) in zip(nodes[index].inputs, results) {
                guard input >= 0, depends[input], let result else { continue }
                if let sum = gradients[input] {
                    if isOwned[input] {
                        try sum.backend.accumulate(into: sum, result)
                    } else {
                        gradients[input] = try sum.backend.binary(.add, sum, result, shape: sum.shape)
                        isOwned[input] = true
                    }
                } else {
                    gradients[input] = result
                }
            }
            if !keepGraph { nodes[index].pullback = nil }
            if !isTarget.contains(index) { gradients[index] = nil }
        }
        return targetIndices.map { $0 >= 0 && $0 <= root.index ? gradients[$0] : nil }
    }
}

extension Tensor {
    /// The tensor with its place on the tape of the first of `inputs` that has one; unchanged when none has.
    ///
    /// `pullback` receives the gradient of this tensor and returns one gradient per input.
    package func recorded(from inputs: [Tensor], pullback: @escaping Pullback) -> Tensor {
        for input in inputs {
            if let place = input.place { return place.tape.append(self, inputs: inputs, pullback: pullback) }
        }
        return self
    }
}
