package import SGCBase

// Element (o, c, i) of a tensor seen as [outer, count, inner] is at (o·count + c)·inner + i.

extension ReferenceBackend: ReductionBackend {
    package func reduce(
        _ function: ReductionFunction, _ x: Tensor, outer: Int, count: Int, inner: Int, shape: Shape
    ) throws(SGCError) -> Tensor {
        let input = try read(x, "\(function)")
        var result: [Double] = []
        for o in 0..<outer {
            for i in 0..<inner {
                result.append(reduced(function, (0..<count).map { input[(o * count + $0) * inner + i] }))
            }
        }
        return try make(result, like: x, shape: shape, "\(function)")
    }

    package func argmax(_ x: Tensor, outer: Int, count: Int, inner: Int, shape: Shape) throws(SGCError) -> Tensor {
        let input = try read(x, "argmax")
        var result: [Int] = []
        for o in 0..<outer {
            for i in 0..<inner {
                var best = 0
                for c in 0..<count where input[(o * count + c) * inner + i] > input[(o * count + best) * inner + i] {
                    best = c
                }
                result.append(best)
            }
        }
        return try make(indices: result, shape, on: x.device)
    }

    package func cumulativeSum(
        _ x: Tensor, outer: Int, count: Int, inner: Int, reversed: Bool
    ) throws(SGCError) -> Tensor {
        var values = try read(x, "cumulativeSum")
        for o in 0..<outer {
            for i in 0..<inner {
                var sum = 0.0
                for step in 0..<count {
                    let c = reversed ? count - 1 - step : step
                    sum += values[(o * count + c) * inner + i]
                    values[(o * count + c) * inner + i] = sum
                }
            }
        }
        return try make(values, like: x, "cumulativeSum")
    }

    package func topK(_ x: Tensor, k: Int) throws(SGCError) -> (values: Tensor, indices: Tensor) {
        let input = try read(x, "topK")
        let (rows, columns) = (x.shape.rows, x.shape.last)
        var (values, indices): ([Double], [Int]) = ([], [])
        for row in 0..<rows {
            let elements = input[row * columns..<(row + 1) * columns]
            let order = elements.enumerated().sorted { a, b in
                a.element > b.element || (a.element == b.element && a.offset < b.offset)
            }
            values += order.prefix(k).map(\.element)
            indices += order.prefix(k).map(\.offset)
        }
        return (
            try make(values, like: x, shape: [rows, k], "topK"), try make(indices: indices, [rows, k], on: x.device)
        )
    }

    package func sumOfSquares(_ x: Tensor) throws(SGCError) -> Double {
        try read(x, "sumOfSquares").reduce(0) { $0 + $1 * $1 }
    }
}

private func reduced(_ function: ReductionFunction, _ values: [Double]) -> Double {
    switch function {
    case .sum: values.reduce(0, +)
    case .mean: values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    case .maximum: values.reduce(-.infinity) { $0 > $1 || $0.isNaN ? $0 : $1 }
    case .minimum: values.reduce(.infinity) { $0 < $1 || $0.isNaN ? $0 : $1 }
    }
}
