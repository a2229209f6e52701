import CKernels
package import SGCBase

extension CPUBackend: ReductionBackend {
    package func reduce(
        _ function: ReductionFunction, _ x: Tensor, outer: Int, count: Int, inner: Int, shape: Shape
    ) throws(SGCError) -> Tensor {
        let type = try floatingCode("reduce", x)
        let y = try Tensor(uninitialized: shape, x.dataType, on: x.device)
        guard y.count > 0 else { return y }
        switch function {
        case .sum:
            try sum(x, into: y, scale: 1, outer: outer, count: count, inner: inner)
        case .mean:
            try sum(x, into: y, scale: 1 / Double(max(1, count)), outer: outer, count: count, inner: inner)
        case .maximum, .minimum:
            parallelFor(outer, grain: grain(of: count * inner), threads: x.device.threads) { range in
                unsafe sgc_extremes(
                    type, x.address(), y.address(), function == .maximum ? 1 : 0, count, inner, range.lowerBound,
                    range.upperBound)
            }
        }
        return y
    }

    package func argmax(
        _ x: Tensor, outer: Int, count: Int, inner: Int, shape: Shape
    ) throws(SGCError) -> Tensor {
        let type = try floatingCode("argmax", x)
        let y = try Tensor(uninitialized: shape, .int32, on: x.device)
        guard y.count > 0 else { return y }
        parallelFor(outer, grain: grain(of: count * inner), threads: x.device.threads) { range in
            unsafe sgc_argmax(
                type, x.address(), y.pointer(Int32.self), count, inner, range.lowerBound, range.upperBound)
        }
        return y
    }

    package func cumulativeSum(
        _ x: Tensor, outer: Int, count: Int, inner: Int, reversed: Bool
    ) throws(SGCError) -> Tensor {
        let type = try floatingCode("cumulativeSum", x)
        let y = try Tensor(uninitialized: x.shape, x.dataType, on: x.device)
        guard y.count > 0 else { return y }
        parallelFor(outer, grain: grain(of: count * inner), threads: x.device.threads) { range in
            unsafe sgc_cumulative_sum(
                type, x.address(), y.address(), reversed ? 1 : 0, count, inner, range.lowerBound, range.upperBound)
        }
        return y
    }

    package func topK(_ x: Tensor, k: Int) throws(SGCError) -> (values: Tensor, indices: Tensor) {
        let type = try floatingCode("topK", x)
        let shape: Shape = [x.shape.rows, k]
        let values = try Tensor(uninitialized: shape, x.dataType, on: x.device)
        let indices = try Tensor(uninitialized: shape, .int32, on: x.device)
        parallelFor(x.shape.rows, grain: grain(of: x.shape.last), threads: x.device.threads) { range in
            unsafe sgc_top_k(
                type, x.address(), values.address(), indices.pointer(Int32.self), x.shape.last, k, range.lowerBound,
                range.upperBound)
        }
        return (values, indices)
    }

    package func sumOfSquares(_ x: Tensor) throws(SGCError) -> Double {
        let type = try floatingCode("sumOfSquares", x)
        let chunks = chunkCount(x.count)
        let partial = try Storage(byteCount: chunks * MemoryLayout<Double>.size, device: x.device)
        // The storage holds `chunks` doubles and lives until the sum below is done.
        let sums = unsafe partial.address.assumingMemoryBound(to: Double.self)
        parallelFor(chunks, grain: 4, threads: x.device.threads) { range in
            unsafe sgc_partial_sums(type, x.address(), sums, 1, x.count, 1, range.lowerBound, range.upperBound)
        }
        var total = 0.0
        for chunk in 0..<chunks { unsafe total += sums[chunk] }
        return total
    }

    /// Σ over the middle axis times `scale`, in y's type: partial sums over fixed chunks of the axis, then over the chunks.
    func sum(
        _ x: Tensor, into y: Tensor, scale: Double = 1, outer: Int, count: Int, inner: Int
    ) throws(SGCError) {
        let (type, sumType) = (try floatingCode("sum", x), try floatingCode("sum", y))
        let chunks = chunkCount(count)
        let partial = try Storage(
            byteCount: outer * chunks * inner * MemoryLayout<Double>.size, device: x.device)
        // The storage holds [outer, chunks, inner] doubles and lives until both loops are done.
        let sums = unsafe partial.address.assumingMemoryBound(to: Double.self)
        parallelFor(
            outer * chunks, grain: grain(of: min(count, SGC_REDUCTION_CHUNK) * inner),
            threads: x.device.threads
        ) { range in
            unsafe sgc_partial_sums(type, x.address(), sums, 0, count, inner, range.lowerBound, range.upperBound)
        }
        parallelFor(outer, grain: grain(of: chunks * inner), threads: x.device.threads) { range in
            unsafe sgc_combine_sums(
                sumType, sums, y.address(), scale, chunks, inner, range.lowerBound, range.upperBound)
        }
    }

    /// Partial results along an axis of `count` elements.
    private func chunkCount(_ count: Int) -> Int {
        let chunk = SGC_REDUCTION_CHUNK
        return (count + chunk - 1) / chunk
    }
}

/// How many rows of `size` elements are worth a thread.
func grain(of size: Int) -> Int {
    max(1, elementGrain / max(1, size))
}
