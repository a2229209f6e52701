import Glibc
import SGCBase
import SGCNN
import SGCTensor
import Testing

@testable import SGCTokenizer

/// Encoding and decoding with a trained model.
@Suite(.serialized) struct TokenizerTests {
    /// A tokenizer that uses many of its codes.
    private func tokenizer(_ options: EngineOptions = EngineOptions(threads: 1)) throws -> Tokenizer {
        let trainer = try tinyTrainer("sgc", options: options)
        try trainer.run(6)
        return try trainer.snapshot()
    }

    private let images = (0..<8).map { HostImage(width: 22 + $0 % 3, height: 17, seed: UInt64($0)) }

    @Test("tokens do not depend on what was encoded before and beside")
    func batchOrder() throws {
        let tokenizer = try tokenizer()
        let alone = try images.map { try tokenizer.encode($0).tokens }
        #expect(Set(alone.flatMap { $0 }).count > 4, "a test on one code would prove nothing")
        for count in [1, 3, 8] {
            let order = (0..<count).reversed()
            for index in order { #expect(try tokenizer.encode(images[index]).tokens == alone[index]) }
        }
    }

    @Test("tokens and pixels are equal for one and two threads")
    func threads() throws {
        try withTemporaryDirectory { directory in
            let trainer = try tinyTrainer("sgc", ["model.attention_resolutions=[128]"])
            try trainer.run(6)
            try trainer.export(directory: directory + "/m")
            let (one, two) = (
                try Tokenizer.load(directory: directory + "/m", options: EngineOptions(threads: 1)),
                try Tokenizer.load(directory: directory + "/m", options: EngineOptions(threads: 2))
            )
            for image in images + [HostImage(width: 96, height: 64, seed: 20)] {
                let (a, b) = (try one.encode(image), try two.encode(image))
                #expect(a.tokens == b.tokens)
                let (x, y) = (
                    try one.decode(a, width: image.width, height: image.height),
                    try two.decode(a, width: image.width, height: image.height)
                )
                #expect(zip(x, y).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
            }
        }
    }

    @Test("sixteen threads that encode on one tokenizer get what one gets")
    func manyCallers() throws {
        let tokenizer = try tokenizer()
        let expected = try images.map { try tokenizer.encode($0) }
        let shared = Shared(tokenizer: tokenizer, images: images, expected: expected.map(\.tokens))
        var threads: [pthread_t] = []
        for _ in 0..<16 {
            var thread = pthread_t()
            let box = unsafe Unmanaged.passRetained(shared).toOpaque()
            let status = unsafe pthread_create(
                &thread, nil,
                { argument in
                    if let argument = unsafe argument {
                        unsafe Unmanaged<Shared>.fromOpaque(argument).takeRetainedValue().run()
                    }
                    return nil
                }, box)
            #expect(status == 0)
            threads.append(thread)
        }
        for thread in threads { pthread_join(thread, nil) }
        #expect(shared.results.withLock { $0 } == [Bool](repeating: true, count: 16 * 3 * 8))
    }

    private final class Shared: Sendable {
        let tokenizer: Tokenizer
        let images: [HostImage]
        let expected: [[Int32]]
        let results = Lock<[Bool]>([])

        init(tokenizer: Tokenizer, images: [HostImage], expected: [[Int32]]) {
            (self.tokenizer, self.images, self.expected) = (tokenizer, images, expected)
        }

        /// Encodes every image three times.
        func run() {
            for _ in 0..<3 {
                for (image, tokens) in zip(images, expected) {
                    let isEqual = (try? tokenizer.encode(image).tokens) == tokens
                    results.withLock { $0.append(isEqual) }
                }
            }
        }
    }

    @Test("sides that the factor does not divide are padded by their last pixels and cropped back")
    func padding() throws {
        let tokenizer = try tokenizer()
        #expect(tokenizer.downsamplingFactor == 2)
        for (width, height) in [(1, 1), (2, 3), (23, 17), (5, 2)] {
            let image = HostImage(width: width, height: height, seed: 3)
            let encoding = try tokenizer.encode(image)
            #expect(encoding.grid.columns == (width + 1) / 2 && encoding.grid.rows == (height + 1) / 2)
            #expect(encoding.tokens.count == encoding.grid.count)
            // The same image padded by hand has the same tokens, and the crop of its pixels.
            let (wide, high) = ((width + 1) / 2 * 2, (height + 1) / 2 * 2)
            let padded = HostImage(padding: image, width: wide, height: high)
            let again = try tokenizer.encode(padded)
            #expect(again.tokens == encoding.tokens)
            let cropped = try tokenizer.decode(encoding, width: width, height: height)
            let full = try tokenizer.decode(again, width: wide, height: high)
            for y in 0..<height {
                #expect(cropped[y * width * 3..<(y + 1) * width * 3] == full[y * wide * 3..<(y * wide + width) * 3])
            }
        }
    }

    @Test("margins are at least 0, latents are the entries, and classes those of the codes")
    func encoding() throws {
        let tokenizer = try tokenizer()
        let encoding = try tokenizer.encode(images[0], wantLatents: true)
        #expect(encoding.margins.count == encoding.tokens.count)
        #expect(encoding.margins.allSatisfy { $0 >= 0 && $0.isFinite })
        #expect(encoding.margins.contains { $0 > 0 })
        let entries = tokenizer.codebook()
        #expect(encoding.latents == encoding.tokens.flatMap { entries[Int($0) * 16..<(Int($0) + 1) * 16] })
        #expect(encoding.classes == encoding.tokens.map { tokenizer.semantics.majorityClass(of: Int($0)) })
        #expect(encoding.purities == encoding.tokens.map { tokenizer.semantics.purity(of: Int($0)) })
        #expect(encoding.purities.allSatisfy { $0 >= 0 && $0 <= 1 })
        #expect(try tokenizer.encode(images[0]).latents.isEmpty)
    }

    @Test("tokens outside the codebook and grids that do not fit are refused")
    func badTokens() throws {
        let tokenizer = try tokenizer()
        let good = try tokenizer.encode(images[0])
        func expect(_ code: SGCError.Code, _ tokens: [Int32], _ grid: TokenGrid, _ word: String) {
            let bad = Encoding(grid: grid, tokens: tokens, margins: [], classes: [], purities: [], latents: [])
            let error = #expect(throws: SGCError.self) {
                try tokenizer.decode(bad, width: images[0].width, height: images[0].height)
            }
            #expect(error?.code == code)
            #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
        }
        for bad in [Int32(32), -1, .max, .min] {
            var tokens = good.tokens
            tokens[7] = bad
            expect(.range, tokens, good.grid, "position 7")
        }
        expect(.mismatch, Array(good.tokens.dropLast()), good.grid, "tokens")
        let other = try TokenGrid(rows: good.grid.rows, columns: good.grid.columns + 1, factor: 2)
        expect(.mismatch, [Int32](repeating: 0, count: other.count), other, "tokens")
        let error = #expect(throws: SGCError.self) { try tokenizer.tokenGrid(width: 0, height: 4) }
        #expect(error?.code == .argument)
        let codes = try Tensor(indices: [0, 32], shape: [1, 1, 2], on: tokenizer.device)
        let range = #expect(throws: SGCError.self) { try tokenizer.model.pixels(codes: codes, Context()) }
        #expect(range?.code == .range)
    }

