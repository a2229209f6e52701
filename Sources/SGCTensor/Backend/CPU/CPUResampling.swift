import CKernels
package import SGCBase

extension CPUBackend: ResamplingBackend {
    package func resize(_ x: Tensor, height: Int, width: Int, mode: ResizeMode) throws(SGCError) -> Tensor {
        let type = try floatingCode("resize", x)
        let size = sgc_resize(
            height: x.shape[1], width: x.shape[2], out_height: height, out_width: width, channels: x.shape[3])
        let y = try Tensor(
            uninitialized: try Shape([x.shape[0], height, width, x.shape[3]]), x.dataType, on: x.device)
        guard y.count > 0 else { return y }
        parallelFor(x.shape[0] * height, grain: grain(of: width * x.shape[3]), threads: x.device.threads) { rows in
            switch mode {
            case .nearest:
                unsafe sgc_resize_nearest(type, x.address(), y.address(), size, rows.lowerBound, rows.upperBound)
            case .bilinear:
                unsafe sgc_resize_bilinear(type, x.address(), y.address(), size, rows.lowerBound, rows.upperBound)
            }
        }
        return y
    }

    package func resizeGradient(_ dy: Tensor, inputShape: Shape, mode: ResizeMode) throws(SGCError) -> Tensor {
        let type = try floatingCode("resizeGradient", dy)
        let size = sgc_resize(
            height: inputShape[1], width: inputShape[2], out_height: dy.shape[1], out_width: dy.shape[2],
            channels: inputShape[3])
        let dx = try Tensor(uninitialized: inputShape, dy.dataType, on: dy.device)
        guard dx.count > 0 else { return dx }
        parallelFor(
            inputShape[0] * inputShape[1], grain: grain(of: inputShape[2] * inputShape[3]), threads: dy.device.threads
        ) { rows in
            unsafe sgc_resize_gradient(
                type, dy.address(), dx.address(), mode == .bilinear ? 1 : 0, size, rows.lowerBound, rows.upperBound)
        }
        return dx
    }

    package func pool(_ x: Tensor, geometry: PoolingGeometry, outputShape: Shape) throws(SGCError) -> Tensor {
        let type = try floatingCode("pool", x)
        let size = sgc_pooling(geometry, input: x.shape, output: outputShape)
        let y = try Tensor(uninitialized: outputShape, x.dataType, on: x.device)
        guard y.count > 0 else { return y }
        parallelFor(
            outputShape[0] * outputShape[1], grain: grain(of: outputShape[2] * outputShape[3]),
            threads: x.device.threads
        ) { rows in
            unsafe sgc_pool(
                type, x.address(), y.address(), geometry.function == .maximum ? 1 : 0, size, rows.lowerBound,
                rows.upperBound)
        }
        return y
    }

    package func poolGradient(_ x: Tensor, _ dy: Tensor, geometry: PoolingGeometry) throws(SGCError) -> Tensor {
        let type = try floatingCode("poolGradient", x, dy)
        let size = sgc_pooling(geometry, input: x.shape, output: dy.shape)
        let largest: Int32 = geometry.function == .maximum ? 1 : 0
        // Summed in float32 and rounded once. Windows overlap within an image, so that threads share out images or,
        // when there are fewer of those than threads, channels.
        let dx = try x.zeros(x.shape, .float32)
        let (images, channels, threads) = (x.shape[0], x.shape[3], x.device.threads)
        if images >= threads {
            parallelFor(images, grain: 1, threads: threads) { range in
                unsafe sgc_pool_gradient(
                    type, x.address(), dy.address(), dx.pointer(Float.self), largest, size, range.lowerBound,
                    range.upperBound, 0, channels)
            }
        } else {
            parallelFor(channels, grain: 16, threads: threads) { range in
                unsafe sgc_pool_gradient(
                    type, x.address(), dy.address(), dx.pointer(Float.self), largest, size, 0, images,
                    range.lowerBound, range.upperBound)
            }
        }
        return x.dataType == .float32 ? dx : try cast(dx, to: x.dataType)
    }

    package func mix(
        _ x: Tensor, _ weights: MixingWeights, outer: Int, inner: Int, shape: Shape
    ) throws(SGCError) -> Tensor {
        let type = try floatingCode("mix", x)
        let y = try Tensor(uninitialized: shape, x.dataType, on: x.device)
        guard y.count > 0 else { return y }
        let entries = weights.positions.count / weights.outputs
        parallelFor(
            outer * weights.outputs, grain: grain(of: inner * max(1, entries)), threads: x.device.threads
        ) { rows in
            unsafe sgc_mix(
                type, x.address(), y.address(), weights.starts, weights.positions, weights.weights, weights.inputs,
                weights.outputs, inner, rows.lowerBound, rows.upperBound)
        }
        return y
    }
}

extension sgc_pooling {
    fileprivate init(_ geometry: PoolingGeometry, input: Shape, output: Shape) {
        let g = geometry
        self.init(
            rows: sgc_pooling_axis(
                extent: input[1], outputs: output[1], kernel: g.kernelHeight, stride: g.strideHeight,
                dilation: g.dilationHeight, before: g.top, after: g.bottom),
            columns: sgc_pooling_axis(
                extent: input[2], outputs: output[2], kernel: g.kernelWidth, stride: g.strideWidth,
                dilation: g.dilationWidth, before: g.left, after: g.right),
            channels: input[3], counts_padding: g.countsPadding ? 1 : 0)
    }
}
