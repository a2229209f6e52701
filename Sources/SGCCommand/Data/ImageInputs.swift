import ArgumentParser
import SGCBase
import SGCData

/// The images that a command is given: files, and folders with all images below them.
struct ImageInputs: ParsableArguments {
    @Argument(help: ArgumentHelp("Images (PNG, JPEG, PPM), and folders of them.", valueName: "images"))
    var paths: [String]

    @Option(
        help: ArgumentHelp(
            "Scale and crop every image to this size; without it images keep theirs.", valueName: "WxH"))
    var size: PixelSize?

    /// The images, those of a folder in the order of their names.
    ///
    /// - Throws: `.io` for what is not there, `.argument` for a folder without images.
    func images() throws(SGCError) -> AnyDataset {
        var files: [String] = []
        for path in paths {
            if try File.kind(path) == .directory {
                let folder = try ImageFolder(path)
                files += (0..<folder.count).map { folder.name(at: $0) }
            } else {
                files.append(path)
            }
        }
        let images = ImageFiles(paths: files)
        guard let size else { return AnyDataset(images) }
        return AnyDataset(PreparedDataset(images, try SamplePreparation(width: size.width, height: size.height)))
    }
}

/// The name of the file of result `index` that came from `path`: `000012-street.png`.
func resultName(_ index: Int, of path: String?) -> String {
    guard let name = path?.split(separator: "/").last else { return "\(padded(index, 6)).png" }
    let stem = name.lastIndex(of: ".").map { name[..<$0] } ?? name
    return "\(padded(index, 6))-\(stem).png"
}
