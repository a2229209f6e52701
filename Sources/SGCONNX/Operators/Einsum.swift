import SGCBase
import SGCTensor

extension OperatorRegistry {
    static let einsum: [OperatorDefinition] = [
        OperatorDefinition("Einsum", opsets: 12...22, make: einsum)
    ]

    /// Sums of products over named axes, for any number of operands.
    private static func einsum(_ node: NodeReader) throws(SGCError) -> Kernel {
        guard let text = try node.string("equation") else {
            throw SGCError(.format, "attribute equation is missing")
        }
        let equation = try EinsumEquation(text)
        return { inputs throws(SGCError) in
            guard inputs.count == equation.operands.count else {
                throw SGCError(.format, "\"\(text)\" has \(equation.operands.count) operands, got \(inputs.count)")
            }
            var shapes: [Shape] = []
            for index in 0..<inputs.count { shapes.append(try inputs.value(index).shape) }
            let resolved = try equation.resolved(shapes)
            if inputs.areHost {
                var arrays: [HostArray] = []
                for index in 0..<inputs.count { arrays.append(try inputs.array(index)) }
                return [.host(try resolved.computed(arrays, inputs.limits))]
            }
            var terms: [EinsumTerm] = []
            for index in 0..<inputs.count {
                terms.append(
                    try EinsumTerm(tensor: try inputs.tensor(index), labels: resolved.operands[index]).withDiagonals())
            }
            guard var result = terms.first else { throw SGCError(.format, "\"\(text)\" has no operand") }
            for (index, term) in terms.enumerated().dropFirst() {
                let later = terms[(index + 1)...].flatMap(\.labels) + resolved.result
                result = try result.multiplied(by: term, keeping: Set(later), inputs)
            }
            result = try result.summed(keeping: Set(resolved.result))
            let order = resolved.result.compactMap { result.labels.firstIndex(of: $0) }
            return [.device(result.tensor.transposed(order))]
        }
    }
}

/// Which axes each operand has and which the result has. Axes behind an ellipsis have negative labels, -1 the last.
struct EinsumEquation: Sendable {
    /// Letters as their code points; `nil` for the ellipsis.
    let operands: [[Int?]]
    let result: [Int?]

    /// - Throws: `.format` for anything that is no equation.
    init(_ text: String) throws(SGCError) {
        let plain = text.filter { $0 != " " }
        var sides = [plain]
        if let arrow = plain.firstRange(of: "->") {
            sides = [String(plain[..<arrow.lowerBound]), String(plain[arrow.upperBound...])]
        }
        var operands: [[Int?]] = []
        for term in sides[0].split(separator: ",", omittingEmptySubsequences: false) {
            operands.append(try Self.labels(term, text))
        }
        self.operands = operands
        if sides.count == 2 {
            let given = try Self.labels(Substring(sides[1]), text)
            let known = Set(operands.joined())
            guard Set(given).count == given.count, given.allSatisfy({ $0 == nil || known.contains($0) }) else {
                throw SGCError(.format, "equation \"\(text)\": the result repeats a label or has one of its own")
            }
            result = given
        } else {
            // Labels that come once, in order, after what the ellipsis stands for.
            let all = operands.joined().compactMap { $0 }
            let once = Set(all).filter { label in all.count { $0 == label } == 1 }.sorted()
            result = (operands.joined().contains(nil) ? [nil] : []) + once.map { Optional($0) }
        }
    }

    private static func labels(_ term: Substring, _ text: String) throws(SGCError) -> [Int?] {
        var labels: [Int?] = []
        var rest = term
        while let character = rest.first {
            if rest.hasPrefix("..."), !labels.contains(nil) {
                labels.append(nil)
                rest = rest.dropFirst(3)
            } else if character.isASCII, character.isLetter, let code = character.asciiValue {
                labels.append(Int(code))
                rest = rest.dropFirst()
            } else {
                throw SGCError(.format, "equation \"\(text)\" has an unexpected \"\(character)\"")
            }
        }
        return labels
    }

