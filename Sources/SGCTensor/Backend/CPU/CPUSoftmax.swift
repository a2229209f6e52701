import CKernels
package import SGCBase

extension CPUBackend: SoftmaxBackend {
    package func softmax(_ x: Tensor, logarithm: Bool) throws(SGCError) -> Tensor {
        let type = try floatingCode("softmax", x)
        let y = try Tensor(uninitialized: x.shape, x.dataType, on: x.device)
        let columns = x.shape.last
        guard x.count > 0 else { return y }
        parallelFor(x.shape.rows, grain: grain(of: 4 * columns), threads: x.device.threads) { rows in
            unsafe sgc_softmax(
                type, x.address(), y.address(), logarithm ? 1 : 0, columns, rows.lowerBound, rows.upperBound)
        }
        return y
    }

    package func softmaxGradient(_ y: Tensor, _ dy: Tensor, logarithm: Bool) throws(SGCError) -> Tensor {
        let type = try floatingCode("softmaxGradient", y, dy)
        let dx = try Tensor(uninitialized: y.shape, y.dataType, on: y.device)
        let columns = y.shape.last
        guard y.count > 0 else { return dx }
        parallelFor(y.shape.rows, grain: grain(of: 4 * columns), threads: y.device.threads) { rows in
            unsafe sgc_softmax_gradient(
                type, y.address(), dy.address(), dx.address(), logarithm ? 1 : 0, columns, rows.lowerBound,
                rows.upperBound)
        }
        return dx
    }

    package func crossEntropy(
        _ logits: Tensor, labels: Tensor, smoothing: Double
    ) throws(SGCError) -> (loss: Tensor, gradient: Tensor) {
        try require(.float32, "crossEntropy", logits)
        let (rows, classes) = (logits.shape.rows, logits.shape.last)
        let gradient = try Tensor(uninitialized: logits.shape, on: logits.device)
        let losses = try Storage(byteCount: rows * MemoryLayout<Double>.size, device: logits.device)
        var counted = 0
        for row in 0..<rows where unsafe labels.pointer(Int32.self)[row] >= 0 { counted += 1 }
        let scale = counted > 0 ? 1 / Double(counted) : 0
        // The scratch block holds one double per row and outlives the loops.
        parallelFor(rows, grain: grain(of: 4 * classes), threads: logits.device.threads) { range in
            unsafe sgc_cross_entropy(
                logits.pointer(Float.self), labels.pointer(Int32.self), losses.doubleAddress,
                gradient.pointer(Float.self), smoothing, scale, classes, range.lowerBound, range.upperBound)
        }
        var total = 0.0
        for row in 0..<rows { unsafe total += losses.doubleAddress[row] }
        return (try full([], total * scale, .float32, on: logits.device), gradient)
    }
}
