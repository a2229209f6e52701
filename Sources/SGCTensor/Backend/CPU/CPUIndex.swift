import CKernels
package import SGCBase

extension CPUBackend: IndexBackend {
    package func gather(_ table: Tensor, indices: Tensor, shape: Shape) throws(SGCError) -> Tensor {
        let y = try Tensor(uninitialized: shape, table.dataType, on: table.device)
        let width = table.shape.last
        parallelFor(indices.count, grain: grain(of: width), threads: table.device.threads) { range in
            unsafe sgc_gather(
                table.address(), indices.pointer(Int32.self), y.address(), width * table.dataType.size,
                range.lowerBound, range.upperBound)
        }
        return y
    }

    package func scatterAdd(_ x: Tensor, indices: Tensor, rows: Int) throws(SGCError) -> Tensor {
        let type = try floatingCode("scatterAdd", x)
        let width = x.shape.last
        // Summed in float32 and rounded once. Each thread owns a range of rows and meets its indices in order.
        let sums = try x.zeros([rows, width], .float32)
        let share = max(1, (rows + x.device.threads - 1) / x.device.threads)
        parallelFor(rows, grain: x.count < elementGrain ? rows : share, threads: x.device.threads) { range in
            unsafe sgc_scatter_add(
                type, x.address(), indices.pointer(Int32.self), sums.pointer(Float.self), indices.count, width,
                range.lowerBound, range.upperBound)
        }
        return x.dataType == .float32 ? sums : try cast(sums, to: x.dataType)
    }

    package func oneHot(_ indices: Tensor, classes: Int, _ dataType: DataType) throws(SGCError) -> Tensor {
        let one: UInt32 =
            switch dataType {
            case .float32: Float(1).bitPattern
            case .bfloat16: UInt32(bfloat16Bits(1))
            case .int32, .uint8: 1
            case .float64: throw SGCError(.unsupported, "oneHot: the CPU backend has no float64")
            }
        let y = try indices.zeros([indices.count, classes], dataType)
        unsafe sgc_one_hot(
            Int32(dataType.size), indices.pointer(Int32.self), y.address(), classes, one, 0, indices.count)
        return y
    }

    package func indexRange(_ indices: Tensor) throws(SGCError) -> (smallest: Int, largest: Int) {
        guard indices.count > 0 else { return (0, -1) }
        var smallest: Int32 = 0, largest: Int32 = 0
        unsafe sgc_index_range(indices.pointer(Int32.self), indices.count, &smallest, &largest)
        return (Int(smallest), Int(largest))
    }
}
