import SGCBase
import SGCTensor

extension OperatorRegistry {
    /// DepthToSpace and SpaceToDepth: blocks of pixels become channels and back.
    static let blocks: [OperatorDefinition] = [
        OperatorDefinition("DepthToSpace", make: depthToSpace),
        OperatorDefinition("SpaceToDepth", make: spaceToDepth),
    ]

    private static func blockSize(_ node: NodeReader) throws(SGCError) -> Int {
        guard let size = try node.integer("blocksize"), (1...(1 << 20)).contains(size) else {
            throw SGCError(.format, "attribute blocksize: expected a number in 1...2²⁰")
        }
        return size
    }

    /// `[N, C, H, W]` -> `[N, C/b², H·b, W·b]`: the block comes first in the channels (DCR) or last (CRD).
    private static func depthToSpace(_ node: NodeReader) throws(SGCError) -> Kernel {
        let b = try blockSize(node)
        let isBlockFirst = try node.word("mode", default: "DCR", of: ["DCR", "CRD"]) == "DCR"
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            guard x.rank == 4, x.shape[1] % (b * b) == 0 else {
                throw SGCError(.format, "blocks of \(b)·\(b) do not divide the channels of the shape \(x.shape)")
            }
            let (n, c, h, w) = (x.shape[0], x.shape[1] / (b * b), x.shape[2], x.shape[3])
            let parts = try x.reshaped(try Shape(isBlockFirst ? [n, b, b, c, h, w] : [n, c, b, b, h, w]))
            let pixels = try parts.stored(as: isBlockFirst ? [0, 4, 1, 5, 2, 3] : [0, 4, 2, 5, 3, 1])
            return [.device(GraphTensor(channelsLast: try pixels.reshaped(try inputs.shape([n, h * b, w * b, c]))))]
        }
    }

    /// `[N, C, H, W]` -> `[N, b²·C, H/b, W/b]`, the block first in the channels.
    private static func spaceToDepth(_ node: NodeReader) throws(SGCError) -> Kernel {
        let b = try blockSize(node)
        return { inputs throws(SGCError) in
            let x = try inputs.tensor(0)
            guard x.rank == 4, x.shape[2] % b == 0, x.shape[3] % b == 0 else {
                throw SGCError(.format, "blocks of \(b)·\(b) do not divide the image of the shape \(x.shape)")
            }
            let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2] / b, x.shape[3] / b)
            let parts = try x.reshaped(try Shape([n, c, h, b, w, b]))
            let pixels = try parts.stored(as: [0, 2, 4, 3, 5, 1])
            return [.device(GraphTensor(channelsLast: try pixels.reshaped(try inputs.shape([n, h, w, b * b * c]))))]
        }
    }
}
