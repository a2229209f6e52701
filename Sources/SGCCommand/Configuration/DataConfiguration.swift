import SGCBase
import SGCData
import SGCTokenizer

/// Where images and their classes come from, and how they become examples of one size.
struct DataConfiguration: Sendable, Equatable, Configurable {
    enum Source: String, Sendable, CaseIterable {
        /// The built-in driving scenes, generated when they are needed.
        case scenes
        /// All images below a folder.
        case folder
        /// The images that a text file lists.
        case list
    }

    enum Crop: String, Sendable, CaseIterable { case center, random }

    var source = Source.scenes
    /// The folder or the list.
    var images = ""
    /// The folder of label maps, parallel to that of the images; empty for none.
    var labels = ""
    /// Whether the classes that the source has are used.
    var isLabelled = true
    /// The share of token cells of each training example whose class is replaced by another, as ``LabelNoise`` does it;
    /// ``seed`` says which. What a model is measured on keeps its labels.
    var labelNoise = 0.0
    /// A JSON file with names and colors of the classes, as `sgc scenes` writes it; empty for none.
    var classList = ""
    /// The id that means "no class" in label maps of 8 bits; -1 when every id is a class.
    var ignoredID = 255
    /// The size of every example, in pixels.
    var width = 128
    var height = 64
    /// The shortest side after scaling; 0 for as little as covers the example.
    var shortestSide = 0
    var crop = Crop.center
    /// Mirror every other example, by chance.
    var flip = false
    /// How many built-in scenes there are to train on.
    var count = 6000
    /// Which built-in scenes; another seed has no scene in common.
    var seed: UInt64 = 1
    /// Keep examples in memory after their first use.
    var isCached = false
    /// How many of the examples may be unreadable, as a share of all.
    var badShare = 0.0

    init() {}

    mutating func visit(_ fields: inout Fields) throws(SGCError) {
        try fields.choice("source", &source)
        try fields.string("images", &images)
        try fields.string("labels", &labels)
        try fields.flag("labelled", &isLabelled)
        try fields.number("label_noise", &labelNoise, 0...1)
        try fields.string("class_list", &classList)
        try fields.integer("ignore_id", &ignoredID, -1...255)
        try fields.integer("width", &width, 1...PixelImage.largestSide)
        try fields.integer("height", &height, 1...PixelImage.largestSide)
        try fields.integer("shortest_side", &shortestSide, 0...PixelImage.largestSide)
        try fields.choice("crop", &crop)
        try fields.flag("flip", &flip)
        try fields.integer("count", &count, 1...1_000_000_000)
        try fields.seed("seed", &seed)
        try fields.flag("cached", &isCached)
        try fields.number("bad_share", &badShare, 0...0.99)
    }

    /// - Throws: `.argument` when the source needs a path that is not given, or labels are to be wrong that are not used.
    func check() throws(SGCError) {
        guard labelNoise == 0 || isLabelled else {
            throw SGCError(.argument, "data.label_noise: expected 0 without labels, got \(labelNoise)")
        }
        guard source == .scenes || !images.isEmpty else {
            throw SGCError(
                .argument,
                "data.images: expected the \(source == .folder ? "folder of images" : "text file that lists images"), got nothing"
            )
        }
    }
}
