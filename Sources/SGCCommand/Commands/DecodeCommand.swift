import ArgumentParser
import SGCBase
import SGCData
import SGCTokenizer

struct DecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Turn tokens back into images.",
        discussion: "Writes one PNG per image, of the size that the description beside the tokens says.")

    @Argument(help: ArgumentHelp("A file of tokens that `sgc encode` wrote.", valueName: "tokens.npy"))
    var tokens: String

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("A model directory or a run directory.", valueName: "directory"))
    var model: String

    @Option(help: ArgumentHelp("The folder of images.", valueName: "directory"))
    var out = "decoded"

    @Flag(help: "Decode although the tokens are those of another model.")
    var force = false

    func run() throws {
        let written = try global.compute { () throws(SGCError) in try decode() }
        try global.finish(
            .object([("images", .array(written.map { .string($0) })), ("directory", .string(out))])
        ) {
            "\(out): \(written.count) images"
        }
    }

    private func decode() throws(SGCError) -> [String] {
        let file = try TokenFile.read(tokens)
        let location = try ModelLocation(model)
        let tokenizer = try location.load(global.engine())
        if let description = file.description, !force {
            let fingerprint = try location.fingerprint()
            guard description.model == fingerprint else {
                throw SGCError(
                    .mismatch,
                    "\(shown(tokens)): expected tokens of the model \(fingerprint.prefix(12))…, got those of "
                        + "\(quoted(description.model, limit: 12)); --force decodes them all the same")
            }
        }
        let f = tokenizer.downsamplingFactor
        let grid = try TokenGrid(rows: file.rows, columns: file.columns, factor: f)
        let width = file.description?.width ?? file.columns * f
        let height = file.description?.height ?? file.rows * f
        try Directory.create(out)
        var written: [String] = []
        for index in 0..<file.imageCount {
            try Interruption.cancellation.check()
            let part = Array(file.tokens[index * grid.count..<(index + 1) * grid.count])
            let image: PixelImage
            do throws(SGCError) {
                image = try tokenizer.decode(part, grid: grid, width: width, height: height)
            } catch {
                throw error.within("\(shown(tokens)), image \(index)")
            }
            let names = file.description?.files ?? []
            let path = "\(out)/\(resultName(index, of: names.indices.contains(index) ? names[index] : nil))"
            try ImageFile.write(image, to: path)
            written.append(path)
        }
        return written
    }
}
