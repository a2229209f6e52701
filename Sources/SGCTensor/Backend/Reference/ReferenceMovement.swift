package import SGCBase

extension ReferenceBackend: MovementBackend {
    package func copyBox(
        from x: Tensor, offset xOffset: Int, strides xStrides: [Int],
        to y: Tensor, offset yOffset: Int, strides yStrides: [Int], extents: [Int]
    ) throws(SGCError) {
        let input = try read(x, "copyBox")
        var output = try read(y, "copyBox")
        let box = Shape(known: extents)
        let steps = box.strides
        for index in 0..<box.count {
            var (from, to) = (xOffset, yOffset)
            for axis in extents.indices {
                let coordinate = index / steps[axis] % extents[axis]
                from += coordinate * xStrides[axis]
                to += coordinate * yStrides[axis]
            }
            output[to] = input[from]
        }
        try write(output, to: y, "copyBox")
    }
}
