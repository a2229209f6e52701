import CSGC
import SGCBase
import SGCTokenizer

/// One `sgc_encode`: checks everything, then encodes image after image into the host's arrays.
@safe
struct EncodeCall {
    private let object: TokenizerObject
    private let images: UnsafePointer<sgc_image>?
    private let imageCount: Int
    private let cancellation: Cancellation

    init(
        _ object: TokenizerObject, images: UnsafePointer<sgc_image>?, imageCount: Int, cancellation: Cancellation
    ) {
        self.object = object
        unsafe self.images = images
        self.imageCount = imageCount
        self.cancellation = cancellation
    }

    /// Does the call: sets the counts in `out` first, so that they are known when the capacities turn out too small.
    func run(_ out: UnsafeMutablePointer<sgc_encoding>) throws(SGCError) {
        var encoding = try unsafe structure(UnsafePointer(out), "out_encoding")
        guard unsafe encoding.reserved == 0 else {
            throw SGCError(.argument, unsafe "out_encoding: expected reserved to be 0, got \(encoding.reserved)")
        }
        unsafe (encoding.rows, encoding.columns, encoding.token_count, encoding.latent_count) = (0, 0, 0, 0)
        guard imageCount != 0 else {
            return unsafe write(encoding, to: out)
        }
        let images = try unsafe require(images, "images")
        let first = unsafe try ImageArgument(element(0, of: images, "image 0"))
        let grid = try located(0) { () throws(SGCError) in
            try object.grid(width: first.width, height: first.height)
        }
        unsafe encoding.rows = Int32(clamping: grid.rows)
        unsafe encoding.columns = Int32(clamping: grid.columns)
        unsafe encoding.token_count = try product(imageCount, grid.rows, grid.columns, of: "image_count")
        unsafe encoding.latent_count = try product(
            encoding.token_count, object.tokenizer.codeDimension, of: "image_count")
        unsafe write(encoding, to: out)
        if unsafe isSizeQuery(encoding) { return }

        let outputs = unsafe try outputs(of: encoding)
        let sources = unsafe try sources(images, like: first, apartFrom: outputs, statuses: encoding.image_statuses)
        unsafe try encode(sources, into: encoding, tokensPerImage: grid.rows * grid.columns)
    }

    private func isSizeQuery(_ encoding: sgc_encoding) -> Bool {
        unsafe encoding.tokens == nil && encoding.classes == nil && encoding.purities == nil
            && encoding.margins == nil && encoding.latents == nil && encoding.token_capacity == 0
            && encoding.latent_capacity == 0
    }

    /// The memory that the call writes.
    /// - Throws: `.argument` when it is too small, or `tokens` is NULL.
    private func outputs(of encoding: sgc_encoding) throws(SGCError) -> [MemoryRange] {
        let tokens = try unsafe require(encoding.tokens, "tokens")
        guard unsafe hasRoom(encoding.token_capacity, for: encoding.token_count) else {
            throw SGCError(
                .argument,
                unsafe "token_capacity: expected at least \(encoding.token_count), got \(encoding.token_capacity)")
        }
        guard unsafe encoding.latents == nil || hasRoom(encoding.latent_capacity, for: encoding.latent_count) else {
            throw SGCError(
                .argument,
                unsafe "latent_capacity: expected at least \(encoding.latent_count), got \(encoding.latent_capacity)")
        }
        let count = unsafe encoding.token_count
        return [
            try unsafe MemoryRange(tokens, count: count, elementBytes: 4, "tokens"),
            try unsafe MemoryRange(encoding.classes, count: count, elementBytes: 4, "classes"),
            try unsafe MemoryRange(encoding.purities, count: count, elementBytes: 4, "purities"),
            try unsafe MemoryRange(encoding.margins, count: count, elementBytes: 4, "margins"),
            try unsafe MemoryRange(encoding.latents, count: encoding.latent_count, elementBytes: 4, "latents"),
            try unsafe MemoryRange(encoding.image_statuses, count: imageCount, elementBytes: 4, "image_statuses"),
        ]
    }

