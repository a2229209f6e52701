import CKernels
package import SGCBase

extension CPUBackend: MovementBackend {
    package func copyBox(
        from x: Tensor, offset xOffset: Int, strides xStrides: [Int],
        to y: Tensor, offset yOffset: Int, strides yStrides: [Int], extents: [Int]
    ) throws(SGCError) {
        guard !extents.contains(0) else { return }
        let box = CopyBox(xStrides, yStrides, extents)
        let last = box.extents.count - 1
        let plane = box.extents[last] * box.extents[last - 1]
        let planes = box.extents.dropLast(2).reduce(1, *)
        let size = Int32(x.dataType.size)
        if planes > 1 {
            parallelFor(planes, grain: grain(of: plane), threads: x.device.threads) { range in
                unsafe sgc_copy_box(
                    size, x.address(xOffset), y.address(yOffset), Int32(box.extents.count), box.extents, box.xStrides,
                    box.yStrides, range.lowerBound, range.upperBound)
            }
        } else {
            // One plane: its rows are shared out, each share a smaller plane.
            let (xRow, yRow) = (box.xStrides[last - 1], box.yStrides[last - 1])
            parallelFor(
                box.extents[last - 1], grain: grain(of: box.extents[last]), threads: x.device.threads
            ) { rows in
                unsafe sgc_copy_box(
                    size, x.address(xOffset + rows.lowerBound * xRow), y.address(yOffset + rows.lowerBound * yRow), 2,
                    [rows.count, box.extents[last]], [xRow, box.xStrides[last]], [yRow, box.yStrides[last]], 0, 1)
            }
        }
        y.storage.forgetDerivations()
    }
}

/// A strided copy with as few axes as possible, at least two, ordered so that the last two hold what is contiguous.
private struct CopyBox {
    private(set) var extents: [Int] = [], xStrides: [Int] = [], yStrides: [Int] = []

    init(_ xStrides: [Int], _ yStrides: [Int], _ extents: [Int]) {
        // 1. Neighbouring axes that both sides walk through evenly become one.
        for axis in extents.indices where extents[axis] != 1 {
            if let last = self.extents.indices.last, self.xStrides[last] == xStrides[axis] * extents[axis],
                self.yStrides[last] == yStrides[axis] * extents[axis]
            {
                self.extents[last] *= extents[axis]
                self.xStrides[last] = xStrides[axis]
                self.yStrides[last] = yStrides[axis]
            } else {
                append(extents[axis], xStrides[axis], yStrides[axis])
            }
        }
        // 2. The axis along which y is contiguous goes last; before it, in a transposition, the one of x.
        if let axis = self.yStrides.firstIndex(of: 1) { moveToEnd(axis) }
        if let last = self.extents.indices.last, self.xStrides[last] != 1,
            let axis = self.xStrides.dropLast().firstIndex(of: 1)
        {
            moveToEnd(axis)
            moveToEnd(last - 1)
        }
        // 3. A plane has two axes.
        while self.extents.count < 2 {
            self.extents.insert(1, at: 0)
            self.xStrides.insert(0, at: 0)
            self.yStrides.insert(0, at: 0)
        }
        // 4. A single row is shared out in pieces, as a plane of many rows.
        splitSingleRow()
    }

    private mutating func append(_ extent: Int, _ xStride: Int, _ yStride: Int) {
        extents.append(extent)
        xStrides.append(xStride)
        yStrides.append(yStride)
    }

    private mutating func moveToEnd(_ axis: Int) {
        append(extents.remove(at: axis), xStrides.remove(at: axis), yStrides.remove(at: axis))
    }

    /// Makes one long row of `n` elements a plane when it divides into equal pieces.
    private mutating func splitSingleRow() {
        let piece = 4096
        guard extents.count == 2, extents[0] == 1, extents[1] > piece, extents[1].isMultiple(of: piece) else { return }
        extents = [extents[1] / piece, piece]
        xStrides = [xStrides[1] * piece, xStrides[1]]
        yStrides = [yStrides[1] * piece, yStrides[1]]
    }
}
