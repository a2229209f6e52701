/// A type of element that the library writes to `.npy` files and reads from them; every bit pattern is a value.
package protocol NpyElement: BitwiseCopyable, Sendable, AdditiveArithmetic {
    static var npyType: NpyType { get }
}

extension UInt8: NpyElement { package static var npyType: NpyType { .uint8 } }
extension UInt16: NpyElement { package static var npyType: NpyType { .uint16 } }
extension Int32: NpyElement { package static var npyType: NpyType { .int32 } }
extension Float: NpyElement { package static var npyType: NpyType { .float32 } }

/// The types of ``NpyElement``; raw values are NumPy's descriptions, with the byte order.
package enum NpyType: String, Sendable, CaseIterable {
    case uint8 = "|u1"
    case uint16 = "<u2"
    case int32 = "<i4"
    case float32 = "<f4"

    package var byteCount: Int {
        switch self {
        case .uint8: 1
        case .uint16: 2
        case .int32, .float32: 4
        }
    }
}

/// An array of NumPy: its shape and its elements, row-major.
package struct NpyArray<Element: NpyElement>: Sendable, Equatable {
    package let shape: [Int]
    package let elements: [Element]

    /// - Throws: `.argument` when the shape does not have as many elements, `.limit` above ``NpyHeader/rank`` sides.
    package init(shape: [Int], elements: [Element]) throws(SGCError) {
        guard shape.count <= NpyHeader.rank else {
            throw SGCError(.limit, "array: expected at most \(NpyHeader.rank) sides, got \(shape.count)")
        }
        guard NpyHeader.elementCount(shape) == elements.count else {
            throw SGCError(.argument, "array: expected \(elements.count) elements to fill the shape \(shape)")
        }
        self.shape = shape
        self.elements = elements
    }

    /// Reads a `.npy` file (format 1.0) strictly.
    /// - Parameter limit: The most bytes of elements.
    /// - Throws: As ``NpyHeader/init(path:)``; `.mismatch` when the elements are of another type, `.limit`, and `.io`.
    package init(path: String, limit: Int = 1 << 30) throws(SGCError) {
        let file = try OpenFile.reading(path)
        let header = try NpyHeader(file)
        guard header.type == Element.npyType else {
            throw SGCError(
                .mismatch,
                "\(shown(path)): expected elements of type \(Element.npyType.rawValue), got \(header.type.rawValue)")
        }
        guard header.elementCount * header.type.byteCount <= limit else {
            throw SGCError(
                .limit, "\(shown(path)): expected at most \(limit) bytes of elements in shape \(header.shape)")
        }
        // The file has these bytes: a count that it only claims takes no memory.
        var elements = [Element](repeating: .zero, count: header.elementCount)
        try unsafe elements.withUnsafeMutableBufferPointer { (buffer) throws(SGCError) in
            try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer), at: header.dataStart)
        }
        self.elements = elements
        self.shape = header.shape
    }

    /// Writes a `.npy` file (format 1.0) atomically.
    /// - Throws: `.path` and `.io` as ``AtomicFile/write(_:body:)``.
    package func write(_ path: String) throws(SGCError) {
        try AtomicFile.write(path) { (writer) throws(SGCError) in
            try writer.write(NpyHeader.bytes(Element.npyType, shape))
            // The machines that the library runs on are little-endian, as the file.
            try unsafe elements.withUnsafeBufferPointer { (buffer) throws(SGCError) in
                try unsafe writer.write(UnsafeRawBufferPointer(buffer))
            }
        }
    }
}
