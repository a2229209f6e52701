import SGCBase
import SGCTensor

extension Tensor {
    /// Images of hosts as `[N, height, width, 3]` float32 in −1...1, each padded to that size at the right and bottom by
    /// repeating its last column and row.
    static func pixels(
        _ images: [PixelSource], height: Int, width: Int, on device: Device
    ) throws(SGCError) -> Tensor {
        let tensor = try Tensor(uninitialized: try Shape([images.count, height, width, 3]), on: device)
        let perImage = height * width * 3
        try unsafe tensor.withMutableBytes { (bytes) throws(SGCError) in
            let floats = unsafe bytes.bindMemory(to: Float.self)
            for (index, image) in images.enumerated() {
                let part = unsafe UnsafeMutableBufferPointer(
                    rebasing: floats[index * perImage..<(index + 1) * perImage])
                try unsafe image.read(into: part, paddedWidth: width, paddedHeight: height)
            }
        }
        return tensor
    }

    /// Writes the first image of `[N, H, W, 3]` into an image of a host that it covers.
    func write(to image: PixelDestination) throws(SGCError) {
        let width = shape[2]
        try unsafe withBytes { (bytes) throws(SGCError) in
            try unsafe image.write(bytes.bindMemory(to: Float.self), paddedWidth: width)
        }
    }
}
