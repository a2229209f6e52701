/// What an ONNX file may ask for; everything is checked before memory is taken for it.
package struct ImportLimits: Sendable {
    /// Bytes of the file itself, without external data. Protobuf reads no more than this many.
    package var fileBytes = Int(Int32.max)
    /// Nodes, in all graphs and functions of the file together, and again after functions were inlined.
    package var nodes = 65_536
    /// Tensors that the file stores.
    package var tensors = 65_536
    /// Messages of the file inside each other; also calls of functions and branches inside each other.
    package var depth = 64
    /// Functions.
    package var functions = 10_000
    /// Axes of a tensor.
    package var rank = 8
    /// Bytes of the name of a value or node in UTF-8.
    package var nameBytes = 512
    /// Bytes of one tensor.
    package var tensorBytes = 4 << 30
    /// Bytes of all tensors together.
    package var modelBytes = 16 << 30
    /// Fields of the file. Protobuf takes about a hundred bytes for each that is a message or a text, and the file two.
    package var parts = 1 << 22

    package init() {}
}
