import CSGC
import SGCBase
import Testing

@testable import SGCABI

/// The code of what `body` throws; `nil` when it does not.
private func code(_ body: () throws(SGCError) -> Void) -> SGCError.Code? {
    do throws(SGCError) {
        try body()
        return nil
    } catch {
        return error.code
    }
}

@Suite
struct ArgumentTests {
    /// Reads options from `bytes` of 64-bit words, the first of which holds the size.
    private func read(_ words: [UInt32]) -> SGCError.Code? {
        unsafe words.withUnsafeBytes { bytes in
            code { () throws(SGCError) in
                let pointer = unsafe bytes.baseAddress?.assumingMemoryBound(to: sgc_engine_options.self)
                _ = try unsafe structure(pointer, "options")
            }
        }
    }

    @Test("a structure is read by its size: smaller is refused, larger is read when its tail is zero")
    func structures() {
        let size = UInt32(MemoryLayout<sgc_engine_options>.size)
        let fields = [UInt32](repeating: 0, count: Int(size) / 4 - 1)
        #expect(read([size] + fields) == nil)
        #expect(read([0] + fields) == .abi)
        #expect(read([size - 1] + fields) == .abi)
        #expect(read([size + 8] + fields + [0, 0]) == nil)
        #expect(read([size + 8] + fields + [0, 1]) == .abi)
        #expect(read([.max] + fields) == .abi)
        #expect(
            code { () throws(SGCError) in
                _ = try unsafe structure(nil as UnsafePointer<sgc_engine_options>?, "options")
            } == .argument)
    }

    @Test("elements lie struct_size apart and must agree about it")
    func elements() throws {
        let size = UInt32(MemoryLayout<sgc_engine_options>.size)
        let stride = Int(size) / 4 + 2
        var words = [UInt32](repeating: 0, count: stride * 3)
        for i in 0..<3 { (words[i * stride], words[i * stride + 1]) = (size + 8, UInt32(i + 5)) }
        try unsafe words.withUnsafeBytes { bytes in
            let array = try unsafe #require(bytes.baseAddress).assumingMemoryBound(to: sgc_engine_options.self)
            #expect(try unsafe element(2, of: array, "options").threads == 7)
        }
        words[stride] = size
        try unsafe words.withUnsafeBytes { bytes in
            let array = try unsafe #require(bytes.baseAddress).assumingMemoryBound(to: sgc_engine_options.self)
            #expect(code { () throws(SGCError) in _ = try unsafe element(1, of: array, "options") } == .abi)
            #expect(code { () throws(SGCError) in _ = try unsafe element(.max / 2, of: array, "options") } == .argument)
        }
    }

    @Test(
        "options outside their ranges are refused",
        arguments: [
            (-1, 0, 0, .argument), (1025, 0, 0, .limit), (1, 2, 0, .argument), (1, -1, 0, .argument),
            (1, 0, -1, .argument), (1024, 1, 512, nil),
        ] as [(Int32, Int32, Int32, SGCError.Code?)])
    func options(threads: Int32, precision: Int32, tileSize: Int32, expected: SGCError.Code?) {
        var options = sgc_engine_options()
        options.struct_size = UInt32(MemoryLayout<sgc_engine_options>.size)
        (options.threads, options.precision, options.tile_size) = (threads, precision, tileSize)
        let result = code { () throws(SGCError) in _ = try unsafe engineOptions(&options) }
        #expect(result == expected)
    }

    @Test("text must be there, be UTF-8 and not be too long")
    func strings() {
        func check(_ bytes: [UInt8]) -> SGCError.Code? {
            unsafe (bytes + [0]).withUnsafeBytes { bytes in
                code { () throws(SGCError) in
                    let pointer = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                    _ = try unsafe string(pointer, "text", limit: 10, tooLong: .limit)
                }
            }
        }
        #expect(check(Array("héllo".utf8)) == nil)
        #expect(check([]) == .argument)
        #expect(check([0xC3, 0x28]) == .argument)
        #expect(check([UInt8](repeating: 65, count: 10)) == nil)
        #expect(check([UInt8](repeating: 65, count: 11)) == .limit)
        #expect(code { () throws(SGCError) in _ = try path(nil, "path") } == .argument)
    }

    @Test("memory ranges overlap only when they share a byte")
    func overlap() throws {
        let base = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 4)
        defer { unsafe base.deallocate() }
        let low = try unsafe MemoryRange(base, count: 2, elementBytes: 4, "low")
        let high = try unsafe MemoryRange(base + 8, count: 2, elementBytes: 4, "high")
        let middle = try unsafe MemoryRange(base + 7, count: 1, elementBytes: 1, "middle")
        let none = try unsafe MemoryRange(nil, count: 100, elementBytes: 4, "none")
        #expect(code { () throws(SGCError) in try low.mustNotOverlap(high) } == nil)
        #expect(code { () throws(SGCError) in try low.mustNotOverlap(middle) } == .argument)
        #expect(code { () throws(SGCError) in try high.mustNotOverlap(middle) } == nil)
        #expect(code { () throws(SGCError) in try none.mustNotOverlap(low) } == nil)
        #expect(
            code { () throws(SGCError) in
                _ = try unsafe MemoryRange(base, count: .max, elementBytes: 4, "far")
            } == .argument)
    }

    @Test("counts that do not fit into memory are refused")
    func products() {
        #expect((try? product(3, 4, 5, of: "n")) == 60)
        #expect(code { () throws(SGCError) in _ = try product(.max / 2, 3, of: "n") } == .argument)
        #expect(code { () throws(SGCError) in _ = try product(-1, 3, of: "n") } == .argument)
    }
}
