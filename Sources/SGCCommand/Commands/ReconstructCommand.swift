import ArgumentParser
import SGCBase
import SGCData
import SGCTokenizer

struct ReconstructCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconstruct",
        abstract: "Encode images and decode them again.",
        discussion: "Writes one PNG per image and prints how near it comes to the original.")

    @OptionGroup var inputs: ImageInputs
    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("A model directory or a run directory.", valueName: "directory"))
    var model: String

    @Option(help: ArgumentHelp("The folder of images.", valueName: "directory"))
    var out = "reconstructed"

    @Flag(help: "Put the original to the left of the reconstruction.")
    var sideBySide = false

    private struct Item {
        let input: String
        let output: String
        let psnr: Double
    }

    func run() throws {
        let items = try global.compute { () throws(SGCError) in try reconstruct() }
        try global.finish(
            .object([
                (
                    "images",
                    .array(
                        items.map {
                            .object([
                                ("input", .string($0.input)), ("output", .string($0.output)),
                                ("psnr", .numberOrNull($0.psnr)),
                            ])
                        })
                )
            ])
        ) {
            table(items.map { ($0.output, "PSNR \(fixed($0.psnr, 2)) dB") })
        }
    }

    private func reconstruct() throws(SGCError) -> [Item] {
        let images = try inputs.images()
        let tokenizer = try ModelLocation(model).load(global.engine())
        try Directory.create(out)
        var items: [Item] = []
        try images.forEach(beside: tokenizer.device) { (sample) throws(SGCError) in
            try Interruption.cancellation.check()
            let (name, image) = (sample.name, sample.image)
            do throws(SGCError) {
                let encoding = try tokenizer.encode(image)
                let output = try tokenizer.decode(
                    encoding.tokens, grid: encoding.grid, width: image.width, height: image.height)
                let path = "\(out)/\(resultName(items.count, of: name))"
                try ImageFile.write(sideBySide ? SampleSheet.compose([[image, output]]) : output, to: path)
                let psnr = try PixelError(MeasuredImage(image), MeasuredImage(output)).psnr
                items.append(Item(input: name, output: path, psnr: psnr))
            } catch {
                throw error.within(name)
            }
        }
        return items
    }
}