    /// The images with what is wrong with each.
    /// - Throws: what is wrong with the first bad one, unless the host wants a status for each.
    private func sources(
        _ images: UnsafePointer<sgc_image>, like first: ImageArgument, apartFrom outputs: [MemoryRange],
        statuses: UnsafeMutablePointer<sgc_status>?
    ) throws(SGCError) -> [Result<PixelSource, SGCError>] {
        var sources: [Result<PixelSource, SGCError>] = []
        for index in 0..<imageCount {
            do throws(SGCError) {
                let source = try located(index) { () throws(SGCError) in
                    let source = try unsafe ImageArgument(element(index, of: images, "struct_size")).source()
                    guard source.width == first.width, source.height == first.height else {
                        throw SGCError(
                            .mismatch,
                            "expected \(first.width)x\(first.height) like image 0, got \(source.width)x\(source.height)"
                        )
                    }
                    for output in outputs {
                        try output.mustNotOverlap(source.memory)
                    }
                    try source.checkValues()
                    return source
                }
                sources.append(.success(source))
            } catch {
                guard unsafe statuses != nil else { throw error }
                sources.append(.failure(error))
            }
            try cancellation.check()
        }
        return sources
    }

    /// Encodes the good images and marks the bad ones.
    /// - Throws: what is wrong with the first bad one, after all good ones are encoded; `.cancelled`.
    private func encode(
        _ sources: [Result<PixelSource, SGCError>], into out: sgc_encoding, tokensPerImage: Int
    ) throws(SGCError) {
        var firstFailure: SGCError?
        for (index, source) in sources.enumerated() {
            try cancellation.check()
            var status = sgc_status(SGC_OK)
            do throws(SGCError) {
                let image = try source.get()
                let result = try located(index) { () throws(SGCError) in
                    try unsafe object.encode(image, wantLatents: out.latents != nil)
                }
                unsafe try fill(out, at: index, tokens: tokensPerImage, from: result)
            } catch {
                guard unsafe out.image_statuses != nil, error.code != .cancelled else { throw error }
                unsafe try fill(out, at: index, tokens: tokensPerImage, from: nil)
                status = error.code.rawValue
                firstFailure = firstFailure ?? error
            }
            unsafe out.image_statuses?[index] = status
        }
        if let firstFailure {
            throw firstFailure
        }
    }

    /// Writes image `index`'s part of every array; the values of a bad image when there is no result.
    private func fill(
        _ out: sgc_encoding, at index: Int, tokens count: Int, from result: Encoding?
    ) throws(SGCError) {
        let latents = count * object.tokenizer.codeDimension
        try unsafe fillPart(out.tokens, part: index, count, from: result?.tokens, otherwise: -1)
        try unsafe fillPart(out.classes, part: index, count, from: result?.classes, otherwise: -1)
        try unsafe fillPart(out.purities, part: index, count, from: result?.purities, otherwise: 0)
        try unsafe fillPart(out.margins, part: index, count, from: result?.margins, otherwise: 0)
        try unsafe fillPart(out.latents, part: index, latents, from: result?.latents, otherwise: 0)
    }
}

/// Writes part `part` of a host's array, `count` elements long; `filler` where there are no values.
/// - Throws: `.internalError` when there are more or fewer values.
func fillPart<Value: BitwiseCopyable>(
    _ array: UnsafeMutablePointer<Value>?, part: Int, _ count: Int, from values: [Value]?, otherwise filler: Value
) throws(SGCError) {
    guard let array = unsafe array else { return }
    guard values == nil || values?.count == count else {
        throw SGCError(.internalError, "expected \(count) values, got \(values?.count ?? 0)")
    }
    let start = unsafe UnsafeMutableRawPointer(array) + part * count * MemoryLayout<Value>.stride
    for i in 0..<count {
        unsafe start.storeBytes(
            of: values?[i] ?? filler, toByteOffset: i * MemoryLayout<Value>.stride, as: Value.self)
    }
}

/// Whether a host's capacity (a size_t, negative here beyond 2^63) suffices.
func hasRoom(_ capacity: Int, for count: Int) -> Bool {
    UInt(bitPattern: capacity) >= UInt(bitPattern: count)
}

/// Runs `body`; what it throws says which image was meant.
func located<Value>(_ image: Int, _ body: () throws(SGCError) -> Value) throws(SGCError) -> Value {
    do throws(SGCError) {
        return try body()
    } catch {
        throw error.within("image \(image)")
    }
}