    @Test("encoding within a memory budget fails cleanly and goes on afterwards")
    func memoryBudget() throws {
        let free = try tokenizer()
        try withTemporaryDirectory { directory in
            try free.save(directory: directory + "/m")
            let small = HostImage(width: 16, height: 16, seed: 1)
            let large = HostImage(width: 256, height: 256, seed: 1)
            free.device.memory.resetPeak()
            let tokens = try free.encode(small).tokens
            let budget = free.device.memory.peakBytes * 2
            let tight = try Tokenizer.load(
                directory: directory + "/m", options: EngineOptions(threads: 1, memoryBudget: budget))
            let error = #expect(throws: SGCError.self) { try tight.encode(large) }
            #expect(error?.code == .outOfMemory)
            #expect(try tight.encode(small).tokens == tokens)
        }
    }

    @Test("a steady loop of encoding and decoding asks the system for no memory")
    func steadyMemory() throws {
        let tokenizer = try tokenizer()
        func round() throws {
            let encoding = try tokenizer.encode(images[0], wantLatents: true)
            _ = try tokenizer.decode(encoding, width: images[0].width, height: images[0].height)
        }
        for _ in 0..<3 { try round() }
        let memory = tokenizer.device.memory
        let (allocations, live) = (memory.systemAllocations, memory.liveBytes)
        for _ in 0..<10 { try round() }
        #expect(memory.systemAllocations == allocations && memory.liveBytes == live)
    }

    @Test("bfloat16 encodes and decodes close to float32")
    func bfloat16() throws {
        let exact = try tokenizer()
        try withTemporaryDirectory { directory in
            try exact.save(directory: directory + "/m")
            let rounded = try Tokenizer.load(
                directory: directory + "/m", options: EngineOptions(threads: 1, precision: .bfloat16))
            let a = try exact.encode(images[0])
            let b = try rounded.encode(images[0])
            // Where a token has a clear margin, rounding does not change it.
            let limit = try #require(a.margins.max()) * 0.25
            #expect(a.tokens.indices.allSatisfy { a.margins[$0] < limit || a.tokens[$0] == b.tokens[$0] })
            let (x, y) = (
                try exact.decode(a, width: images[0].width, height: 17),
                try rounded.decode(a, width: images[0].width, height: 17)
            )
            #expect(zip(x, y).allSatisfy { abs(Int($0) - Int($1)) <= 6 })
        }
    }
}
