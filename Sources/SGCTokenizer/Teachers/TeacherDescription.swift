package import SGCBase

/// What a teacher's network is given, what it gives, and what that means: the JSON file beside the ONNX file.
///
/// Every key may be left out; what the graph tells is then taken from it (``recognized(in:)``).
package struct TeacherDescription: Sendable, Equatable, Configurable {
    /// What a teacher is for.
    package enum Kind: String, Sendable, CaseIterable {
        /// Classes of pixels: scores `[N, C, h, w]` at any stride, or class ids `[N, h, w]` or `[N, 1, h, w]`.
        case segmentation
        /// Features: tokens `[N, T, C]`, a map `[N, C, h, w]`, or one vector for the image `[N, C]`.
        case features
        /// A distance of images, from values inside the network.
        case perceptual
        /// A text tower: token ids to an embedding. To be evaluated; the description has the words.
        case text
        /// None of these: a graph that can be evaluated.
        case graph
    }

    package var kind = Kind.graph
    /// The input that takes the image, `[N, 3, H, W]`.
    package var input = ""
    /// The value that teaches: an output, or one inside the graph. Unused by perceptual teachers.
    package var output = ""
    /// Pixels of 0...255 are multiplied with `scale`; `mean` is subtracted, and the rest divided by `std`.
    package var scale = 1.0 / 255
    package var mean = Self.imageNetMean
    package var std = Self.imageNetDeviation
    /// The size to which images are brought, `[height, width]`; empty: the graph's, or the image's own.
    package var size: [Int] = []
    /// Sides of images are scaled up to multiples of it: the patch of a transformer.
    package var multiple = 1
    /// Tokens that stand before those of places: class token and registers. -1: what is left over when each patch of
    /// ``multiple`` pixels has one.
    package var prefixTokens = -1
    /// Names of the classes, in the order of their ids.
    package var classes: [String] = []
    /// Red, green, blue of each class; empty, or one for each.
    package var palette: [SIMD3<UInt8>] = []
    /// The words of a text tower by their ids.
    package var words: [String] = []
    /// The id that means "no class" in arg-maxed outputs; -1: none does.
    package var ignoredID = -1
    /// The values inside the graph that a perceptual teacher compares, `[N, C, h, w]` each, and what each counts.
    package var taps: [String] = []
    package var tapWeights: [Double] = []
    /// A safetensors file beside the graph with the weights of channels, a tensor of C numbers for each tap (LPIPS's
    /// linear heads), and the tensors' names in it.
    package var heads = ""
    package var headTensors: [String] = []
    /// Whether the kind teaches from images, and not only evaluates.
    package var takesImages: Bool { kind != .graph && kind != .text }
    /// For people: whose the network is, under which terms, and how good.
    package var source = ""
    package var licence = ""
    package var accuracy = JSONValue.object(JSONObject())

    package static let imageNetMean = [0.485, 0.456, 0.406]
    package static let imageNetDeviation = [0.229, 0.224, 0.225]
    /// OpenAI's CLIP, and everything trained like it.
    package static let clipMean = [0.48145466, 0.4578275, 0.40821073]
    package static let clipDeviation = [0.26862954, 0.26130258, 0.27577711]

    package init() {}

    package mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try fields.choice("kind", &kind)
        try fields.string("input", &input)
        try fields.string("output", &output)
        try fields.number("scale", &scale, 1e-6...1e3)
        try fields.numbers("mean", &mean, count: 3...3, -1e3...1e3)
        try fields.numbers("std", &std, count: 3...3, 1e-6...1e3)
        try fields.integers("size", &size, count: 0...2, 1...PixelImage.largestSide)
        try fields.integer("multiple", &multiple, 1...1024)
        try fields.integer("prefix_tokens", &prefixTokens, -1...1024)
        try fields.strings("classes", &classes, count: 0...65_534)
        try fields.colors("palette", &palette, count: 0...65_534)
        try fields.strings("words", &words, count: 0...1 << 20)
        try fields.integer("ignore_id", &ignoredID, -1...65_535)
        try fields.strings("taps", &taps, count: 0...64)
        try fields.numbers("tap_weights", &tapWeights, count: 0...64, 0...1e6)
        try fields.string("heads", &heads)
        try fields.strings("head_tensors", &headTensors, count: 0...64)
        try fields.string("source", &source)
        try fields.string("licence", &licence)
        try fields.value("accuracy", &accuracy)
        try check()
    }

    private func check() throws(SGCError) {
        guard size.count != 1 else {
            throw SGCError(.argument, "size: expected [height, width], got one number")
        }
        guard palette.isEmpty || palette.count == classes.count else {
            throw SGCError(
                .argument, "palette: expected a color for each of \(classes.count) classes, got \(palette.count)")
        }
        guard tapWeights.isEmpty || tapWeights.count == taps.count else {
            throw SGCError(
                .argument, "tap_weights: expected one for each of \(taps.count) taps, got \(tapWeights.count)")
        }
        guard headTensors.isEmpty || headTensors.count == taps.count else {
            throw SGCError(
                .argument, "head_tensors: expected one for each of \(taps.count) taps, got \(headTensors.count)")
        }
        guard kind != .perceptual || !taps.isEmpty else {
            throw SGCError(.argument, "taps: a perceptual teacher needs at least one value to compare")
        }
    }

    /// The classes with their colors; those that the palette does not give are made up.
    package var semanticClasses: [SemanticClass] {
        let colors = palette.isEmpty ? defaultPalette(classes.count) : palette
        return zip(classes, colors).map { SemanticClass(name: $0, color: $1) }
    }
}
