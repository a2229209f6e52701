import ArgumentParser
import SGCBase
import SGCData
import SGCTokenizer

struct EncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Turn images into tokens.",
        discussion: """
            Writes an array of shape [images, rows, columns] (.npy) and a description beside it (.json). An image whose \
            sides the downsampling factor does not divide is padded; decoding crops it back.
            """)

    @OptionGroup var inputs: ImageInputs
    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("A model directory or a run directory.", valueName: "directory"))
    var model: String

    @Option(help: ArgumentHelp("The file of tokens.", valueName: "file.npy"))
    var out = "tokens.npy"

    func run() throws {
        let result = try global.compute { () throws(SGCError) in try encode() }
        try global.finish(
            .object([
                ("tokens", .string(out)), ("images", JSONValue(result.imageCount)), ("rows", JSONValue(result.rows)),
                ("columns", JSONValue(result.columns)), ("model", .string(result.description?.model ?? "")),
            ])
        ) {
            "\(out): \(result.imageCount) images as \(result.rows)x\(result.columns) tokens"
        }
    }

    private func encode() throws(SGCError) -> TokenFile {
        let images = try inputs.images()
        let location = try ModelLocation(model)
        let tokenizer = try location.load(global.engine())
        let result = try TokenFile.encoding(images, with: tokenizer, fingerprint: location.fingerprint()) {
            $0.isCropped = inputs.size != nil
        }
        try result.write(out)
        return result
    }
}

extension TokenFile {
    /// Encodes images of one size.
    ///
    /// - Parameters:
    ///   - images: at least one.
    ///   - describe: may change the description.
    /// - Throws: `.mismatch` for an image of another size than the first, and what reading and encoding throw.
    static func encoding(
        _ images: some Dataset, with tokenizer: Tokenizer, fingerprint: String, describe: (inout Description) -> Void
    ) throws(SGCError) -> TokenFile {
        var description = Description()
        description.model = fingerprint
        description.codebookSize = tokenizer.codebookSize
        description.downsamplingFactor = tokenizer.downsamplingFactor
        description.classNames = tokenizer.semantics.classes.map(\.name)
        description.files = (0..<images.count).map { images.name(at: $0) }
        var tokens: [Int32] = []
        var grid: TokenGrid?
        try images.forEach(beside: tokenizer.device) { (sample) throws(SGCError) in
            try Interruption.cancellation.check()
            let image = sample.image
            if grid == nil { (description.width, description.height) = (image.width, image.height) }
            guard image.width == description.width, image.height == description.height else {
                throw SGCError(
                    .mismatch,
                    "\(sample.name): expected \(description.width)x\(description.height) like the first image, got "
                        + "\(image.width)x\(image.height); --size brings all to one size")
            }
            do throws(SGCError) {
                let encoding = try tokenizer.encode(image)
                tokens += encoding.tokens
                grid = encoding.grid
            } catch {
                throw error.within(sample.name)
            }
        }
        describe(&description)
        guard let grid else { throw SGCError(.argument, "encode: expected at least one image, got none") }
        return try TokenFile(rows: grid.rows, columns: grid.columns, tokens: tokens, description: description)
    }
}
