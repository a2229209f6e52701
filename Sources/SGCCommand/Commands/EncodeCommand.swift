import ArgumentParser
import SGCBase
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
        let files = try inputs.files()
        let location = try ModelLocation(model)
        let tokenizer = try location.load(global.engine())
        let result = try TokenFile.encoding(files, with: tokenizer, fingerprint: location.fingerprint(), inputs.image) {
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
    ///   - names: of the images, at least one.
    ///   - image: the image of a name.
    ///   - describe: may add to the description.
    /// - Throws: `.mismatch` for an image of another size than the first, and what reading and encoding throw.
    static func encoding(
        _ names: [String], with tokenizer: Tokenizer, fingerprint: String,
        _ image: (String) throws(SGCError) -> PixelImage, describe: (inout Description) -> Void = { _ in }
    ) throws(SGCError) -> TokenFile {
        var description = Description()
        description.model = fingerprint
        description.codebookSize = tokenizer.codebookSize
        description.downsamplingFactor = tokenizer.downsamplingFactor
        description.classNames = tokenizer.semantics.classes.map(\.name)
        description.files = names
        var tokens: [Int32] = []
        var grid: TokenGrid?
        for name in names {
            try Interruption.cancellation.check()
            let image = try image(name)
            if grid == nil { (description.width, description.height) = (image.width, image.height) }
            guard image.width == description.width, image.height == description.height else {
                throw SGCError(
                    .mismatch,
                    "\(name): expected \(description.width)x\(description.height) like the first image, got "
                        + "\(image.width)x\(image.height); --size brings all to one size")
            }
            do throws(SGCError) {
                let encoding = try tokenizer.encode(image)
                tokens += encoding.tokens
                grid = encoding.grid
            } catch {
                throw error.within(name)
            }
        }
        describe(&description)
        guard let grid else { throw SGCError(.argument, "encode: expected at least one image, got none") }
        return try TokenFile(rows: grid.rows, columns: grid.columns, tokens: tokens, description: description)
    }
}
