package import SGCBase

extension ReferenceBackend: IndexBackend {
    package func gather(_ table: Tensor, indices: Tensor, shape: Shape) throws(SGCError) -> Tensor {
        let rows = try read(table, "gather")
        let width = table.shape[1]
        var result: [Double] = []
        for index in try readIndices(indices, "gather") { result += rows[index * width..<(index + 1) * width] }
        return try make(result, like: table, shape: shape, "gather")
    }

    package func scatterAdd(_ x: Tensor, indices: Tensor, rows: Int) throws(SGCError) -> Tensor {
        let values = try read(x, "scatter-add")
        let width = x.shape[1]
        var result = [Double](repeating: 0, count: rows * width)
        for (i, index) in try readIndices(indices, "scatter-add").enumerated() where index >= 0 {
            for d in 0..<width { result[index * width + d] += values[i * width + d] }
        }
        return try make(result, like: x, shape: [rows, width], "scatter-add")
    }

    package func oneHot(_ indices: Tensor, classes: Int, _ dataType: DataType) throws(SGCError) -> Tensor {
        let labels = try readIndices(indices, "one-hot")
        var result = [Double](repeating: 0, count: labels.count * classes)
        for (row, label) in labels.enumerated() where label >= 0 { result[row * classes + label] = 1 }
        return try make(result, [labels.count, classes], dataType, on: indices.device, "one-hot")
    }

    package func indexRange(_ indices: Tensor) throws(SGCError) -> (smallest: Int, largest: Int) {
        let values = try readIndices(indices, "index range")
        return (values.min() ?? 0, values.max() ?? -1)
    }
}