    /// The labels of every axis of every operand, and the extent of each label.
    ///
    /// - Throws: `.format` when ranks or extents do not fit.
    func resolved(_ shapes: [Shape]) throws(SGCError) -> ResolvedEinsum {
        var extents: [Int: Int] = [:]
        var terms: [[Int]] = []
        var hidden = 0
        for (labels, shape) in zip(operands, shapes) {
            let letters = labels.compactMap { $0 }.count
            let count = shape.rank - letters
            guard count == 0 || (count > 0 && labels.contains(nil)) else {
                throw SGCError(.format, "an operand of the shape \(shape) does not have \(letters) axes")
            }
            hidden = max(hidden, count)
            let term = labels.flatMap { $0.map { [$0] } ?? Array((-count..<0)) }
            for (axis, label) in term.enumerated() {
                let known = extents[label] ?? 1
                guard known == shape[axis] || known == 1 || shape[axis] == 1 else {
                    throw SGCError(.format, "an axis has \(known) and \(shape[axis]) elements in \(shapes)")
                }
                extents[label] = known == 1 ? shape[axis] : known
            }
            terms.append(term)
        }
        return ResolvedEinsum(
            operands: terms, result: result.flatMap { $0.map { [$0] } ?? Array((-hidden..<0)) }, extents: extents)
    }
}

/// An equation for operands of known shapes.
struct ResolvedEinsum {
    let operands: [[Int]]
    let result: [Int]
    let extents: [Int: Int]

    /// The result for small arrays: every product, one by one.
    func computed(_ arrays: [HostArray], _ limits: RunLimits) throws(SGCError) -> HostArray {
        let target = try limits.hostShape(result.map { extents[$0] ?? 1 })
        let inner = extents.keys.filter { !result.contains($0) }.sorted()
        let sums = try limits.hostShape(inner.map { extents[$0] ?? 1 })
        _ = try limits.hostShape([target.count, sums.count, arrays.count])
        guard let first = arrays.first else { throw SGCError(.format, "einsum has no operand") }
        var places: [(outer: [Int], inner: [Int])] = []
        for (array, labels) in zip(arrays, operands) {
            guard array.type == first.type else {
                throw SGCError(.format, "expected operands of one type, got \(first.type) and \(array.type)")
            }
            // A label that comes twice walks along the diagonal.
            func step(_ label: Int) -> Int {
                zip(labels, zip(array.shape.dimensions, array.shape.strides)).reduce(0) { sum, axis in
                    axis.0 == label && axis.1.0 != 1 ? sum + axis.1.1 : sum
                }
            }
            places.append(
                (target.positions(strides: result.map(step)), sums.positions(strides: inner.map(step))))
        }
        if first.type.isReal {
            let values = arrays.map(\.reals)
            let results = (0..<target.count).map { i in
                (0..<sums.count).reduce(0.0) { sum, j in
                    sum + zip(values, places).reduce(1.0) { $0 * $1.0[$1.1.outer[i] + $1.1.inner[j]] }
                }
            }
            return try HostArray(reals: results, type: first.type, shape: target)
        }
        let values = arrays.map(\.integers)
        let results = (0..<target.count).map { i in
            (0..<sums.count).reduce(Int64(0)) { sum, j in
                sum &+ zip(values, places).reduce(Int64(1)) { $0 &* $1.0[$1.1.outer[i] + $1.1.inner[j]] }
            }
        }
        return try HostArray(integers: results, type: first.type, shape: target)
    }
}

/// An operand on the device, each of its axes with a label.
private struct EinsumTerm {
    let tensor: GraphTensor
    let labels: [Int]

    private func extent(_ label: Int) -> Int { labels.firstIndex(of: label).map { tensor.shape[$0] } ?? 1 }

