package import SGCBase

/// Everything that determines a tokenizer's computation: `config.json` of a model directory.
package struct TokenizerConfiguration: Sendable, Equatable, Configurable {
    package var model = ModelConfiguration()
    package var quantizer = QuantizerConfiguration()

    package init() {}

    package mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try fields.part("model", &model)
        try fields.part("quantizer", &quantizer)
    }
}
