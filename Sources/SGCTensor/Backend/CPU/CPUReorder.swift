import COneDNN
import SGCBase

/// A layout as a dictionary key: its descriptor's bytes.
struct LayoutKey: Hashable {
    private let bytes: [UInt8]

    init(_ layout: DNNLayout) {
        bytes = unsafe withUnsafeBytes(of: layout.descriptor) { unsafe Array($0) }
    }
}

/// What identifies a compiled copy between layouts.
private struct ReorderKey: Hashable {
    let source: LayoutKey, target: LayoutKey
    let threads: Int
}

extension CPUBackend {
    /// The bytes in another layout (and type); the same bytes when the layouts are equal.
    func reorder(_ source: Storage, from: DNNLayout, to: DNNLayout) throws(SGCError) -> Storage {
        if from.isEqual(to) { return source }
        let device = source.device
        let key = ReorderKey(source: LayoutKey(from), target: LayoutKey(to), threads: device.threads)
        let primitive = try primitives.primitive(key) { () throws(SGCError) in
            try DNNPrimitive(reorderFrom: from, to: to)
        }
        let target = try Storage(byteCount: to.byteCount, device: device)
        try primitive.execute(
            [DNNArgument(DNNL_ARG_FROM, from, source), DNNArgument(DNNL_ARG_TO, to, target)], on: device)
        return target
    }
}
