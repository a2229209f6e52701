/// The messages of an ONNX file, as far as they contain each other (`onnx.proto`, up to IR 11).
enum WireMessage: UInt8 {
    case model, graph, node, attribute, tensor, sparseTensor, function, training
    case value, type, tensorType, sequenceType, mapType, shape
    case annotation
    /// Contains no other message.
    case leaf

    /// What the field of that number holds when it is stored with a length.
    enum Field {
        case message(WireMessage)
        /// Numbers of a fixed width, or text.
        case bytes
        /// Numbers of variable width, one byte or more each; 8 bytes each once parsed.
        case packed
    }

    func field(_ number: UInt64) -> Field {
        switch (self, number) {
        case (.model, 7): .message(.graph)
        case (.model, 8), (.model, 14): .message(.leaf)
        case (.model, 20): .message(.training)
        case (.model, 25): .message(.function)
        case (.training, 1), (.training, 2): .message(.graph)
        case (.training, 3), (.training, 4): .message(.leaf)
        case (.graph, 1): .message(.node)
        case (.graph, 5): .message(.tensor)
        case (.graph, 15): .message(.sparseTensor)
        case (.graph, 11), (.graph, 12), (.graph, 13): .message(.value)
        case (.graph, 14): .message(.annotation)
        case (.node, 5): .message(.attribute)
        case (.function, 7): .message(.node)
        case (.function, 9): .message(.leaf)
        case (.function, 11): .message(.attribute)
        case (.attribute, 5), (.attribute, 10): .message(.tensor)
        case (.attribute, 6), (.attribute, 11): .message(.graph)
        case (.attribute, 22), (.attribute, 23): .message(.sparseTensor)
        case (.attribute, 14), (.attribute, 15): .message(.type)
        case (.attribute, 8): .packed
        case (.tensor, 3), (.tensor, 13): .message(.leaf)
        case (.tensor, 1), (.tensor, 5), (.tensor, 7), (.tensor, 11): .packed
        case (.sparseTensor, 1), (.sparseTensor, 2): .message(.tensor)
        case (.sparseTensor, 3): .packed
        case (.value, 2): .message(.type)
        case (.type, 1), (.type, 8): .message(.tensorType)
        case (.type, 4), (.type, 9): .message(.sequenceType)
        case (.type, 5): .message(.mapType)
        case (.type, 7): .message(.leaf)
        case (.tensorType, 2): .message(.shape)
        case (.sequenceType, 1): .message(.type)
        case (.mapType, 2): .message(.type)
        case (.shape, 1): .message(.leaf)
        case (.annotation, 2): .message(.leaf)
        default: .bytes
        }
    }
}
