package import SGCBase

extension ImageFile {
    /// Writes an 8-bit RGB PNG; replaces what is at `path`, or leaves it as it was.
    ///
    /// - Throws: `.io`, `.outOfMemory`.
    package static func write(_ image: PixelImage, to path: String) throws(SGCError) {
        try AtomicFile.write(path, PNGEncoder.encode(image))
    }

    /// Writes an 8-bit palette PNG, class ids in the colors of their classes; as ``write(_:to:)-(PixelImage,_)``.
    ///
    /// - Throws: `.io`, `.limit` (more than 255 classes), `.range` (an id without a class), `.outOfMemory`.
    package static func write(_ labels: LabelMap, classes: [SemanticClass], to path: String) throws(SGCError) {
        do {
            try AtomicFile.write(path, PNGEncoder.encode(labels, classes: classes))
        } catch  where error.code == .range || error.code == .limit {
            throw error.within(path)
        }
    }

    /// Writes a 16-bit grey PNG, ids as they are; as ``write(_:to:)-(PixelImage,_)``.
    ///
    /// - Throws: `.io`, `.outOfMemory`.
    package static func write(_ labels: LabelMap, to path: String) throws(SGCError) {
        try AtomicFile.write(path, PNGEncoder.encode(labels))
    }
}
