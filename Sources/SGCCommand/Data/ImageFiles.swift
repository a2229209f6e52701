import SGCBase
import SGCData

/// Images in files, without labels.
struct ImageFiles: Dataset {
    /// At least one.
    let paths: [String]

    var count: Int { paths.count }
    func name(at index: Int) -> String { paths[index] }

    func sample(at index: Int, random: inout RandomSource) throws(SGCError) -> Sample {
        try Sample(image: ImageFile.image(at: paths[index]), labels: nil, name: paths[index])
    }
}