    /// Each label once: axes that share one are replaced by their diagonal.
    func withDiagonals() throws(SGCError) -> EinsumTerm {
        for (axis, label) in labels.enumerated() {
            guard let twin = labels[(axis + 1)...].firstIndex(of: label) else { continue }
            let count = tensor.shape[axis]
            guard tensor.shape[twin] == count else {
                throw SGCError(.format, "a diagonal of \(count) and \(tensor.shape[twin]) elements")
            }
            let others = (0..<tensor.rank).filter { $0 != axis && $0 != twin }
            let kept = others.map { tensor.shape[$0] }
            var rows = MixingWeights(inputs: count * count)
            for index in 0..<count {
                try rows.add(index * (count + 1), weight: 1)
                try rows.finishRow()
            }
            let flat = try tensor.stored(as: others + [axis, twin]).reshaped(try Shape(kept + [count * count]))
            return try EinsumTerm(
                tensor: GraphTensor(try flat.mixed(axis: others.count, rows)),
                labels: others.map { labels[$0] } + [label]
            ).withDiagonals()
        }
        return self
    }

    /// The sum over all axes whose label is not in `kept`.
    func summed(keeping kept: Set<Int>) throws(SGCError) -> EinsumTerm {
        let axes = labels.indices.filter { !kept.contains(labels[$0]) }
        if axes.isEmpty { return self }
        return EinsumTerm(
            tensor: try tensor.reduced(axes, keepsAxes: false) { x, places throws(SGCError) in
                try x.sum(places, keepsAxes: true)
            }, labels: labels.filter { kept.contains($0) })
    }

    /// The product of both, summed over what is not in `kept`.
    func multiplied(
        by other: EinsumTerm, keeping kept: Set<Int>, _ inputs: OperatorInputs
    ) throws(SGCError) -> EinsumTerm {
        // A shared label whose extent is 1 on one side is no axis there; one that only one side has is summed before.
        let a = try summed(keeping: kept.union(other.labels.filter { other.extent($0) != 1 || extent($0) == 1 }))
        let b = try other.summed(keeping: kept.union(a.labels.filter { a.extent($0) != 1 || other.extent($0) == 1 }))
        let inner = a.labels.filter { b.labels.contains($0) && !kept.contains($0) }
        let shared = a.labels.filter { b.labels.contains($0) && kept.contains($0) }
        let rows = a.labels.filter { !b.labels.contains($0) }
        let columns = b.labels.filter { !a.labels.contains($0) }
        let labels = shared + rows + columns
        let batch = shared.map { max(a.extent($0), b.extent($0)) }
        let target = try inputs.shape(
            zip(shared, batch).map { a.extent($0) == 0 || b.extent($0) == 0 ? 0 : $1 } + rows.map { a.extent($0) }
                + columns.map { b.extent($0) })
        if inner.isEmpty {
            let left = try a.arranged(labels), right = try b.arranged(labels)
            return EinsumTerm(
                tensor: try GraphTensor.combined(left, right, inputs) { x, y throws(SGCError) in try x * y },
                labels: labels)
        }
        // [batch, rows, inner] · [batch, inner, columns].
        func size(_ labels: [Int], _ term: EinsumTerm) -> Int { labels.reduce(1) { $0 * term.extent($1) } }
        let left = try a.arranged(shared + rows + inner).reshaped(
            try inputs.shape(shared.map { a.extent($0) } + [size(rows, a), size(inner, a)]))
        let right = try b.arranged(shared + inner + columns).reshaped(
            try inputs.shape(shared.map { b.extent($0) } + [size(inner, b), size(columns, b)]))
        let product = try GraphTensor.product(left, right, inputs: inputs)
        return EinsumTerm(tensor: try product.reshaped(target), labels: labels)
    }

    /// The axes in the order of `wanted`, with extent 1 for labels that it lacks.
    private func arranged(_ wanted: [Int]) throws(SGCError) -> GraphTensor {
        let own = wanted.compactMap { labels.firstIndex(of: $0) }
        let moved = tensor.transposed(own)
        if own.count == wanted.count { return moved }
        return try moved.reshaped(try Shape(wanted.map { extent($0) }))
    }
}
