package import SGCBase
package import SGCTensor

extension Program {
    /// Computes outputs from inputs.
    ///
    /// - Parameters:
    ///   - inputs: a value for each of ``inputs`` by name. A watched tensor is followed by its tape.
    ///   - names: which values are wanted: outputs, or any value inside the graph; all outputs when `nil`.
    ///   - replacements: constants (weights) to be used instead of those of the file, by name.
    ///   - observer: is told each node when it was computed, with the floating-point operations of its convolutions and
    ///     products of matrices, and the shapes of its outputs.
    /// - Returns: the values of `names`, in that order.
    /// - Throws: `.argument` for a missing or unknown name, `.mismatch` for an input that does not fit its declaration,
    ///   `.limit` when the run takes more than ``limits``; what the operators throw, with the node named.
    package func run(
        _ inputs: [String: Value], wanting names: [String]? = nil, replacing replacements: [String: Value] = [:],
        observer: ((ONNXNode, Double, [Shape]) -> Void)? = nil
    ) throws(SGCError) -> [Value] {
        let names = names ?? outputs.map(\.name)
        var wanted: Set<Int> = []
        for name in names {
            guard let slot = slots[name] else {
                throw SGCError(.argument, "run: the graph has no value \"\(name)\" at run time")
            }
            wanted.insert(slot)
        }
        var values = [Value?](repeating: nil, count: slotCount)
        for constant in constants { values[constant.slot] = constant.value }
        for name in replacements.keys.sorted() {
            guard let slot = slots[name], let value = replacements[name], values[slot]?.shape == value.shape else {
                throw SGCError(.argument, "run: \"\(name)\" is no constant of the graph, or of another shape")
            }
            values[slot] = value
        }
        for info in self.inputs {
            guard let value = inputs[info.name] else {
                throw SGCError(.argument, "run: input \"\(info.name)\" is missing")
            }
            try info.check(value)
            if let slot = slots[info.name] { values[slot] = value }
        }
        let meter = RunMeter(limits)
        try meter.hold(self.inputs.map { inputs[$0.name] })
        let last = lastStep(for: wanted)
        for step in steps[..<last] {
            try run(step, &values, keeping: wanted, meter, observer)
        }
        var results: [Value] = []
        for name in names {
            guard let slot = slots[name], let value = values[slot] else {
                throw SGCError(.internalError, "run: \"\(name)\" was not computed")
            }
            results.append(value)
        }
        return results
    }

    private func run(
        _ step: Step, _ values: inout [Value?], keeping wanted: Set<Int>, _ meter: RunMeter,
        _ observer: ((ONNXNode, Double, [Shape]) -> Void)?
    ) throws(SGCError) {
        let gathered = OperatorInputs(
            values: step.inputs.map { $0 < 0 ? nil : values[$0] }, matrix: step.matrix, device: device,
            precision: precision, meter: meter)
        let products = meter.products
        let results: [Value]
        do {
            results = try gathered.results(of: step.kernel)
            try meter.hold(zip(step.outputs, results).map { $0 < 0 ? nil : $1 })
        } catch {
            throw error.within(step.node.label)
        }
        observer?(step.node, meter.products - products, results.map(\.shape))
        for (index, slot) in step.outputs.enumerated() where slot >= 0 {
            guard index < results.count else {
                throw SGCError(.unsupported, "\(step.node.label): output \(index) is not computed")
            }
            values[slot] = results[index]
        }
        for slot in step.released where !wanted.contains(slot) {
            meter.release([values[slot]])
            values[slot] = nil
        }
    }

    /// One past the last step that computes something in `wanted`.
    private func lastStep(for wanted: Set<Int>) -> Int {
        for index in steps.indices.reversed() where steps[index].outputs.contains(where: { wanted.contains($0) }) {
            return index + 1
        }
        return 0
    }
}

extension ONNXValueInfo {
    /// - Throws: `.mismatch` when `value` has another type or shape than declared.
    func check(_ value: Value) throws(SGCError) {
        let sameType = value.type == type || (value.type.isReal && type.isReal && type != .float64)
        guard sameType else {
            throw SGCError(.mismatch, "input \"\(name)\": expected elements of \(type), got \(value.type)")
        }
        guard let shape else { return }
        let given = value.shape.dimensions
        let fits =
            given.count == shape.count
            && zip(given, shape).allSatisfy { extent, declared in
                if case .fixed(let count) = declared { extent == count } else { true }
            }
        guard fits else {
            throw SGCError(.mismatch, "input \"\(name)\": expected shape \(description(of: shape)), got \(given)")
        }
    }

    private func description(of shape: [Extent]) -> String {
        let words = shape.map { extent in
            switch extent {
            case .fixed(let count): "\(count)"
            case .dynamic(let name): name.isEmpty ? "?" : name
            }
        }
        return "[\(words.joined(separator: ", "))]"
    }
}
